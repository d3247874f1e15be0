package fspfm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
)

func TestGating_Weight(t *testing.T) {
	g := Gating{FromDeg: 10, ToDeg: 30}
	for _, c := range []struct {
		yaw, pitch, roll, want float64
	}{
		{0, 0, 0, 0}, {9.9, 0, 0, 0}, {-9.9, 9, 0, 0}, {20, 0, 0, 0.5}, {-20, 5, 0, 0.5}, {5, -25, 0, 0.75}, {31, 0, 0, 1}, {-90, 0, 0, 1}, {0, 0, 80, 0},
	} {
		require.InDelta(t, c.want, g.Weight(pose.FromDeg(c.yaw, c.pitch, c.roll)), 1e-9, "%+v", c)
	}
	require.Equal(t, 1., Gating{}.Weight(pose.Angles{}), "no gate: always")
	step := Gating{FromDeg: 20, ToDeg: 20}
	require.Equal(t, 0., step.Weight(pose.FromDeg(19.9, 0, 0)))
	require.Equal(t, 1., step.Weight(pose.FromDeg(20.1, 0, 0)))
}

func TestGating_Apply(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 42))
	raw, out := direction(rng, 128), direction(rng, 128)
	for i := range out {
		out[i] *= 3 // heads do not keep lengths
	}
	g := Gating{FromDeg: 10, ToDeg: 30}
	dst := make([]float32, 128)
	require.NoError(t, g.Apply(dst, raw, out, pose.FromDeg(3, -4, 50)))
	require.Equal(t, raw, dst, "a frontal face keeps every bit")
	require.NoError(t, g.Apply(dst, raw, out, pose.FromDeg(-70, 0, 0)))
	require.InDelta(t, 1, Cosine(dst, out), 1e-6)
	require.InDelta(t, 1, length(dst), 1e-6)
	require.NoError(t, g.Apply(dst, raw, out, pose.FromDeg(20, 0, 0)))
	between := make([]float32, 128)
	for i := range between {
		between[i] = (raw[i] + out[i]) / 2 // before normalisation: the longer one counts for more
	}
	require.InDelta(t, 1, Cosine(dst, between), 1e-6)
	require.InDelta(t, 1, length(dst), 1e-6)
	inPlace := slices.Clone(out)
	require.NoError(t, g.Apply(inPlace, raw, inPlace, pose.FromDeg(20, 0, 0)))
	require.Equal(t, dst, inPlace)

	require.ErrorIs(t, g.Apply(dst, raw, out, pose.Angles{Yaw: math.NaN()}), ErrNotFinite)
	require.ErrorIs(t, g.Apply(dst, make([]float32, 128), out, pose.Angles{}), ErrNotFinite)
	require.Panics(t, func() { _ = g.Apply(dst, raw[:5], out, pose.Angles{}) })
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
