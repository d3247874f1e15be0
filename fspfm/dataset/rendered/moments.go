package rendered

import (
	"context"
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/sim"
)

// Moments are pictures that can be taken again in another way. A Set has them, and so has
// the benchmark of package posesimv. What they are as a dataset.Source is the first of
// the views: faces as a recognizer gets them, aligned.
type Moments interface {
	dataset.Source

	// Moment returns whose head picture i shows and how it is taken. It panics unless 0
	// <= i < Len().
	Moment(i int) (*sim.Identity, sim.Shot)

	// Draws returns the random numbers of picture i for a view that takes it in another way:
	// the same ones every time.
	Draws(i int) *rand.Rand
}

// taken is a view: moments, of which at takes the pictures.
type taken struct {
	Moments
	at func(ctx context.Context, i int) (dataset.Sample, error)
}

// At implements dataset.Source.
func (t *taken) At(ctx context.Context, i int) (dataset.Sample, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	if i < 0 || i >= t.Len() {
		return dataset.Sample{}, fmt.Errorf("rendered: picture %d of %d", i, t.Len())
	}
	sample, err := t.at(ctx, i)
	if err != nil {
		return dataset.Sample{}, fmt.Errorf("rendered: picture %d: %w", i, err)
	}
	return sample, nil
}

// Misaligned shows the moments as a worse detector aligns them: faces are off by this many
// times what a detector errs, on top of the errors that they have. 0 changes nothing.
func Misaligned(m Moments, factor float64) dataset.Source {
	return &taken{m, func(_ context.Context, i int) (dataset.Sample, error) {
		id, shot := m.Moment(i)
		photo, _ := sim.Render(id, misaligned(shot, factor))
		return dataset.Sample{Label: m.Label(i), Pix: imaging.FromImage(photo).Pix}, nil
	}}
}

// misaligned is a shot that is off by factor times 1 % of the side, 3 % in size and 1.5
// degrees. The errors are a function of the shot's seed.
func misaligned(s sim.Shot, factor float64) sim.Shot {
	if factor == 0 {
		return s
	}
	r := rand.New(rand.NewPCG(s.Seed, 0xa11a))
	s.Camera.Shift[0] += 0.01 * factor * r.NormFloat64()
	s.Camera.Shift[1] += 0.01 * factor * r.NormFloat64()
	s.Camera.Zoom += 0.03 * factor * r.NormFloat64()
	s.Camera.Tilt += pose.Radians(1.5) * factor * r.NormFloat64()
	return s
}

// wideMargin widens a detector's box so that hopenet.Window is the box with that margin.
const wideMargin = (1.5*dataset.Size/hopenet.Window - 1) / 2

// Wide shows the moments as a pose network is trained on them: with the head's
// surroundings, cut around a box that is off as a detector's is, and wider than the
// network will see, so that training can move its window.
func Wide(m Moments) dataset.Source {
	// Black, as it was when the networks that ship were trained: it lies at the edge, which
	// the window of the network seldom reaches.
	cfg := hopenet.Config{Black: true, Margins: &pose.Margins{Left: wideMargin, Top: wideMargin, Right: wideMargin, Bottom: wideMargin}, Std: [3]float32{1, 1, 1}}
	return &taken{m, func(_ context.Context, i int) (dataset.Sample, error) {
		r := m.Draws(i)
		id, shot := m.Moment(i)
		shot.Camera.Wide, shot.Camera.Width, shot.Camera.Height = true, 144, 144
		shot.Camera.Head = 0.45 + 0.15*r.Float64()
		photo, known := sim.Render(id, shot)
		planes, err := cfg.Cut(pose.Subject{Photo: photo, Box: shaken(known.Box, r)}, dataset.Size)
		if err != nil {
			return dataset.Sample{}, err
		}
		return dataset.Sample{Label: m.Label(i), Pix: interleaved(planes)}, nil
	}}
}

// shaken moves the sides of a box as detectors do, each by up to a twelfth of the box.
func shaken(b pose.Rect, r *rand.Rand) pose.Rect {
	by := func(length float64) float64 { return length * (2*r.Float64() - 1) / 12 }
	w, h := b.Dx(), b.Dy()
	return pose.Rect{MinX: b.MinX + by(w), MinY: b.MinY + by(h), MaxX: b.MaxX + by(w), MaxY: b.MaxY + by(h)}
}

// interleaved makes RGB samples of planes [3, size, size] in 0 to 255.
func interleaved(planes []float32) []uint8 {
	n := len(planes) / 3
	pix := make([]uint8, len(planes))
	for c := range 3 {
		for i := range n {
			pix[3*i+c] = uint8(min(max(planes[c*n+i]+0.5, 0), 255))
		}
	}
	return pix
}

// TurnedToFront shows the moments after frontalization in the picture: a photo of the
// head with its surroundings is laid on the mean 3-D head, and that is turned to the
// front and aligned with the errors that the shot has. Faces whose yaw and pitch are
// estimated to be within fromDeg stay as they are: they could only lose. Box and
// landmarks are the renderer's, without a detector's errors. The estimator answers in the
// frame of renders (hopenet.RenderedNodDeg tells it from another).
func TurnedToFront(m Moments, estimator pose.Estimator, fromDeg float64) dataset.Source {
	return &taken{m, func(ctx context.Context, i int) (dataset.Sample, error) {
		id, shot := m.Moment(i)
		picture, err := frontal(ctx, estimator, fromDeg, id, shot)
		if err != nil {
			return dataset.Sample{}, err
		}
		if picture == nil {
			return m.At(ctx, i)
		}
		return dataset.Sample{Label: m.Label(i), Pix: imaging.FromImage(picture).Pix}, nil
	}}
}

// frontal is a shot turned to the front; nil for a face that looks there already.
func frontal(ctx context.Context, estimator pose.Estimator, fromDeg float64, id *sim.Identity, shot sim.Shot) (image.Image, error) {
	aligned := shot.Camera
	// the head is about as large as in an aligned picture
	shot.Camera = sim.Camera{Distance: aligned.Distance, Wide: true}
	photo, known := sim.Render(id, shot)
	estimates, err := estimator.Estimate(ctx, pose.Subject{Photo: photo, Box: known.Box, Landmarks: known.Landmarks})
	if err != nil {
		return nil, err
	}
	yaw, pitch, _ := estimates[0].Deg()
	if max(math.Abs(yaw), math.Abs(pitch)) <= fromDeg {
		return nil, nil
	}
	head, err := sim.NewPhoto(photo, known.Landmarks, estimates[0].Angles)
	if err != nil {
		return nil, err
	}
	picture, _ := head.Head().Shoot(pose.Angles{}, sim.Camera{Shift: aligned.Shift, Zoom: aligned.Zoom, Tilt: aligned.Tilt})
	return picture, nil
}
