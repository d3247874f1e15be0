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
	one := func(rows, cols int) *mat.Dense {
		m := mat.NewDense(rows, cols, nil)
		m.Apply(func(_, _ int, _ float64) float64 { return 1 }, m)
		return m
	}
	nan := one(2, 3)
	nan.Set(1, 2, math.NaN())
	infinite := one(2, 3)
	infinite.Set(0, 0, math.Inf(-1))
	labels, angles := []int{0, 1}, []float64{0, 0.1}
	for _, test := range []struct {
		options any
		labels  []int
		reals   []float64
		in      []*mat.Dense
		want    error
		text    string
	}{
		{cases.Softmax{}, []int{0}, nil, []*mat.Dense{one(2, 3)}, loss.ErrShape, "1 labels for a batch of 2"},
		{cases.Softmax{}, []int{0, 3}, nil, []*mat.Dense{one(2, 3)}, loss.ErrLabel, "label 1 is 3, classes are 0 to 2"},
		{cases.Softmax{}, []int{-1, 0}, nil, []*mat.Dense{one(2, 3)}, loss.ErrLabel, "label 0 is -1"},
		{cases.Softmax{}, labels, nil, []*mat.Dense{nan}, loss.ErrValue, "logits at (1, 2): NaN"},
		{cases.Softmax{}, labels, nil, []*mat.Dense{nil}, loss.ErrShape, "logits are empty"},
		{cases.Softmax{}, nil, nil, []*mat.Dense{{}}, loss.ErrShape, "logits are empty"},
		{loss.ArcFace(), labels, nil, []*mat.Dense{one(2, 3), one(5, 4)}, loss.ErrShape, "features have length 3, weights have length 4"},
		{loss.ArcFace(), labels, nil, []*mat.Dense{infinite, one(5, 3)}, loss.ErrValue, "features at (0, 0): -Inf"},
		{loss.Margin{Multiplier: 1.35}, labels, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrOption, "m1 is 1.35"},
		{loss.Margin{Scale: -1}, labels, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrOption, "scale"},
		{loss.Margin{Angle: math.Pi}, labels, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrOption, "m2"},
		{loss.Margin{Angle: math.NaN()}, labels, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrOption, "m2"},
		{loss.Margin{Cosine: -0.1}, labels, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrOption, "m3"},
		{loss.Margin{Gradient: 2}, labels, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrOption, "gradient 2"},
		{loss.Margin{Overflow: -1}, labels, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrOption, "overflow -1"},
		{loss.PartialFC{Rate: 1.5}, labels, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrOption, "rate"},
		{loss.PartialFC{Rate: 1}, []int{0, 5}, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrLabel, "label 1 is 5"},
		{loss.PartialFC{Rate: 1}, nil, nil, []*mat.Dense{one(2, 3), one(5, 3)}, loss.ErrShape, "0 labels for a batch of 2"},
		{loss.ADA{}, nil, nil, []*mat.Dense{one(2, 3), one(2, 4), one(2, 3)}, loss.ErrShape, "attention weights are [2, 4]"},
		{loss.ADA{Reduction: 5}, nil, nil, []*mat.Dense{one(2, 3), one(2, 3), one(2, 3)}, loss.ErrOption, "reduction 5"},
		{loss.FeatureL2{}, nil, nil, []*mat.Dense{one(2, 3), one(3, 3)}, loss.ErrShape, "profile features are [3, 3]"},
		{loss.MaxADA{Factor: -2}, nil, nil, []*mat.Dense{one(2, 3), one(2, 3)}, loss.ErrOption, "factor"},
		{loss.MaxADA{}, nil, nil, []*mat.Dense{one(2, 3), nan}, loss.ErrValue, "profile features at (1, 2)"},
		{loss.Contrastive{}, nil, nil, []*mat.Dense{one(2, 3), one(2, 3)}, loss.ErrShape, "0 answers"},
		{loss.Contrastive{Margin: -1}, nil, nil, []*mat.Dense{one(2, 3), one(2, 3)}, loss.ErrOption, "margin"},
		{loss.HopeNet{Alpha: -1}, labels, angles, []*mat.Dense{one(2, 3)}, loss.ErrOption, "α"},
		{loss.HopeNet{WidthDeg: -3}, labels, angles, []*mat.Dense{one(2, 3)}, loss.ErrOption, "width"},
		{loss.HopeNet{}, labels, []float64{0}, []*mat.Dense{one(2, 3)}, loss.ErrShape, "1 angles"},
		{loss.HopeNet{}, labels, []float64{0, math.Inf(1)}, []*mat.Dense{one(2, 3)}, loss.ErrValue, "angles at 1: +Inf"},
		{loss.HopeNet{}, []int{0, 3}, angles, []*mat.Dense{one(2, 3)}, loss.ErrLabel, "label 1 is 3"},
		{cases.Orientation{}, nil, nil, []*mat.Dense{one(2, 9), one(3, 9)}, loss.ErrShape, "rotations are [3, 9]"},
		{cases.Orientation{}, nil, nil, []*mat.Dense{one(2, 3), one(2, 3)}, loss.ErrShape, "3 elements, want 9"},
		{cases.Orientation{}, nil, nil, []*mat.Dense{nan, one(2, 3)}, loss.ErrValue, "matrices at (1, 2): NaN"},
		{loss.Landmarks{}, nil, nil, []*mat.Dense{one(2, 4), one(2, 4)}, loss.ErrShape, "want [batch, 4 K]"},
		{loss.Landmarks{}, nil, nil, []*mat.Dense{one(2, 3), one(2, 3)}, loss.ErrShape, "want [batch, 4 K]"},
		{loss.Landmarks{Weight: -1}, nil, nil, []*mat.Dense{one(2, 4), one(2, 3)}, loss.ErrOption, "weight of being seen"},
		{loss.Landmarks{MinLog: 3}, nil, nil, []*mat.Dense{one(2, 4), one(2, 3)}, loss.ErrOption, "greatest log sigma"},
		{loss.PAD(), nil, angles, []*mat.Dense{one(2, 3), one(2, 3)}, loss.ErrShape, "class centres are empty"},
		{loss.AngularDistillation{Structure: 2}, nil, angles, []*mat.Dense{one(2, 3), one(2, 3)}, loss.ErrOption, "structure 2"},
		{loss.AngularDistillation{PoseWeight: -1}, nil, angles, []*mat.Dense{one(2, 3), one(2, 3)}, loss.ErrOption, "β"},
		{loss.PAD(), nil, nil, []*mat.Dense{one(2, 3), one(2, 3), one(5, 3)}, loss.ErrShape, "0 turns of the head"},
	} {
		_, _, err := cases.Case{Options: test.options, Labels: test.labels, Reals: test.reals}.Plain(test.in)
		require.ErrorIs(t, err, test.want, test.text)
		require.ErrorContains(t, err, test.text)
		require.ErrorContains(t, err, "loss: ")
	}
	_, err := loss.ArcFace().Logits(mat.NewDense(1, 1, []float64{1.1}), []int{0})
	require.ErrorIs(t, err, loss.ErrValue)
	_, err = loss.ArcFace().LogitsGradient(one(2, 3), labels, one(3, 2))
	require.ErrorIs(t, err, loss.ErrShape)
	_, _, err = loss.CosinesGradient(one(2, 3), one(4, 3), one(2, 3))
	require.ErrorIs(t, err, loss.ErrShape)
}
