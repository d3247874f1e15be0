package loss

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// MinNorm is the size below which a vector counts as zero, and has no direction: if none
// of its elements is as large. It is PyTorch's floor for norms, but where F.normalize
// divides by the floor, so that the gradient at zero is 1e12, here a vector without
// direction has the unit vector 0 and the gradient 0.
const MinNorm = 1e-12

// Cosines returns cos θ of every feature with every class weight, [batch, classes],
// within [-1, 1]:
//
//	c_ij = <f_i, w_j> / (|f_i| |w_j|)
//
// Features are [batch, d], weights [classes, d]. Neither's length matters.
func Cosines(features, weights *mat.Dense) (*mat.Dense, error) {
	if err := checkWidth(argument{"features", features}, argument{"weights", weights}); err != nil {
		return nil, err
	}
	return cosines(unitRows(features), unitRows(weights)), nil
}

// CosinesGradient takes a gradient by the cosines back to features and weights: with f̂
// and ŵ of unit length,
//
//	dL/df_i = 1/|f_i| Σ_j dL/dc_ij (ŵ_j - c_ij f̂_i)
//
// and the same with f and w exchanged. It is orthogonal to the feature: a loss of cosines
// cannot change its length.
func CosinesGradient(features, weights, byCosines *mat.Dense) (byFeatures, byWeights *mat.Dense, err error) {
	if err := checkWidth(argument{"features", features}, argument{"weights", weights}); err != nil {
		return nil, nil, err
	}
	f, w := unitRows(features), unitRows(weights)
	if err := checkSame(argument{"cosines", cosines(f, w)}, argument{"gradients", byCosines}); err != nil {
		return nil, nil, err
	}
	byFeatures, byWeights = new(mat.Dense), new(mat.Dense)
	byFeatures.Mul(byCosines, w)
	byWeights.Mul(byCosines.T(), f)
	return unitRowsGradient(features, byFeatures), unitRowsGradient(weights, byWeights), nil
}

// cosines of rows of unit length. Rounding may put them beyond ±1, where no angle is.
func cosines(f, w *mat.Dense) *mat.Dense {
	c := new(mat.Dense)
	c.Mul(f, w.T())
	c.Apply(func(_, _ int, x float64) float64 { return min(max(x, -1), 1) }, c)
	return c
}

// unitRows divides every row by its length; rows without direction become zero.
func unitRows(m *mat.Dense) *mat.Dense {
	unit := like(m)
	for i := range m.RawMatrix().Rows {
		if n := length(m.RawRowView(i)); n > 0 {
			floats.ScaleTo(unit.RawRowView(i), 1/n, m.RawRowView(i))
		}
	}
	return unit
}

// unitRowsGradient takes a gradient by unitRows(m) back to m: the part along the row
// falls away, the rest is divided by the row's length.
func unitRowsGradient(m, byUnit *mat.Dense) *mat.Dense {
	grad, unit := like(m), unitRows(m)
	for i := range m.RawMatrix().Rows {
		n := length(m.RawRowView(i))
		if n == 0 {
			continue
		}
		u, v, g := unit.RawRowView(i), byUnit.RawRowView(i), grad.RawRowView(i)
		floats.AddScaledTo(g, v, -floats.Dot(u, v), u)
		floats.Scale(1/n, g)
	}
	return grad
}

// length of a vector, or 0 if it counts as zero. Squares neither overflow nor underflow.
func length(x []float64) float64 {
	if floats.Norm(x, math.Inf(1)) < MinNorm {
		return 0
	}
	return blas64.Nrm2(blas64.Vector{N: len(x), Data: x, Inc: 1})
}

// MinSin2 is what sin² θ is taken to be at least where it divides. Slopes by cos θ that
// grow like 1/sin θ therefore bend and go to zero within 1e-6 of θ = 0 and π. The cosine
// itself moves with the feature as sin θ does, so that the product stays below 1 all the
// way, and at the kink itself both sides count alike.
const MinSin2 = 1e-12

// sine of the angle within [0, π] that has cosine c, and its inverse as a slope needs it.
func sine(c float64) (sin, inverse float64) {
	sin2 := (1 - c) * (1 + c)
	sin = math.Sqrt(sin2)
	return sin, sin / max(sin2, MinSin2)
}
