package cases

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// What the operands of All have in common.
const batch, d, classes = 4, 5, 7

var labels = []int{3, 0, 6, 3}

// Normal returns a matrix of normal values times size.
func Normal(rng *rand.Rand, rows, cols int, size float64) *mat.Dense {
	m := mat.NewDense(rows, cols, nil)
	m.Apply(func(_, _ int, _ float64) float64 { return size * rng.NormFloat64() }, m)
	return m
}

// features are what losses compare, of the batch of All.
func features(rng *rand.Rand) *mat.Dense { return Normal(rng, batch, d, 2) }

// facing returns features and class weights of which the first feature is close to its
// class, the second nearly opposite to its own, so that θ+m is beyond π, and the others
// anywhere.
func facing(rng *rand.Rand) (features, weights *mat.Dense) {
	features, weights = Normal(rng, batch, d, 2), Normal(rng, classes, d, 0.1)
	for i, towards := range []float64{1, -1} {
		own := mat.NewVecDense(d, nil)
		own.ScaleVec(towards*3/mat.Norm(weights.RowView(labels[i]), 2), weights.RowView(labels[i]))
		for k := range d {
			features.Set(i, k, own.AtVec(k)+0.05*features.At(i, k))
		}
	}
	return features, weights
}

// Rows returns the matrix of these rows.
func Rows(r ...[]float64) *mat.Dense {
	m := mat.NewDense(len(r), len(r[0]), nil)
	for i := range r {
		m.SetRow(i, r[i])
	}
	return m
}

// Scaled returns a matrix times k.
func Scaled(k float64, m *mat.Dense) *mat.Dense {
	s := new(mat.Dense)
	s.Scale(k, m)
	return s
}

// Ones returns a matrix of ones.
func Ones(rows, cols int) *mat.Dense {
	m := mat.NewDense(rows, cols, nil)
	m.Apply(func(_, _ int, _ float64) float64 { return 1 }, m)
	return m
}

// spoilt is a matrix [2, 3] of ones with one other element.
func spoilt(i, j int, v float64) *mat.Dense {
	m := Ones(2, 3)
	m.Set(i, j, v)
	return m
}

// in makes the operands of a case; it is shorter to read.
func in(m ...*mat.Dense) []*mat.Dense { return m }

// Operands at edges.
var (
	zero, one = Rows([]float64{0, 0}), Rows([]float64{1, 2})
	// axes are class weights, of which the last has no direction.
	axes = Rows([]float64{0.5, 0, 0}, []float64{0, 0.25, 0}, []float64{0, 0, 2}, []float64{0, 0, 0})

	nan, infinite = spoilt(1, 2, math.NaN()), spoilt(0, 0, math.Inf(-1))
)

// equalFeatures are features [3, 6] for cases of Equal.
var equalFeatures = Normal(rand.New(rand.NewPCG(42, 4)), 3, 6, 1)
