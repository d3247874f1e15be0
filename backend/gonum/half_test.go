package gonum

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes/float16"
	"github.com/stretchr/testify/require"
)

// TestToFloat16RoundsToNearestEven walks through all finite values: each is its own
// nearest, and so is it for what lies less than half a step above, the middle going to
// the even neighbor.
func TestToFloat16RoundsToNearestEven(t *testing.T) {
	value := func(bits uint16) float64 { // from the definition of the format
		exponent, fraction := int(bits>>10&31), float64(bits&1023)
		if exponent == 0 {
			return math.Ldexp(fraction, -24)
		}
		return math.Ldexp(1024+fraction, exponent-25)
	}
	for bits := range uint16(0x7c00) {
		low, high := value(bits), value(bits+1) // above the greatest finite value, what infinity would be worth: 2^16
		middle := (low + high) / 2
		even := bits + bits&1
		for _, c := range []struct {
			x    float64
			want uint16
		}{
			{low, bits}, {middle, even},
			{float64(math.Nextafter32(float32(middle), 0)), bits},
			{float64(math.Nextafter32(float32(middle), 1e9)), bits + 1},
		} {
			require.Equal(t, c.want, toFloat16(float32(c.x)).Bits(), "%g", c.x)
			require.Equal(t, c.want|0x8000, toFloat16(float32(-c.x)).Bits(), "%g", -c.x)
		}
		require.Equal(t, float32(low), float16.FromBits(bits).Float32())
	}
	require.Equal(t, uint16(0x7c00), toFloat16(float32(math.Inf(1))).Bits())
	require.Equal(t, uint16(0xfc00), toFloat16(-math.MaxFloat32).Bits())
	require.NotEqual(t, toFloat16(float32(math.NaN())).Float32(), toFloat16(float32(math.NaN())).Float32())
}
