package heads

import (
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
	"github.com/pifr-go/pifr/pose/sim"
)

// PointsFace is the longer side in pixels of the true box around the face in a picture
// for landmark networks, of 112. The rest is there for training to move, turn and resize
// its window.
const PointsFace = 56

// Share of the photos for landmark networks whose face may be cut by the frame, and by
// how much of their side it is shifted.
const (
	cutShare = 0.2
	cutShift = 0.3
)

// PointsShot draws a moment for landmark networks: everyday pictures, of which a third
// has something in front of the face.
func PointsShot(r *rand.Rand, a pose.Angles) sim.Shot {
	c := sim.Everyday()
	c.Occluded = 0.33
	return c.Shot(r, a)
}

// PointsPixels takes the picture that a landmark network is trained on, [112, 112, 3]:
// the shot's moment with the head's surroundings, upright and with the true box around
// the face in the middle, and what is known of it, in that picture's pixels. What lies
// beyond the photo is black.
func PointsPixels(person *sim.Identity, shot sim.Shot, r *rand.Rand) ([]uint8, sim.Label, error) {
	shot.Camera.Wide, shot.Camera.Width, shot.Camera.Height = true, 152, 152
	shot.Camera.Head = 0.42 + 0.15*r.Float64()
	cut, x, y := r.Float64() < cutShare, 2*r.Float64()-1, 2*r.Float64()-1
	if cut {
		shot.Camera.Shift = [2]float64{cutShift * x, cutShift * y}
	}
	photo, label := sim.Render(person, shot)
	w := landmark.Around(label.Box)
	w.Side *= dataset.Size / (landmark.Margin * PointsFace)
	pix, err := w.Cut(photo, dataset.Size)
	if err != nil {
		return nil, label, err
	}
	move := func(x, y float64) (float64, float64) {
		u, v := w.ToWindow(x, y)
		return dataset.Size * (u + 0.5), dataset.Size * (v + 0.5)
	}
	for k, p := range label.Landmarks {
		label.Landmarks[k][0], label.Landmarks[k][1] = move(p[0], p[1])
	}
	label.Box.MinX, label.Box.MinY = move(label.Box.MinX, label.Box.MinY)
	label.Box.MaxX, label.Box.MaxY = move(label.Box.MaxX, label.Box.MaxY)
	return pix, label, nil
}
