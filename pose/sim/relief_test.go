package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
)

// asTaken draws a photo through the lens that took it, turned to a pose.
func asTaken(p *Photo, a pose.Angles) *scene {
	s := newPhotoScene(p, a)
	s.lens = p.lens
	s.project()
	s.rasterize()
	s.lookBehind(p)
	s.shade()
	return s
}

// TestRelief holds that a photo which is turned back to where it was is itself, with the
// hair and what lies behind the head, in any pose; and that where it is turned to the
// front, nothing of what lay before the face comes to lie over it.
func TestRelief(t *testing.T) {
	for seed, yaw := range []float64{0, -30, 60} {
		a := pose.FromDeg(yaw, 5, -4)
		shot := Shot{Angles: a, Camera: Camera{Wide: true, Width: 320, Head: 0.52}, Background: Background{Kind: Shelves}, Seed: 1}
		photo, label := Render(NewIdentity(610+uint64(seed)), shot)
		p, err := NewPhoto(photo, label.Landmarks, a)
		require.NoError(t, err)
		same := asTaken(p, a)
		difference, n := float32(0), float32(0)
		for i, c := range same.canvas.pixels {
			if x, y := i%cropSide, i/cropSide; min(x, y) > 8 && max(x, y) < cropSide-8 {
				d := c.sub(p.crop.pixels[i])
				difference += abs(d[0]) + abs(d[1]) + abs(d[2])
				n += 3
			}
		}
		t.Logf("yaw %g: mean difference %.4f of light", yaw, difference/n)
		require.Less(t, difference/n, float32(0.01))
		require.Equal(t, yaw != 0, len(p.relief.before) > 500, "background before the face")
		front := asTaken(p, pose.Angles{})
		for _, i := range places().landmarks[2] { // the tip of the nose
			q := front.screen[i]
			seen := front.canvas.samples[int(q[1])*front.canvas.width+int(q[0])]
			require.InDelta(t, q[2], seen.near, 0.01, "yaw %g: something lies over the nose", yaw)
		}
	}
}
