package rendered

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// TestMisaligned: the errors have the sizes that are asked for, and depend on the shot
// alone.
func TestMisaligned(t *testing.T) {
	require.Equal(t, sim.Shot{Seed: 3}, misaligned(sim.Shot{Seed: 3}, 0))
	require.Equal(t, misaligned(sim.Shot{Seed: 3}, 2), misaligned(sim.Shot{Seed: 3}, 2))
	const n = 4000
	var shift, zoom, tilt float64
	for i := range n {
		c := misaligned(sim.Shot{Seed: uint64(i)}, 2).Camera
		shift, zoom, tilt = shift+c.Shift[1]*c.Shift[1]/n, zoom+c.Zoom*c.Zoom/n, tilt+c.Tilt*c.Tilt/n
	}
	require.InEpsilon(t, 0.02, math.Sqrt(shift), 0.05)
	require.InEpsilon(t, 0.06, math.Sqrt(zoom), 0.05)
	require.InEpsilon(t, 3*math.Pi/180, math.Sqrt(tilt), 0.05)
	set := newSet(t, Config{Law: Photos, Identities: 2, Shots: 2, Seed: 1})
	require.Equal(t, at(t, set, 3), at(t, Misaligned(set, 0), 3))
	require.NotEqual(t, at(t, set, 3).Pix, at(t, Misaligned(set, 2), 3).Pix)
}

// TestViews: the views of a set show the same moments; sets of different seeds have no
// one in common; the same picture comes again, whoever is made anew meanwhile.
func TestViews(t *testing.T) {
	set := newSet(t, Config{Law: Photos, Identities: 2, Shots: 3, Seed: 5, Cache: 1})
	other := newSet(t, Config{Law: Photos, Identities: 2, Shots: 3, Seed: 6})
	wide := Wide(set)
	for i := range set.Len() {
		require.Equal(t, set.Label(i), wide.Label(i))
		require.NotEqual(t, set.IdentityName(i/3), other.IdentityName(i/3))
	}
	first := at(t, wide, 4)
	at(t, wide, 0)
	require.Equal(t, first, at(t, wide, 4))
	face := at(t, set, 4)
	require.Len(t, face.Pix, dataset.PixelLen)
	require.Equal(t, first.Label, face.Label)
	require.NotEqual(t, first.Pix, face.Pix)
	points := at(t, Points(set), 4).Label
	require.True(t, points.HasLandmarks && points.HasBox())
	require.InDelta(t, PointsFace, max(points.Box.Dx(), points.Box.Dy()), 1)
	_, err := wide.At(t.Context(), 6)
	require.Error(t, err)
	require.Panics(t, func() { set.Moment(6) })
	for _, c := range []Config{{Law: Photos}, {Law: Photos, Identities: 1, Shots: 1, First: 1}, {Law: 2, Identities: 1, Shots: 1}, {Identities: 1, Shots: 1, Occluded: 2}} {
		_, err := New(c)
		require.Error(t, err, c)
	}
	require.NotEqual(t, set.Stamp(), other.Stamp())
}

// TestTurnedToFront turns a head that looks aside, and leaves one alone that looks into
// the camera.
func TestTurnedToFront(t *testing.T) {
	set := newSet(t, Config{Identities: 1, Shots: 8, First: 3})
	turned := TurnedToFront(set, pose.PnP{}, 15)
	alone := 0
	for i := range set.Len() {
		yaw, pitch, _ := set.Label(i).Pose.Deg()
		before, after := at(t, set, i), at(t, turned, i)
		same := string(before.Pix) == string(after.Pix)
		if far := max(math.Abs(yaw), math.Abs(pitch)); far < 8 {
			alone++
			require.True(t, same, "%v", before.Label.Pose)
		} else if far > 30 {
			require.False(t, same, "%v", before.Label.Pose)
		}
	}
	require.Positive(t, alone)
}
