package loss_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/internal/cases"
	"github.com/pifr-go/pifr/pose"
)

func value(t *testing.T, options any, labels []int, reals []float64, in ...*mat.Dense) float64 {
	t.Helper()
	v, _, err := cases.Case{Options: options, Labels: labels, Reals: reals, Same: make([]bool, 1)}.Plain(in)
	require.NoError(t, err)
	return v
}

func rows(r ...[]float64) *mat.Dense {
	m := mat.NewDense(len(r), len(r[0]), nil)
	for i := range r {
		m.SetRow(i, r[i])
	}
	return m
}

func scaled(k float64, m *mat.Dense) *mat.Dense {
	s := new(mat.Dense)
	s.Scale(k, m)
	return s
}

// TestWorked compares with values worked out by hand.
func TestWorked(t *testing.T) {
	axes, diagonal := rows([]float64{2, 0}, []float64{0, 5}), rows([]float64{3, 3}) // 45 degrees from both axes
	cos45 := math.Sqrt2 / 2
	for _, test := range []struct {
		name    string
		options any
		labels  []int
		reals   []float64
		in      []*mat.Dense
		want    float64
	}{
		{"softmax, equal logits", cases.Softmax{}, []int{2}, nil, []*mat.Dense{rows([]float64{9, 9, 9, 9})}, math.Log(4)},
		{"softmax, two logits", cases.Softmax{}, []int{0, 1}, nil, []*mat.Dense{rows([]float64{1, 0}, []float64{1, 0})}, (math.Log1p(math.Exp(-1)) + math.Log1p(math.E)) / 2},
		{"no margin", loss.Margin{}, []int{0}, nil, []*mat.Dense{diagonal, axes}, math.Ln2},
		{"ArcFace of 45 degrees", loss.Margin{Scale: 2, Angle: math.Pi / 4}, []int{0}, nil, []*mat.Dense{diagonal, axes}, math.Log1p(math.Exp(2 * cos45))},
		{"ArcFace beyond 180 degrees", loss.Margin{Scale: 1, Angle: math.Pi / 4}, []int{0}, nil, []*mat.Dense{rows([]float64{-1, 0}), axes}, math.Log1p(math.Exp(cos45))},
		{"the same with fallback", loss.Margin{Scale: 1, Angle: math.Pi / 4, Overflow: loss.Fallback}, []int{0}, nil, []*mat.Dense{rows([]float64{-1, 0}), axes}, math.Log1p(math.Exp(1 + math.Pi/4*cos45))},
		{"CosFace", loss.Margin{Scale: 2, Cosine: 0.5}, []int{1}, nil, []*mat.Dense{diagonal, axes}, math.Log1p(math.E)},
		{"combined", loss.Margin{Scale: 2, Angle: math.Pi / 4, Cosine: 0.5}, []int{1}, nil, []*mat.Dense{diagonal, axes}, math.Log1p(math.Exp(2*cos45 + 1))},
		{"ADA", loss.ADA{}, nil, nil, []*mat.Dense{rows([]float64{2, 4}), rows([]float64{1, 0.5}), rows([]float64{0, 5})}, 4 + 9},
		{"ADA, mean", loss.ADA{Reduction: loss.Mean}, nil, nil, []*mat.Dense{rows([]float64{2, 4}), rows([]float64{1, 0.5}), rows([]float64{0, 5})}, 6.5},
		{"ADA, unit", loss.ADA{Unit: true}, nil, nil, []*mat.Dense{rows([]float64{2, 4}), rows([]float64{1, 0.5}), rows([]float64{0, 5})}, 2 - 2*cos45},
		{"feature L2 of two pairs", loss.FeatureL2{}, nil, nil, []*mat.Dense{rows([]float64{2, 4}, []float64{1, 1}), rows([]float64{0, 5}, []float64{1, 1})}, 2.5},
		{"max ADA", loss.MaxADA{}, nil, nil, []*mat.Dense{rows([]float64{2, -1}), rows([]float64{3, 1})}, 1*1 - 0.5*4},
		{"max ADA, absolute", loss.MaxADA{Abs: true}, nil, nil, []*mat.Dense{rows([]float64{2, -1}), rows([]float64{3, 1})}, 1*1 + 0.5*4},
		{"contrastive, two people", loss.Contrastive{}, nil, nil, []*mat.Dense{rows([]float64{1, 0}), rows([]float64{0.6, 0.8})}, 1.4 - 0.8},
		{"contrastive, two people apart", loss.Contrastive{}, nil, nil, []*mat.Dense{rows([]float64{1, 0}), rows([]float64{-1, 0})}, 0},
		{"HopeNet, equal scores", loss.HopeNet{Alpha: 2}, []int{33}, []float64{pose.Radians(1.5)}, []*mat.Dense{mat.NewDense(1, 66, nil)}, math.Log(66) + 2*9},
		{"orientation, a quarter turn", cases.Orientation{}, nil, nil, []*mat.Dense{rows([]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}), rows([]float64{0, -1, 0, 1, 0, 0, 0, 0, 1})}, 4},
		// At the middle of the bounds the raw number is the log sigma; the point is off
		// by 3 and 4, and its logit is 0.
		{"landmarks", loss.Landmarks{MinLog: -1, MaxLog: 1}, nil, nil, []*mat.Dense{rows([]float64{3, 4, 0, 0}), rows([]float64{0, 0, 1})}, 12.5 + math.Ln2},
		{"landmarks, surer and half as heavy", loss.Landmarks{Weight: 0.5, MinLog: -2}, nil, nil, []*mat.Dense{rows([]float64{3, 4, -1, 0}), rows([]float64{0, 0, 0})}, -2 + 12.5*math.E*math.E + math.Ln2/2},
		{"distillation, a right angle", loss.PAD(), nil, []float64{0}, []*mat.Dense{rows([]float64{7, 0}), rows([]float64{0, 1}), rows([]float64{2, 0})}, math.Pi * math.Pi / 4},
		// The second head is in profile and counts 1+β = 3 times; its feature is at 180
		// degrees instead of at 90.
		{"distillation, pose", loss.AngularDistillation{PoseWeight: 2}, nil, []float64{0, -math.Pi / 2}, []*mat.Dense{rows([]float64{1, 0}, []float64{-1, 0}), rows([]float64{1, 0}, []float64{0, 1}), rows([]float64{2, 0})}, math.Pi * math.Pi / 4 * 3 / 4},
		{"distillation, pairs", loss.AngularDistillation{Structure: loss.BetweenPairs}, nil, []float64{0, 0}, []*mat.Dense{rows([]float64{1, 0}, []float64{1, 1}), rows([]float64{1, 0}, []float64{0, 1})}, math.Pi * math.Pi / 16},
	} {
		require.InDelta(t, test.want, value(t, test.options, test.labels, test.reals, test.in...), 1e-12, test.name)
	}
	total, byArcFace, byADA := loss.Total(3, 0.5, loss.Lambda)
	require.Equal(t, []float64{5, 1, 4}, []float64{total, byArcFace, byADA})
}

// TestMarginRaises: the greater the margin, the greater the loss, as long as θ+m is
// within π; with the fallback, always.
func TestMarginRaises(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 3))
	labels := []int{0, 1, 2, 3}
	compared := 0
	for range 200 {
		f, w := cases.Normal(rng, 4, 3, 1), cases.Normal(rng, 4, 3, 1)
		cos, err := loss.Cosines(f, w)
		require.NoError(t, err)
		room := math.Pi
		for i, y := range labels {
			room = min(room, math.Pi-math.Acos(cos.At(i, y)))
		}
		angular, last, lastGuarded := loss.Margin{Scale: 8}, value(t, loss.Margin{Scale: 8}, labels, nil, f, w), 0.0
		for m := 0.1; m < 1; m += 0.1 {
			angular.Angle = m
			if v := value(t, angular, labels, nil, f, w); m < room {
				require.Greater(t, v, last)
				last, compared = v, compared+1
			}
			guarded := value(t, loss.Margin{Scale: 8, Angle: m, Overflow: loss.Fallback}, labels, nil, f, w)
			require.Greater(t, guarded, lastGuarded)
			lastGuarded = guarded
		}
		require.Greater(t, value(t, loss.Margin{Scale: 8, Cosine: 0.2}, labels, nil, f, w), value(t, loss.Margin{Scale: 8, Cosine: 0.1}, labels, nil, f, w))
	}
	require.Greater(t, compared, 500)
}

// TestScaleInvariance: losses of cosines know no lengths, and their gradients are
// orthogonal to what they are by.
func TestScaleInvariance(t *testing.T) {
	for _, c := range cases.All() {
		var lengths int // how many operands have no length to the loss
		switch o := c.Options.(type) {
		case loss.Margin, loss.PartialFC, loss.AngularDistillation:
			lengths = len(c.In)
		case loss.ADA:
			if !o.Unit {
				continue
			}
			lengths = len(c.In)
		default:
			continue
		}
		want, by, err := c.Plain(c.In)
		require.NoError(t, err)
		for k := range lengths {
			in := append([]*mat.Dense(nil), c.In...)
			for _, size := range []float64{1e-6, 3, 1e60} {
				in[k] = scaled(size, c.In[k])
				got, again, err := c.Plain(in)
				require.NoError(t, err)
				require.InEpsilon(t, want, got, 1e-12, "%s, operand %d", c.Name, k)
				if by[k] != nil && !c.Frozen[k] {
					require.True(t, mat.EqualApprox(by[k], scaled(size, again[k]), 1e-9*mat.Norm(by[k], 2)), "%s, operand %d", c.Name, k)
				}
			}
			if by[k] != nil {
				along := new(mat.Dense)
				along.MulElem(by[k], c.In[k])
				require.InDelta(t, 0, mat.Sum(along), 1e-12*(1+mat.Norm(by[k], 2)), "%s, operand %d", c.Name, k)
			}
		}
	}
}

// TestZeroAtEquality: what compares features is zero where they are equal, and flat
// there.
func TestZeroAtEquality(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 4))
	f, centres := cases.Normal(rng, 3, 6, 1), cases.Normal(rng, 4, 6, 1)
	ones := mat.NewDense(3, 6, nil)
	ones.Apply(func(_, _ int, _ float64) float64 { return 1 }, ones)
	for _, c := range []cases.Case{
		{Options: loss.ADA{}, In: []*mat.Dense{f, ones, f}},
		{Options: loss.ADA{Unit: true, LiveTarget: true}, In: []*mat.Dense{f, ones, scaled(3, f)}},
		{Options: loss.FeatureL2{LiveTarget: true}, In: []*mat.Dense{f, f}},
		{Options: loss.MaxADA{}, In: []*mat.Dense{f, f}},
		{Options: loss.Contrastive{}, In: []*mat.Dense{f, f}, Same: []bool{true, true, true}},
		{Options: loss.PAD(), In: []*mat.Dense{f, scaled(2, f), centres}, Reals: []float64{0, 1, 2}},
		{Options: loss.AngularDistillation{Structure: loss.BetweenPairs}, In: []*mat.Dense{f, scaled(2, f)}, Reals: []float64{0, 1, 2}},
	} {
		v, by, err := c.Plain(c.In)
		require.NoError(t, err)
		require.InDelta(t, 0, v, 1e-24, "%T", c.Options)
		for _, g := range by {
			if g != nil {
				require.InDelta(t, 0, mat.Norm(g, 2), 1e-12, "%T", c.Options)
			}
		}
	}
	g := cases.Normal(rng, 3, 6, 1)
	require.Equal(t, value(t, loss.FeatureL2{}, nil, nil, f, g), value(t, loss.ADA{}, nil, nil, f, ones, g))
	require.Greater(t, value(t, loss.FeatureL2{}, nil, nil, f, g), 0.0)
}

// TestTrivialOptimum shows what the package comment warns of. An attention and a head
// that can do nothing but shrink, a = e^s and p = e^r q, descend L_ada to almost nothing,
// though the profile feature stays at an angle of 60 degrees to the frontal one: nothing
// was learned. ArcFace does not resist, since it does not see lengths. Compared as
// directions there is nothing to gain.
func TestTrivialOptimum(t *testing.T) {
	frontal, profile := rows([]float64{2, 0}), rows([]float64{1, math.Sqrt(3)})
	people := rows([]float64{1, 0}, []float64{0, 1})
	at := func(c loss.ADA, s, r float64) (v, byS, byR float64, p *mat.Dense) {
		a := rows([]float64{math.Exp(s), math.Exp(s)})
		p = scaled(math.Exp(r), profile)
		v, by, err := c.Loss(frontal, a, p)
		require.NoError(t, err)
		by.Attention.MulElem(by.Attention, a)
		by.Profile.MulElem(by.Profile, p)
		return v, mat.Sum(by.Attention), mat.Sum(by.Profile), p
	}
	for _, c := range []loss.ADA{{}, {Unit: true}} {
		start, _, _, p := at(c, 0, 0)
		arcface := value(t, loss.ArcFace(), []int{0}, nil, p, people)
		s, r := 0.0, 0.0
		for range 2000 {
			_, byS, byR, _ := at(c, s, r)
			s, r = s-0.05*byS, r-0.05*byR
		}
		end, _, _, p := at(c, s, r)
		cos, err := loss.Cosines(frontal, p)
		require.NoError(t, err)
		require.InDelta(t, 0.5, cos.At(0, 0), 1e-12)
		require.InDelta(t, arcface, value(t, loss.ArcFace(), []int{0}, nil, p, people), 1e-9)
		if c.Unit {
			require.InDelta(t, start, end, 1e-12)
		} else {
			require.Less(t, end, start/100)
			require.Less(t, math.Exp(s), 0.1)
		}
	}
	// L_ada goes with the square of the common factor.
	f, a, q := rows([]float64{2, -1}), rows([]float64{0.5, 0.7}), rows([]float64{1, 3})
	require.InDelta(t, 1e-4*value(t, loss.ADA{}, nil, nil, f, a, q), value(t, loss.ADA{}, nil, nil, f, scaled(0.01, a), scaled(0.01, q)), 1e-15)
}

// TestStraightThrough compares with the definition: where the margin raises the loss, the
// slope by cos θ_y is s (p_y - 1) / N.
func TestStraightThrough(t *testing.T) {
	cos, labels := rows([]float64{0.3, -0.2, 0.1}, []float64{0.5, 0.4, -0.95}), []int{0, 2}
	m := loss.Margin{Scale: 4, Angle: 0.5, Gradient: loss.StraightThrough}
	z, err := m.Logits(cos, labels)
	require.NoError(t, err)
	_, byLogits, err := loss.SoftmaxCrossEntropy(z, labels)
	require.NoError(t, err)
	byCosines, err := m.LogitsGradient(cos, labels, byLogits)
	require.NoError(t, err)
	require.True(t, mat.EqualApprox(scaled(4, byLogits), byCosines, 1e-15))
	p := math.Exp(z.At(0, 0)) / (math.Exp(z.At(0, 0)) + math.Exp(z.At(0, 1)) + math.Exp(z.At(0, 2)))
	require.InDelta(t, 4*(p-1)/2, byCosines.At(0, 0), 1e-14)
	// Beyond π the analytic slope has the other sign: the step would lead further away.
	m.Gradient = loss.Analytic
	wrong, err := m.LogitsGradient(cos, labels, byLogits)
	require.NoError(t, err)
	require.Negative(t, byCosines.At(1, 2))
	require.Positive(t, wrong.At(1, 2))
}

// TestHopeNetDecodesAsPose: the angle inside the regression is the one that pose.Bins
// reads from the same scores.
func TestHopeNetDecodesAsPose(t *testing.T) {
	bins := pose.HopeNetBins()
	rng := rand.New(rand.NewPCG(42, 5))
	for range 20 {
		scores := make([]float32, bins.N)
		wide := mat.NewDense(1, bins.N, nil)
		for i := range scores {
			scores[i] = float32(3 * rng.NormFloat64())
			wide.Set(0, i, float64(scores[i]))
		}
		decoded, err := bins.Decode(scores)
		require.NoError(t, err)
		angle := pose.Radians(180*rng.Float64() - 90)
		label, err := bins.Encode(angle)
		require.NoError(t, err)
		classified := value(t, loss.HopeNet{}, []int{label}, []float64{angle}, wide)
		both := value(t, loss.HopeNet{Alpha: 1}, []int{label}, []float64{angle}, wide)
		require.InEpsilon(t, math.Pow(pose.Degrees(decoded-angle), 2), both-classified, 1e-9)
	}
}
