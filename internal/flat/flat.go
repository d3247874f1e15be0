// Package flat moves numbers between slices and tensors of Float32 or Float64, whichever
// of the two a network computes in.
package flat

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Tensor makes a tensor of Float32 or Float64 from numbers of either type.
func Tensor[T float32 | float64](dtype dtypes.DType, values []T, dims ...int) (*tensors.Tensor, error) {
	switch dtype {
	case dtypes.Float32:
		return tensors.FromFlatDataAndDimensions(Convert[T, float32](values), dims...), nil
	case dtypes.Float64:
		return tensors.FromFlatDataAndDimensions(Convert[T, float64](values), dims...), nil
	}
	return nil, fmt.Errorf("flat: want Float32 or Float64, got %s", dtype)
}

// Values reads a tensor of Float32 or Float64.
func Values(t *tensors.Tensor) ([]float64, error) {
	switch t.DType() {
	case dtypes.Float32:
		values, err := tensors.CopyFlatData[float32](t)
		return Convert[float32, float64](values), err
	case dtypes.Float64:
		return tensors.CopyFlatData[float64](t)
	}
	return nil, fmt.Errorf("flat: want Float32 or Float64, got %s", t.DType())
}

// Convert copies numbers into another type.
func Convert[From, To float32 | float64](values []From) []To {
	out := make([]To, len(values))
	for i, v := range values {
		out[i] = To(v)
	}
	return out
}

// Rows cuts an array into rows of a length, without copying; there are none if it is 0.
func Rows[T float32 | float64](values []T, length int) [][]T {
	if length == 0 {
		return nil
	}
	out := make([][]T, len(values)/length)
	for i := range out {
		out[i] = values[i*length : (i+1)*length : (i+1)*length]
	}
	return out
}
