package backbone

import "github.com/gomlx/gomlx/core/tensors"

// normal32 is normal, rounded to float32.
func normal32(seed uint64, dims ...int) *tensors.Tensor {
	wide := tensors.MustCopyFlatData[float64](normal(seed, dims...))
	narrow := make([]float32, len(wide))
	for i, v := range wide {
		narrow[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(narrow, dims...)
}
