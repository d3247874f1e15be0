package rendered

import (
	"context"

	"github.com/pifr-go/pifr/fspfm/dataset"
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

// Points shows the moments as a landmark network is trained on them: with the head's
// surroundings, upright and with the true box around the face in the middle. Labels have
// landmarks and boxes in that picture's pixels; At has them, Label does not. What lies
// beyond the photo is black. In a fifth of the pictures the frame may cut the face.
func Points(m Moments) dataset.Source {
	return &taken{m, func(_ context.Context, i int) (dataset.Sample, error) {
		r := m.Draws(i)
		id, shot := m.Moment(i)
		shot.Camera.Wide, shot.Camera.Width, shot.Camera.Height = true, 152, 152
		shot.Camera.Head = 0.42 + 0.15*r.Float64()
		cut, x, y := r.Float64() < cutShare, 2*r.Float64()-1, 2*r.Float64()-1
		if cut {
			shot.Camera.Shift = [2]float64{cutShift * x, cutShift * y}
		}
		photo, known := sim.Render(id, shot)
		w := landmark.Around(known.Box)
		w.Side *= dataset.Size / (landmark.Margin * PointsFace)
		pix, err := w.Cut(photo, dataset.Size)
		if err != nil {
			return dataset.Sample{}, err
		}
		toWindow(&known, w)
		label := m.Label(i)
		AddLabel(&label, known)
		return dataset.Sample{Label: label, Pix: pix}, nil
	}}
}

// toWindow moves landmarks and box from a photo's pixels to those of a window.
func toWindow(l *sim.Label, w landmark.Window) {
	move := func(x, y float64) (float64, float64) {
		u, v := w.ToWindow(x, y)
		return dataset.Size * (u + 0.5), dataset.Size * (v + 0.5)
	}
	for k, p := range l.Landmarks {
		l.Landmarks[k][0], l.Landmarks[k][1] = move(p[0], p[1])
	}
	l.Box.MinX, l.Box.MinY = move(l.Box.MinX, l.Box.MinY)
	l.Box.MaxX, l.Box.MaxY = move(l.Box.MaxX, l.Box.MaxY)
}
