package train

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// scalarTensor makes a vector in a floating-point dtype.
func scalarTensor(dtype dtypes.DType, values []float64) (*tensors.Tensor, error) {
	return floatTensor(dtype, values, len(values))
}

// floatTensor makes a tensor of Float32 or Float64 from numbers of either type.
func floatTensor[T float32 | float64](dtype dtypes.DType, values []T, dims ...int) (*tensors.Tensor, error) {
	switch dtype {
	case dtypes.Float32:
		return tensors.FromFlatDataAndDimensions(convert[T, float32](values), dims...), nil
	case dtypes.Float64:
		return tensors.FromFlatDataAndDimensions(convert[T, float64](values), dims...), nil
	}
	return nil, fmt.Errorf("train: want Float32 or Float64, got %s", dtype)
}

// convert copies numbers into another type.
func convert[From, To float32 | float64](values []From) []To {
	out := make([]To, len(values))
	for i, v := range values {
		out[i] = To(v)
	}
	return out
}

// floats reads a tensor of Float32 or Float64.
func floats(t *tensors.Tensor) ([]float64, error) {
	switch t.DType() {
	case dtypes.Float32:
		values, err := tensors.CopyFlatData[float32](t)
		return convert[float32, float64](values), err
	case dtypes.Float64:
		return tensors.CopyFlatData[float64](t)
	}
	return nil, fmt.Errorf("train: want Float32 or Float64, got %s", t.DType())
}
