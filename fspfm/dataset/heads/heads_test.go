package heads

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose/sim"
)

// TestMisaligned: the errors have the sizes that are asked for, and depend on the shot
// alone.
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

// TestSetMisaligned: faces are off, and the pose network's pictures of the same moments
// are not.
func TestSetMisaligned(t *testing.T) {
	pictures := func(aligned bool, factor float64) []uint8 {
		h, err := New(2, 2, 1, aligned)
		require.NoError(t, err)
		h.Misaligned = factor
		s, err := h.At(t.Context(), 3)
		require.NoError(t, err)
		return s.Pix
	}
	require.NotEqual(t, pictures(true, 0), pictures(true, 2))
	require.Equal(t, pictures(false, 0), pictures(false, 2))
}

// TestSet: the aligned and the wide set of a seed show the same moments; sets of
// different seeds have no one in common; the same picture comes again.
func TestSet(t *testing.T) {
	wide, err := New(2, 3, 5, false)
	require.NoError(t, err)
	aligned, err := New(2, 3, 5, true)
	require.NoError(t, err)
	other, err := New(2, 3, 6, true)
	require.NoError(t, err)
	for i := range wide.Len() {
		require.Equal(t, wide.Label(i), aligned.Label(i))
		require.NotEqual(t, wide.IdentityName(i/3), other.IdentityName(i/3))
	}
	first, err := wide.At(t.Context(), 4)
	require.NoError(t, err)
	again, err := wide.At(t.Context(), 4)
	require.NoError(t, err)
	require.Equal(t, first, again)
	wide.Keep(1) // whoever is made anew is the same person
	_, err = wide.At(t.Context(), 0)
	require.NoError(t, err)
	again, err = wide.At(t.Context(), 4)
	require.NoError(t, err)
	require.Equal(t, first, again)
	face, err := aligned.At(t.Context(), 4)
	require.NoError(t, err)
	require.Len(t, face.Pix, dataset.PixelLen)
	require.NotEqual(t, first.Pix, face.Pix)
	_, err = wide.At(t.Context(), 6)
	require.Error(t, err)
	_, err = New(0, 1, 1, false)
	require.Error(t, err)
}
