package turned_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/train/turned"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/sim"
)

// TestTurner_frame holds that the angles of a recognizer, whose zero is another than that
// of renders, are carried over before a photo is laid on the head, and before it is turned.
func TestTurner_frame(t *testing.T) {
	camera := sim.Camera{Wide: true, Width: 256, Height: 256, Head: 0.5}
	photo, known := sim.Render(sim.NewIdentity(7), sim.Shot{Angles: pose.FromDeg(5, 10, 0), Camera: camera})
	found := fspfm.Result{Face: face.At(known.Box, known.Landmarks), Pose: pose.Estimate{Angles: hopenet.Nod(known.Angles, hopenet.RenderedNodDeg)}}
	turner, err := turned.NewTurner(photo, found)
	require.NoError(t, err)
	laid, err := sim.NewPhoto(photo, known.Landmarks, known.Angles)
	require.NoError(t, err)
	const side = 320
	camera = sim.Camera{Distance: sim.PhotoDistance, Wide: true, Width: side, Height: side, Head: 0.52}
	want, _ := laid.Shoot(hopenet.Nod(pose.FromDeg(40, 0, 0), -hopenet.RenderedNodDeg), camera)
	got := turner.Turn(pose.FromDeg(40, 0, 0))
	require.Equal(t, want.Bounds(), got.Bounds())
	differ := 0
	for y := range side {
		for x := range side {
			if got.At(x, y) != want.At(x, y) {
				differ++
			}
		}
	}
	require.Less(t, differ, side*side/100)
}
