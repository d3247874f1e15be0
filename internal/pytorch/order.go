package pytorch

import (
	"strings"

	"github.com/pifr-go/pifr/internal/golden"
)

// Which of our axes is PyTorch's i-th, by rank, for parameters: kernels [height, width,
// inputs, outputs] and weights of linear layers [inputs, outputs] there begin with the
// outputs. Going back takes the same permutation for both.
var (
	toTorch   = map[int][]int{1: {0}, 2: {1, 0}, 4: {3, 2, 0, 1}}
	fromTorch = map[int][]int{1: {0}, 2: {1, 0}, 4: {2, 3, 1, 0}}

	imageToTorch   = []int{0, 3, 1, 2}
	imageFromTorch = []int{0, 2, 3, 1}
)

// torchName is the name in PyTorch of the parameter at a path.
func torchName(path string) string { return strings.ReplaceAll(path, "/", ".") }

// FromTorch gives a parameter in PyTorch's order of axes ours.
func FromTorch(t golden.Tensor) golden.Tensor { return transpose(t, fromTorch[t.Shape.Rank()]) }

func permuted(dims, axes []int) []int {
	out := make([]int, len(dims))
	for i, axis := range axes {
		out[i] = dims[axis]
	}
	return out
}

// transpose makes axis axes[i] the i-th. Values become float64.
func transpose(t golden.Tensor, axes []int) golden.Tensor {
	from, dims := t.Float64s(), permuted(t.Shape.Dimensions, axes)
	strides := make([]int, len(axes)) // in from, of the new axes
	for i, axis := range axes {
		strides[i] = 1
		for _, d := range t.Shape.Dimensions[axis+1:] {
			strides[i] *= d
		}
	}
	to, index, at := make([]float64, len(from)), make([]int, len(axes)), 0
	for i := range to {
		to[i] = from[at]
		for axis := len(axes) - 1; axis >= 0; axis-- {
			index[axis]++
			at += strides[axis]
			if index[axis] < dims[axis] {
				break
			}
			at -= index[axis] * strides[axis]
			index[axis] = 0
		}
	}
	return golden.Of(to, dims...).Named(t.Name)
}
