package reference

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// FC is a fully connected layer, y = x W + b, with W [inputs, outputs].
type FC struct {
	W *mat.Dense
	B []float64
}

// Forward returns x W + b.
func (l FC) Forward(x *mat.Dense) *mat.Dense {
	var y mat.Dense
	y.Mul(x, l.W)
	y.Apply(func(_, j int, v float64) float64 { return v + l.B[j] }, &y)
	return &y
}

// Backward returns dx = dy Wᵀ, and dW = xᵀ dy, db = Σ dy over the batch.
func (l FC) Backward(x, dy *mat.Dense) (dx *mat.Dense, dl FC) {
	dx, dl = new(mat.Dense), FC{W: new(mat.Dense)}
	dx.Mul(dy, l.W.T())
	dl.W.Mul(x.T(), dy)
	_, n := dy.Dims()
	for j := range n {
		dl.B = append(dl.B, mat.Sum(dy.ColView(j)))
	}
	return dx, dl
}

// PReLU is x where x > 0, and slope_j x elsewhere.
func PReLU(x *mat.Dense, slope []float64) *mat.Dense {
	return apply(x, func(j int, v float64) float64 {
		if v > 0 {
			return v
		}
		return slope[j] * v
	})
}

// PReLUBackward returns dx = dy (1 or slope_j), and dslope_j = Σ dy x over the batch
// where x <= 0.
func PReLUBackward(x *mat.Dense, slope []float64, dy *mat.Dense) (dx *mat.Dense, dslope []float64) {
	dx, dslope = mat.DenseCopyOf(dy), make([]float64, len(slope))
	dx.Apply(func(i, j int, d float64) float64 {
		if x.At(i, j) > 0 {
			return d
		}
		dslope[j] += d * x.At(i, j)
		return d * slope[j]
	}, dy)
	return dx, dslope
}

// relu is PReLU with slope 0: its derivative at zero is zero.
func relu(x *mat.Dense) *mat.Dense {
	return apply(x, func(_ int, v float64) float64 { return math.Max(v, 0) })
}

func reluBackward(x, dy *mat.Dense) *mat.Dense {
	_, n := x.Dims()
	dx, _ := PReLUBackward(x, make([]float64, n), dy)
	return dx
}

// Gate is a function that makes gates, with its derivative as a function of its value.
type Gate struct{ Value, Slope func(float64) float64 }

// Sigmoid is 1 / (1 + exp(-x)), with the derivative g (1 - g).
var Sigmoid = Gate{
	func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	func(g float64) float64 { return g * (1 - g) },
}

// Tanh has the derivative 1 - g².
var Tanh = Gate{math.Tanh, func(g float64) float64 { return 1 - g*g }}

// Identity leaves values as they are.
var Identity = Gate{func(x float64) float64 { return x }, func(float64) float64 { return 1 }}

func (g Gate) forward(x *mat.Dense) *mat.Dense {
	return apply(x, func(_ int, v float64) float64 { return g.Value(v) })
}

// backward takes the gate's value.
func (g Gate) backward(value, dy *mat.Dense) *mat.Dense {
	return times(dy, apply(value, func(_ int, v float64) float64 { return g.Slope(v) }))
}

// epsilon under the root of Scale.
const epsilon = 1e-12

// Scale returns x = f / s for every row, and s = sqrt((|f|² + 1e-12) / d).
func Scale(f *mat.Dense) (x *mat.Dense, s []float64) {
	rows, d := f.Dims()
	for i := range rows {
		row := mat.Row(nil, i, f)
		s = append(s, math.Sqrt((dot(row, row)+epsilon)/float64(d)))
	}
	x = mat.DenseCopyOf(f)
	x.Apply(func(i, _ int, v float64) float64 { return v / s[i] }, f)
	return x, s
}

// ScaleBackward returns df = dx / s + f (ds - dx·f / s²) / (s d), from ∂s/∂f = f / (s d)
// and x = f / s.
func ScaleBackward(f *mat.Dense, s []float64, dx *mat.Dense, ds []float64) *mat.Dense {
	_, d := f.Dims()
	df := mat.DenseCopyOf(dx)
	df.Apply(func(i, j int, v float64) float64 {
		through := ds[i] - dot(mat.Row(nil, i, dx), mat.Row(nil, i, f))/(s[i]*s[i])
		return v/s[i] + f.At(i, j)*through/(s[i]*float64(d))
	}, dx)
	return df
}

func apply(x *mat.Dense, f func(j int, v float64) float64) *mat.Dense {
	y := mat.DenseCopyOf(x)
	y.Apply(func(_, j int, v float64) float64 { return f(j, v) }, x)
	return y
}

func times(a, b *mat.Dense) *mat.Dense {
	var y mat.Dense
	y.MulElem(a, b)
	return &y
}

func plus(a, b *mat.Dense) *mat.Dense {
	var y mat.Dense
	y.Add(a, b)
	return &y
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
