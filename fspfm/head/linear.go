package head

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/pifr-go/pifr/internal/simd"
)

// shareLen is how many hidden units are computed at a time: few enough that two cores end
// together at the usual lengths, and many, because each share makes a sum of its own. With
// 64 or 128 one feature and a batch take a fifth more time.
const shareLen = 256

// path is one of the networks of two layers in eq. 1, T or P. Its hidden units are divided
// into shares, none of which needs another's: each makes a sum of its own of what its
// units add to the outputs.
type path struct {
	shares []share
	bias   []float32 // of the outputs
}

// share is some hidden units: their weights [inputs, units] and biases, the slope of each
// where it is negative (nil is 0), and their rows of the second layer, [units, outputs].
type share struct {
	units                      int
	first, bias, slope, second []float32
}

// newPath divides two layers. Only weights of the first are copied, and only if there are
// several shares.
func newPath(first, second Tensor, firstBias, secondBias, slope []float32) path {
	inputs, hidden, outputs := first.Dims[0], first.Dims[1], second.Dims[1]
	p := path{bias: secondBias}
	for from := 0; from < hidden; from += shareLen {
		to := min(from+shareLen, hidden)
		s := share{units: to - from, bias: firstBias[from:to], second: second.Data[from*outputs : to*outputs]}
		if slope != nil {
			s.slope = slope[from:to]
		}
		if s.units == hidden {
			s.first = first.Data
		} else {
			s.first = make([]float32, 0, inputs*s.units)
			for row := range inputs {
				s.first = append(s.first, first.Data[row*hidden+from:row*hidden+to]...)
			}
		}
		p.shares = append(p.shares, s)
	}
	return p
}

// run sets y [n, outputs] to what the share's units add to the outputs at x [n, inputs].
// Hidden has room for n of each unit.
func (s share) run(y, hidden, x []float32, n int) {
	hidden = hidden[:n*s.units]
	for i := range n {
		copy(hidden[i*s.units:], s.bias)
	}
	addProduct(hidden, x, s.first, n)
	for i, v := range hidden {
		switch {
		case v > 0:
		case s.slope == nil:
			hidden[i] = max(v, 0)
		default:
			hidden[i] = v * s.slope[i%s.units]
		}
	}
	clear(y)
	addProduct(y, hidden, s.second, n)
}

// blockWeights is how many weights are read from the cache again for the next feature: 64
// kB of them.
const blockWeights = 1 << 12

// addProduct adds the product of x [n, inputs] and weights [inputs, outputs] to y [n,
// outputs]. It adds up rows of weights, one per input, in their order, so that what comes
// of a feature does not depend on those beside it. Dot products would differ in the last
// bit from one call to the next, because gonum sums them in an order that depends on where
// the numbers lie in memory.
func addProduct(y, x, weights []float32, n int) {
	level, outputs, inputs := simd.Best(), len(y)/n, len(x)/n
	if !simd.Reduces(level) {
		for i := range n {
			blas32.Gemv(blas.Trans, 1, blas32.General{Rows: inputs, Cols: outputs, Stride: outputs, Data: weights},
				blas32.Vector{N: inputs, Inc: 1, Data: x[i*inputs:]}, 1, blas32.Vector{N: outputs, Inc: 1, Data: y[i*outputs:]})
		}
		return
	}
	rows := max(blockWeights/outputs, 1)
	for from := 0; from < inputs; from += rows {
		to := min(from+rows, inputs)
		for i := range n {
			simd.AddRows(level, y[i*outputs:(i+1)*outputs], weights[from*outputs:to*outputs], outputs, x[i*inputs+from:i*inputs+to])
		}
	}
}
