package loss_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/internal/cases"
)

func TestEdges(t *testing.T) {
	for _, c := range cases.Edges() {
		t.Run(c.Name, func(t *testing.T) {
			value, by, err := c.Plain(c.In)
			require.NoError(t, err)
			requireFinite(t, value)
			for _, g := range by {
				if g != nil {
					requireFinite(t, g.RawMatrix().Data...)
				}
			}
		})
	}
}

func requireFinite(t *testing.T, x ...float64) {
	t.Helper()
	for _, v := range x {
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%v", x)
	}
}

// TestKink walks a feature of length 1 past its class weight and past the opposite: the
// gradient must not grow. It is at most s times the slope of cos(θ+m) by θ, which is 1,
// plus that of the other logits.
func TestKink(t *testing.T) {
	weights := mat.NewDense(2, 2, []float64{0.6, 0.8, -0.8, 0.6})
	for _, m := range []loss.Margin{loss.ArcFace(), {Angle: 0.5, Overflow: loss.Fallback}} {
		for _, start := range []float64{0, math.Pi} {
			for e := -18.0; e < 0; e += 0.125 {
				for _, sign := range []float64{-1, 1} {
					sin, cos := math.Sincos(start + sign*math.Pow(10, e))
					feature := mat.NewDense(1, 2, []float64{0.6*cos - 0.8*sin, 0.8*cos + 0.6*sin})
					_, byFeature, _, err := m.Loss(feature, weights, []int{0})
					require.NoError(t, err)
					require.LessOrEqual(t, mat.Norm(byFeature, 2), 2*64.0, "10^%g from %g", e, start)
				}
			}
		}
	}
	feature := mat.NewDense(1, 2, []float64{3, 4})
	_, byFeature, _, err := loss.ArcFace().Loss(feature, mat.NewDense(1, 2, []float64{3, 4}), []int{0})
	require.NoError(t, err)
	require.Zero(t, mat.Norm(byFeature, 2))
}

// TestNoDirection: what has no direction has the cosine 0 with everything and no
// gradient.
func TestNoDirection(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 2))
	features, weights := cases.Normal(rng, 3, 4, 1), cases.Normal(rng, 5, 4, 1)
	features.SetRow(1, make([]float64, 4))
	weights.SetRow(2, []float64{0, -9e-13, 0, 9e-13})
	cos, err := loss.Cosines(features, weights)
	require.NoError(t, err)
	require.Zero(t, mat.Norm(cos.RowView(1), 2))
	require.Zero(t, mat.Norm(cos.ColView(2), 2))
	_, byFeatures, byWeights, err := loss.ArcFace().Loss(features, weights, []int{2, 1, 0})
	require.NoError(t, err)
	require.Zero(t, mat.Norm(byFeatures.RowView(1), 2))
	require.Zero(t, mat.Norm(byWeights.RowView(2), 2))
	require.NotZero(t, mat.Norm(byFeatures.RowView(0), 2))
}

func TestErrors(t *testing.T) {
	for _, bad := range cases.Errors() {
		_, _, err := bad.Plain(bad.In)
		require.ErrorIs(t, err, bad.Want, bad.Text)
		require.ErrorContains(t, err, bad.Text)
		require.ErrorContains(t, err, "loss: ")
	}
	_, err := loss.ArcFace().Logits(mat.NewDense(1, 1, []float64{1.1}), []int{0})
	require.ErrorIs(t, err, loss.ErrValue)
	_, err = loss.ArcFace().LogitsGradient(cases.Ones(2, 3), []int{0, 1}, cases.Ones(3, 2))
	require.ErrorIs(t, err, loss.ErrShape)
	_, _, err = loss.CosinesGradient(cases.Ones(2, 3), cases.Ones(4, 3), cases.Ones(2, 3))
	require.ErrorIs(t, err, loss.ErrShape)
}
