package train

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose/sim"
)

// TestMisaligned: the errors have the sizes that are asked for, and depend on the shot alone.
func TestMisaligned(t *testing.T) {
	require.Equal(t, sim.Shot{Seed: 3}, Misaligned(sim.Shot{Seed: 3}, 0))
	require.Equal(t, Misaligned(sim.Shot{Seed: 3}, 2), Misaligned(sim.Shot{Seed: 3}, 2))
	const n = 4000
	var shift, zoom, tilt float64
	for i := range n {
		c := Misaligned(sim.Shot{Seed: uint64(i)}, 2).Camera
		shift, zoom, tilt = shift+c.Shift[1]*c.Shift[1]/n, zoom+c.Zoom*c.Zoom/n, tilt+c.Tilt*c.Tilt/n
	}
	require.InEpsilon(t, 0.02, math.Sqrt(shift), 0.05)
	require.InEpsilon(t, 0.06, math.Sqrt(zoom), 0.05)
	require.InEpsilon(t, 3*math.Pi/180, math.Sqrt(tilt), 0.05)
}

// TestHeadsMisaligned: faces are off, and the pose network's pictures of the same moments are not.
func TestHeadsMisaligned(t *testing.T) {
	pictures := func(aligned bool, factor float64) []uint8 {
		h, err := NewHeads(2, 2, 1, aligned)
		require.NoError(t, err)
		h.Misaligned = factor
		s, err := h.At(t.Context(), 3)
		require.NoError(t, err)
		return s.Pix
	}
	require.NotEqual(t, pictures(true, 0), pictures(true, 2))
	require.Equal(t, pictures(false, 0), pictures(false, 2))
}
