package pose

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHopeNetEdges(t *testing.T) {
	edges := HopeNetBins().EdgesDeg()
	require.Len(t, edges, 67)
	assert.Equal(t, -99.0, edges[0])
	assert.Equal(t, 0.0, edges[33])
	assert.Equal(t, 99.0, edges[66])
}

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		deg  float64
		want int
	}{
		{-99, 0}, {-96.001, 0}, {-96, 1}, {-0.001, 32}, {0, 33}, {2.999, 33}, {3, 34}, {33, 44}, {98.999, 65},
	} {
		got, err := HopeNetBins().Encode(Radians(c.deg))
		require.NoError(t, err, "%g", c.deg)
		assert.Equal(t, c.want, got, "%g", c.deg)
	}
	for _, deg := range []float64{99, 150, -99.001, math.NaN(), math.Inf(-1)} {
		_, err := HopeNetBins().Encode(Radians(deg))
		require.ErrorIs(t, err, ErrBins, "%g", deg)
	}
}

// TestEncodeWholeDegrees: no edge is lost to the conversion to radians and back.
func TestEncodeWholeDegrees(t *testing.T) {
	for _, b := range []Bins{HopeNetBins(), WHENetYawBins()} {
		for i, deg := range b.EdgesDeg()[:b.N] {
			got, err := b.Encode(Radians(deg))
			require.NoError(t, err)
			require.Equal(t, i, got, "%g", deg)
		}
	}
}

func TestDecode(t *testing.T) {
	b := HopeNetBins()
	flat := make([]float32, b.N)
	got, err := b.Decode(flat)
	require.NoError(t, err)
	assert.InDelta(t, -1.5, Degrees(got), 1e-12, "a flat softmax")

	// Two equal scores far above the rest: between their lower edges.
	for i := range flat {
		flat[i] = float32(math.Inf(-1))
	}
	flat[40], flat[41] = 1e30, 1e30
	got, err = b.Decode(flat)
	require.NoError(t, err)
	assert.InDelta(t, 22.5, Degrees(got), 1e-12)

	// ln 3 more is three times the probability: 3/4 of bin 10, 1/4 of bin 20.
	flat[40], flat[41] = float32(math.Inf(-1)), float32(math.Inf(-1))
	flat[10], flat[20] = float32(math.Log(3)), 0
	got, err = b.Decode(flat)
	require.NoError(t, err)
	assert.InDelta(t, 3*12.5-99, Degrees(got), 1e-5)
}

func TestDecodeRefuses(t *testing.T) {
	b := HopeNetBins()
	bad := make([]float32, b.N)
	for name, scores := range map[string][]float32{
		"few":  make([]float32, 65),
		"none": nil,
	} {
		_, err := b.Decode(scores)
		require.ErrorIs(t, err, ErrBins, name)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		bad[3] = float32(v)
		_, err := b.Decode(bad)
		require.ErrorIs(t, err, ErrBins, "%g", v)
	}
	for i := range bad {
		bad[i] = float32(math.Inf(-1))
	}
	_, err := b.Decode(bad)
	require.ErrorIs(t, err, ErrBins)
	_, err = Bins{}.Decode(nil)
	require.ErrorIs(t, err, ErrBins)
}

// TestBinsNearest: the edge above takes over in the middle of a bin, the last bin has no
// edge above it, and what Encode refuses is refused.
func TestBinsNearest(t *testing.T) {
	b := HopeNetBins()
	for deg, want := range map[float64]int{-99: 0, -97.6: 0, -97.4: 1, 0: 33, 1.4: 33, 1.6: 34, -1.4: 33, -1.6: 32, 97: 65, 98.9: 65} {
		got, err := b.Nearest(Radians(deg))
		require.NoError(t, err)
		require.Equal(t, want, got, "%g degrees", deg)
	}
	for _, deg := range []float64{-100, 99, 120, math.NaN()} {
		_, err := b.Nearest(Radians(deg))
		require.ErrorIs(t, err, ErrBins, "%g degrees", deg)
	}
}
