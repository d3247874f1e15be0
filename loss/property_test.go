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

func value(t *testing.T, l cases.Loss, labels []int, reals []float64, in ...*mat.Dense) float64 {
	t.Helper()
	v, _, err := cases.Case{Loss: l, Labels: labels, Reals: reals}.Plain(in)
	require.NoError(t, err)
	return v
}

// TestWorked compares with values worked out by hand.
func TestWorked(t *testing.T) {
	for _, c := range cases.Worked() {
		v, _, err := c.Plain(c.In)
		require.NoError(t, err)
		require.InDelta(t, c.Want, v, 1e-12, c.Name)
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
		angular, last, lastGuarded := loss.Margin{Scale: 8}, value(t, cases.Margin(loss.Margin{Scale: 8}), labels, nil, f, w), 0.0
		for m := 0.1; m < 1; m += 0.1 {
			angular.Angle = m
			if v := value(t, cases.Margin(angular), labels, nil, f, w); m < room {
				require.Greater(t, v, last)
				last, compared = v, compared+1
			}
			guarded := value(t, cases.Margin(loss.Margin{Scale: 8, Angle: m, Overflow: loss.Fallback}), labels, nil, f, w)
			require.Greater(t, guarded, lastGuarded)
			lastGuarded = guarded
		}
		require.Greater(t, value(t, cases.Margin(loss.Margin{Scale: 8, Cosine: 0.2}), labels, nil, f, w), value(t, cases.Margin(loss.Margin{Scale: 8, Cosine: 0.1}), labels, nil, f, w))
	}
	require.Greater(t, compared, 500)
}

// TestScaleInvariance: losses of cosines know no lengths, and their gradients are
// orthogonal to what they are by.
func TestScaleInvariance(t *testing.T) {
	for _, c := range cases.All() {
		if !c.Directions {
			continue
		}
		want, by, err := c.Plain(c.In)
		require.NoError(t, err)
		for k := range c.In {
			in := append([]*mat.Dense(nil), c.In...)
			for _, size := range []float64{1e-6, 3, 1e60} {
				in[k] = cases.Scaled(size, c.In[k])
				got, again, err := c.Plain(in)
				require.NoError(t, err)
				require.InEpsilon(t, want, got, 1e-12, "%s, operand %d", c.Name, k)
				if by[k] != nil && !c.Frozen[k] {
					require.True(t, mat.EqualApprox(by[k], cases.Scaled(size, again[k]), 1e-9*mat.Norm(by[k], 2)), "%s, operand %d", c.Name, k)
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
	for _, c := range cases.Equal() {
		v, by, err := c.Plain(c.In)
		require.NoError(t, err)
		require.InDelta(t, 0, v, 1e-24, c.Name)
		for _, g := range by {
			if g != nil {
				require.InDelta(t, 0, mat.Norm(g, 2), 1e-12, c.Name)
			}
		}
	}
	f, g, ones := cases.Normal(rng, 3, 6, 1), cases.Normal(rng, 3, 6, 1), cases.Ones(3, 6)
	require.Equal(t, value(t, cases.FeatureL2(loss.FeatureL2{}), nil, nil, f, g), value(t, cases.ADA(loss.ADA{}), nil, nil, f, ones, g))
	require.Greater(t, value(t, cases.FeatureL2(loss.FeatureL2{}), nil, nil, f, g), 0.0)
}

// TestTrivialOptimum shows what the package comment warns of. An attention and a head
// that can do nothing but shrink, a = e^s and p = e^r q, descend L_ada to almost nothing,
// though the profile feature stays at an angle of 60 degrees to the frontal one: nothing
// was learned. ArcFace does not resist, since it does not see lengths. Compared as
// directions there is nothing to gain.
func TestTrivialOptimum(t *testing.T) {
	frontal, profile := cases.Rows([]float64{2, 0}), cases.Rows([]float64{1, math.Sqrt(3)})
	people := cases.Rows([]float64{1, 0}, []float64{0, 1})
	at := func(c loss.ADA, s, r float64) (v, byS, byR float64, p *mat.Dense) {
		a := cases.Rows([]float64{math.Exp(s), math.Exp(s)})
		p = cases.Scaled(math.Exp(r), profile)
		v, by, err := c.Loss(frontal, a, p)
		require.NoError(t, err)
		by.Attention.MulElem(by.Attention, a)
		by.Profile.MulElem(by.Profile, p)
		return v, mat.Sum(by.Attention), mat.Sum(by.Profile), p
	}
	for _, c := range []loss.ADA{{}, {Unit: true}} {
		start, _, _, p := at(c, 0, 0)
		arcface := value(t, cases.Margin(loss.ArcFace()), []int{0}, nil, p, people)
		s, r := 0.0, 0.0
		for range 2000 {
			_, byS, byR, _ := at(c, s, r)
			s, r = s-0.05*byS, r-0.05*byR
		}
		end, _, _, p := at(c, s, r)
		cos, err := loss.Cosines(frontal, p)
		require.NoError(t, err)
		require.InDelta(t, 0.5, cos.At(0, 0), 1e-12)
		require.InDelta(t, arcface, value(t, cases.Margin(loss.ArcFace()), []int{0}, nil, p, people), 1e-9)
		if c.Unit {
			require.InDelta(t, start, end, 1e-12)
		} else {
			require.Less(t, end, start/100)
			require.Less(t, math.Exp(s), 0.1)
		}
	}
	// L_ada goes with the square of the common factor.
	f, a, q := cases.Rows([]float64{2, -1}), cases.Rows([]float64{0.5, 0.7}), cases.Rows([]float64{1, 3})
	require.InDelta(t, 1e-4*value(t, cases.ADA(loss.ADA{}), nil, nil, f, a, q), value(t, cases.ADA(loss.ADA{}), nil, nil, f, cases.Scaled(0.01, a), cases.Scaled(0.01, q)), 1e-15)
}

// TestStraightThrough compares with the definition: where the margin raises the loss, the
// slope by cos θ_y is s (p_y - 1) / N.
func TestStraightThrough(t *testing.T) {
	cos, labels := cases.Rows([]float64{0.3, -0.2, 0.1}, []float64{0.5, 0.4, -0.95}), []int{0, 2}
	m := loss.Margin{Scale: 4, Angle: 0.5, Gradient: loss.StraightThrough}
	z, err := m.Logits(cos, labels)
	require.NoError(t, err)
	_, byLogits, err := loss.SoftmaxCrossEntropy(z, labels)
	require.NoError(t, err)
	byCosines, err := m.LogitsGradient(cos, labels, byLogits)
	require.NoError(t, err)
	require.True(t, mat.EqualApprox(cases.Scaled(4, byLogits), byCosines, 1e-15))
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
		classified := value(t, cases.HopeNet(loss.HopeNet{}), []int{label}, []float64{angle}, wide)
		both := value(t, cases.HopeNet(loss.HopeNet{Alpha: 1}), []int{label}, []float64{angle}, wide)
		require.InEpsilon(t, math.Pow(pose.Degrees(decoded-angle), 2), both-classified, 1e-9)
	}
}
