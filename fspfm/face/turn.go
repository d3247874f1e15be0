package face

import (
	"context"
	"image"

	"github.com/pifr-go/pifr/internal/imaging"
)

// turned looks at the photo turned by each quarter, and returns the faces of the turn
// that shows the most certain one.
func (d *Detector) turned(ctx context.Context, photo *imaging.RGB) ([]Face, error) {
	var best []Face
	for quarters := 1; quarters < 4; quarters++ {
		turned := photo.Turn(quarters)
		faces, err := d.search(ctx, turned)
		if err != nil {
			return nil, err
		}
		if len(faces) == 0 || len(best) > 0 && faces[0].Score <= best[0].Score {
			continue
		}
		best = faces
		for i, f := range faces {
			best[i] = f.Lying(turned, 90*quarters)
		}
	}
	return best, nil
}

// Upright returns the photo turned so that the face stands upright, and the face in it:
// both as they are if Turned is 0. Align does not need it; what looks at a face's
// surroundings does.
func (f Face) Upright(photo image.Image) (image.Image, Face) {
	quarters := f.Turned / 90 % 4
	if photo == nil || quarters == 0 {
		return photo, f
	}
	m := imaging.FromImage(photo)
	out := f.turn(quarters, m.Bounds().Size())
	out.Turned = 0
	return m.Turn(quarters), out
}

// Lying is the inverse of Upright: it returns a face of the upright photo as it lies in
// the photo that has to be turned clockwise by that many degrees.
func (f Face) Lying(upright image.Image, turned int) Face {
	quarters := turned / 90 % 4
	if upright == nil || quarters == 0 {
		return f
	}
	out := f.turn(4-quarters, upright.Bounds().Size())
	out.Turned = 90 * quarters
	return out
}

// turn returns where the face lies once a photo of that size has been turned clockwise.
func (f Face) turn(quarters int, size image.Point) Face {
	w, h := float64(size.X), float64(size.Y)
	// Corners of boxes are counted from the photo's edge, landmarks from the center of
	// its first pixel: edge is 0 for the ones and 1 for the others.
	move := func(x, y, edge float64) (float64, float64) {
		switch quarters {
		case 1:
			return h - edge - y, x
		case 2:
			return w - edge - x, h - edge - y
		case 3:
			return y, w - edge - x
		}
		return x, y
	}
	x0, y0 := move(f.Box.X, f.Box.Y, 0)
	x1, y1 := move(f.Box.X+f.Box.W, f.Box.Y+f.Box.H, 0)
	f.Box = Box{X: min(x0, x1), Y: min(y0, y1), W: max(x0, x1) - min(x0, x1), H: max(y0, y1) - min(y0, y1)}
	if f.HasLandmarks() {
		for i, p := range f.Landmarks {
			f.Landmarks[i][0], f.Landmarks[i][1] = move(p[0], p[1], 1)
		}
	}
	if f.Refined {
		for i, p := range f.Detected {
			f.Detected[i][0], f.Detected[i][1] = move(p[0], p[1], 1)
		}
	}
	return f
}
