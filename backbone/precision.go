package backbone

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// A network with a Body of BFloat16 on inputs of Float32 is what PyTorch calls autocast:
// parameters stay float32 and are rounded where they are used, and the gradient comes
// back through that rounding as float32. Convolutions and matrix products take and give
// bfloat16, and so are the values between the layers, which is what training has to keep.
// Everything that sums over many values or divides (normalization with its statistics,
// means, slopes, biases, grouped convolutions as shifted slices) computes in float32 and
// rounds its result. The network's value, if such a layer gives it, is not rounded.
//
// Bfloat16 has the range of float32 and 8 bits of mantissa. Float16 is refused: its range
// is too small for gradients unless the loss is scaled.

// bodyOf is the dtype of products for inputs of a dtype. It panics for a Body that cannot
// be trained with.
func (n *Net) bodyOf(outer dtypes.DType) dtypes.DType {
	if n.Body == dtypes.InvalidDType || n.Body == outer {
		return outer
	}
	if n.Body != dtypes.BFloat16 {
		panic(fmt.Errorf("backbone: %s: want a body of BFloat16, or of the input's %s, got %s", n.Name, outer, n.Body))
	}
	return n.Body
}

// as converts a value to a dtype, unless it has that already.
func as(x *graph.Node, dtype dtypes.DType) *graph.Node {
	if x.DType() == dtype {
		return x
	}
	return graph.ConvertDType(x, dtype)
}

// wide is a value in the dtype of the parameters.
func (p layerParams) wide(x *graph.Node) *graph.Node { return as(x, p.form.outer) }
