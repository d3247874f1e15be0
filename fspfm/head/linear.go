package head

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/pifr-go/pifr/internal/simd"
)

// plainLinear is a fully connected layer, with weights [inputs, outputs].
type plainLinear struct {
	inputs, outputs int
	weight, bias    []float32
}

// blockWeights is how many weights are read from the cache again for the next feature: 64
// kB of them.
const blockWeights = 1 << 12

// apply sets y [n, outputs] to the layer's values at x [n, inputs]. It adds up rows of
// weights, one per input, in their order, so that what comes of a feature does not depend
// on those beside it. Dot products would differ in the last bit from one call to the next,
// because gonum sums them in an order that depends on where the numbers lie in memory.
func (l plainLinear) apply(y, x []float32, n int) {
	level := simd.Best()
	for i := range n {
		copy(y[i*l.outputs:(i+1)*l.outputs], l.bias)
	}
	if !simd.Reduces(level) {
		for i := range n {
			blas32.Gemv(blas.Trans, 1, blas32.General{Rows: l.inputs, Cols: l.outputs, Stride: l.outputs, Data: l.weight},
				blas32.Vector{N: l.inputs, Inc: 1, Data: x[i*l.inputs:]}, 1, blas32.Vector{N: l.outputs, Inc: 1, Data: y[i*l.outputs:]})
		}
		return
	}
	rows := max(blockWeights/l.outputs, 1)
	for from := 0; from < l.inputs; from += rows {
		to := min(from+rows, l.inputs)
		for i := range n {
			simd.AddRows(level, y[i*l.outputs:(i+1)*l.outputs], l.weight[from*l.outputs:to*l.outputs], l.outputs, x[i*l.inputs+from:i*l.inputs+to])
		}
	}
}
