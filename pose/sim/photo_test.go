package sim_test

import (
	"image"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// difference is the mean difference of gray values in the middle of a face.
func difference(a, b *image.RGBA) float64 {
	gray := func(img *image.RGBA, x, y int) float64 {
		c := img.RGBAAt(x, y)
		return 0.3*float64(c.R) + 0.6*float64(c.G) + 0.1*float64(c.B)
	}
	sum, n := 0.0, 0.0
	for y := 40; y < 100; y++ {
		for x := 35; x < 78; x++ {
			sum += math.Abs(gray(a, x, y) - gray(b, x, y))
			n++
		}
	}
	return sum / n
}

// A photo that is taken of a head, and turned back to where it was, is that photo; turned
// elsewhere it is nearer to what the head looks like there than the head of anybody else
// is.
func TestPhoto(t *testing.T) {
	light := sim.Light{Key: 0.3, Ambient: 1}
	own, others := 0.0, 0.0
	for seed := range uint64(3) {
		id := sim.NewIdentity(600 + seed)
		flat, label := sim.Render(id, sim.Shot{Light: light, Camera: sim.Camera{Wide: true, Width: 300}})
		p, err := sim.NewPhoto(flat, label.Landmarks, label.Angles)
		require.NoError(t, err)
		front, _ := sim.Render(id, sim.Shot{Light: light})
		back, l := p.Rotate(pose.Angles{})
		require.Equal(t, image.Rect(0, 0, 112, 112), back.Rect)
		require.Less(t, difference(front, back), 9.0)
		require.Equal(t, [5]bool{true, true, true, true, true}, l.Visible)
		for _, yaw := range []float64{-45, 45} {
			a := pose.FromDeg(yaw, 0, 0)
			turned, l := p.Rotate(a)
			require.InDelta(t, a.Yaw, l.Angles.Yaw, 1e-9)
			want, _ := sim.Render(id, sim.Shot{Angles: a, Light: light})
			stranger, _ := sim.Render(sim.NewIdentity(700+seed), sim.Shot{Angles: a, Light: light})
			own += difference(turned, want) / 6
			others += difference(turned, stranger) / 6
		}
	}
	t.Logf("mean difference to the same head %.1f, to another %.1f", own, others)
	require.Less(t, own, 0.75*others)
}

// A profile comes back to the front: the far half, which it does not show, is like the
// near one.
func TestFrontalize(t *testing.T) {
	light := sim.Light{Key: 0.3, Ambient: 1}
	profile, label := sim.Render(sim.NewIdentity(3), sim.Shot{Angles: pose.FromDeg(55, 0, 0), Light: light, Camera: sim.Camera{Wide: true}})
	p, err := sim.NewPhoto(profile, label.Landmarks, label.Angles)
	require.NoError(t, err)
	front, l := p.Rotate(pose.Angles{})
	require.InDelta(t, 0, l.Angles.Yaw, 1e-9)
	want, _ := sim.Render(sim.NewIdentity(3), sim.Shot{Light: light})
	require.Less(t, difference(front, want), 20.0)
}

func TestPhotoErrors(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 50, 50))
	good := pose.Landmarks{{15, 20}, {35, 20}, {25, 30}, {18, 38}, {32, 38}}
	for name, c := range map[string]struct {
		img image.Image
		l   pose.Landmarks
	}{
		"no image":  {nil, good},
		"no pixels": {image.NewRGBA(image.Rectangle{}), good},
		"NaN":       {img, pose.Landmarks{{math.NaN(), 1}}},
		"infinite":  {img, pose.Landmarks{{math.Inf(1), 1}, {2, 3}}},
		"one point": {img, pose.Landmarks{}},
	} {
		_, err := sim.NewPhoto(c.img, c.l, pose.Angles{})
		require.ErrorIs(t, err, sim.ErrPhoto, name)
	}
	_, err := sim.NewPhoto(img, good, pose.Angles{})
	require.NoError(t, err)
}

// Pictures are aligned as package face aligns, whose whole coordinates are the middles of
// pixels.
func TestAlignmentIsArcFaces(t *testing.T) {
	for seed := range uint64(5) {
		_, label := sim.Render(sim.NewIdentity(seed), sim.Shot{Angles: pose.FromDeg(30*float64(seed)-60, 10, 5)})
		l := label.Landmarks
		for k := range l {
			l[k][0] -= 0.5
			l[k][1] -= 0.5
		}
		s, err := face.Similarity(l, 112)
		require.NoError(t, err)
		want := [2][3]float64{{1, 0, 0}, {0, 1, 0}}
		for i := range want {
			for j := range want[i] {
				require.InDelta(t, want[i][j], s[i][j], 2e-3, "there is nothing left to align")
			}
		}
	}
}
