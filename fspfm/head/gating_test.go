package head

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
)

func TestGating_Weight(t *testing.T) {
	g, front := Gating{FromDeg: 10, ToDeg: 30}, pose.FromDeg(2, -3, 40)
	for _, c := range []struct {
		yaw, pitch, roll, want float64
	}{
		{0, 0, 0, 0}, {9.9, 0, 0, 0}, {-9.9, 9, 0, 0}, {20, 0, 0, 0.5}, {-20, 5, 0, 0.5}, {5, -25, 0, 0.75}, {31, 0, 0, 1}, {-90, 0, 0, 1}, {0, 0, 80, 0},
	} {
		a := pose.FromDeg(c.yaw, c.pitch, c.roll)
		require.InDelta(t, c.want, g.Weight(a, front), 1e-9, "%+v", c)
		require.InDelta(t, c.want, g.Weight(front, a), 1e-9, "%+v", c)
		require.InDelta(t, c.want, g.Weight(a, a), 1e-9, "%+v", c)
	}
	require.Equal(t, 1., Gating{}.Weight(front, front), "no gate: always")
	step := Gating{FromDeg: 20, ToDeg: 20}
	require.Equal(t, 0., step.Weight(pose.FromDeg(19.9, 0, 0), front))
	require.Equal(t, 1., step.Weight(pose.FromDeg(20.1, 0, 0), front))
}

func TestGating_Cosine(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 42))
	rawA, outA, rawB, outB := direction(rng, 128), direction(rng, 128), direction(rng, 128), direction(rng, 128)
	g, front := Gating{FromDeg: 10, ToDeg: 30}, pose.FromDeg(3, -4, 50)
	at := func(a, b pose.Angles) float64 { return g.Cosine(rawA, outA, a, rawB, outB, b) }
	require.Equal(t, Cosine(rawA, rawB), at(front, front), "two frontal faces are compared as without a head, bit for bit")
	require.Equal(t, Cosine(outA, outB), at(front, pose.FromDeg(-70, 0, 0)))
	half := func(a, b []float32) []float32 {
		m := make([]float32, len(a))
		for i := range m {
			m[i] = (a[i] + b[i]) / 2
		}
		return m
	}
	want := Cosine(half(rawA, outA), half(rawB, outB))
	require.InDelta(t, want, at(pose.FromDeg(20, 0, 0), front), 1e-6)
	for i := range outA {
		outA[i] *= 3 // a head does not keep lengths
	}
	require.InDelta(t, want, at(pose.FromDeg(20, 0, 0), front), 1e-6, "lengths do not count")
	require.Panics(t, func() { g.Cosine(rawA[:5], outA, front, rawB, outB, pose.FromDeg(20, 0, 0)) })
	require.True(t, math.IsNaN(g.Cosine(make([]float32, 128), outA, front, rawB, outB, front)))
	require.True(t, math.IsNaN(g.Weight(pose.Angles{Yaw: math.NaN()}, front)))
}

// direction draws a vector of unit length.
func direction(rng *rand.Rand, d int) []float32 {
	v := make([]float32, d)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	n := length(v)
	for i := range v {
		v[i] = float32(float64(v[i]) / n)
	}
	return v
}

func length(v []float32) float64 {
	squares := 0.0
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	return math.Sqrt(squares)
}
