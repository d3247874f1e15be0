package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/landmark"
)

// LandmarkMoves says how the window of a landmark network strays from the true box around
// a face, as detectors' boxes do. Lengths are in units of the box's longer side. The zero
// value moves nothing.
type LandmarkMoves struct {
	// Shift moves the window along both axes by up to so much.
	Shift float64 `json:"shift,omitempty"`
	// Scale makes it larger or smaller by up to exp(Scale).
	Scale float64 `json:"scale,omitempty"`
	// TurnDeg turns it by up to this many degrees.
	TurnDeg float64 `json:"turn_deg,omitempty"`
	// Upright windows are turned as the face is, before anything else.
	Upright bool `json:"upright,omitempty"`
	// Ear is the share of windows that are moved besides, by up to EarShift, away from
	// the tip of the nose: on profiles towards the ear, where detectors like to see a
	// face.
	Ear      float64 `json:"ear,omitempty"`
	EarShift float64 `json:"ear_shift,omitempty"`
	// Cover is the share of windows of which a rectangle is painted over.
	Cover float64 `json:"cover,omitempty"`
	// Frame is the share of pictures that are cut to a narrow frame around the face, as
	// portraits often are: what is beyond it is black, or the frame's edge goes on.
	// Points beyond it are not seen.
	Frame float64 `json:"frame,omitempty"`
}

func (m LandmarkMoves) validate() error {
	for name, v := range map[string]float64{"shift": m.Shift, "scale": m.Scale, "ear": m.Ear, "ear_shift": m.EarShift, "cover": m.Cover, "frame": m.Frame} {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("train: moves: %s %g must lie in [0, 1]", name, v)
		}
	}
	if !(m.TurnDeg >= 0 && m.TurnDeg <= 180) {
		return fmt.Errorf("train: moves: %g degrees must lie in [0, 180]", m.TurnDeg)
	}
	return nil
}

// draw draws the window of a picture.
func (m LandmarkMoves) draw(r *rand.Rand, l *dataset.Label) landmark.Window {
	around := func(by float64) float64 { return by * (2*r.Float64() - 1) }
	w := landmark.Around(l.Box)
	side := w.Side / landmark.Margin
	x, y := around(m.Shift*side), around(m.Shift*side)
	ear, far := r.Float64() < m.Ear, r.Float64()*m.EarShift*side
	if ear {
		x += math.Copysign(far, w.X-l.Landmarks[2][0])
	}
	w.X, w.Y = w.X+x, w.Y+y
	w.Side *= math.Exp(around(m.Scale))
	w.Turn = pose.Radians(around(m.TurnDeg))
	if m.Upright {
		w.Turn += landmark.AroundPoints(l.Landmarks).Turn
	}
	return w
}

// tensors makes the inputs of a batch, whose pictures and labels it may change: windows
// [batch, size, size, 3], and the truth as loss.Landmarks takes it, [batch, 15]. Without
// random numbers the windows are those of the true boxes.
func (m LandmarkMoves) tensors(pix []uint8, labels []dataset.Label, size int, r *rand.Rand) ([]*tensors.Tensor, error) {
	n := len(labels)
	if r != nil && m.Frame > 0 && len(pix) == n*dataset.PixelLen {
		for i := range labels {
			m.frame(r, pix[i*dataset.PixelLen:][:dataset.PixelLen], &labels[i])
		}
	}
	seen, truth, err := m.windows(labels, r)
	if err != nil {
		return nil, err
	}
	views := make([]hopenet.View, n)
	for i, w := range seen {
		views[i] = hopenet.View{X: w.X, Y: w.Y, Width: w.Side, Height: w.Side, Turn: -w.Turn}
	}
	pixels, err := hopenet.CutViews(pix, views, dataset.Size, size)
	if err != nil {
		return nil, err
	}
	if r != nil {
		m.cover(r, pixels, n, size)
	}
	return []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions(pixels, n, size, size, 3),
		tensors.FromFlatDataAndDimensions(truth, n, 3*landmark.Count),
	}, nil
}

// windows draws the windows of a batch, and tells the truth in them.
func (m LandmarkMoves) windows(labels []dataset.Label, r *rand.Rand) ([]landmark.Window, []float32, error) {
	out, truth := make([]landmark.Window, len(labels)), make([]float32, 0, 3*landmark.Count*len(labels))
	for i := range labels {
		l := &labels[i]
		if !l.HasLandmarks || !l.HasBox() {
			return nil, nil, fmt.Errorf("train: face %s: no landmarks or no box", l.Key)
		}
		out[i] = landmark.Around(l.Box)
		if r != nil {
			out[i] = m.draw(r, l)
		}
		for k, p := range l.Landmarks {
			u, v := out[i].ToWindow(p[0], p[1])
			seen := float32(0)
			if l.Visible[k] {
				seen = 1
			}
			truth = append(truth, float32(u), float32(v), seen)
		}
	}
	return out, truth, nil
}

// Where frames end: each side has one with a probability, so far from the box at least
// and at most, in units of its longer side.
const (
	frameSide             = 0.65
	frameLeast, frameMost = -0.12, 0.35
	frameGoesOn           = 0.3 // share of frames whose edge goes on
)

// frame cuts a share of pictures [112, 112, 3] to a frame.
func (m LandmarkMoves) frame(r *rand.Rand, pix []uint8, l *dataset.Label) {
	cut, on := r.Float64() < m.Frame, r.Float64() < frameGoesOn
	side := max(l.Box.Dx(), l.Box.Dy())
	var edge [4]int // left, top, right, bottom
	for k, at := range [4]float64{l.Box.MinX, l.Box.MinY, l.Box.MaxX, l.Box.MaxY} {
		out := float64(k/2*2 - 1) // -1 for left and top, 1 for right and bottom
		there, far := r.Float64() < frameSide, side*(frameLeast+(frameMost-frameLeast)*r.Float64())
		edge[k] = min(max(int(at+out*far), 0), dataset.Size)
		if !there {
			edge[k] = k / 2 * dataset.Size
		}
	}
	if !cut || edge[2]-edge[0] < 8 || edge[3]-edge[1] < 8 {
		return
	}
	for y := range dataset.Size {
		for x := range dataset.Size {
			nearX, nearY := min(max(x, edge[0]), edge[2]-1), min(max(y, edge[1]), edge[3]-1)
			if nearX == x && nearY == y {
				continue
			}
			to, from := pix[3*(y*dataset.Size+x):][:3], pix[3*(nearY*dataset.Size+nearX):][:3]
			if on {
				copy(to, from)
			} else {
				clear(to)
			}
		}
	}
	for k, p := range l.Landmarks {
		inside := p[0] >= float64(edge[0]) && p[0] < float64(edge[2]) && p[1] >= float64(edge[1]) && p[1] < float64(edge[3])
		l.Visible[k] = l.Visible[k] && inside
	}
}

// cover paints rectangles over a share of windows [n, size, size, 3], in one normalized
// color each. Labels stay as they are: where a point is seen or not is a matter of the
// head, and of what it wears.
func (m LandmarkMoves) cover(r *rand.Rand, pixels []float32, n, size int) {
	for i := range n {
		covered, left, top := r.Float64() < m.Cover, r.IntN(size), r.IntN(size)
		width, height := 1+r.IntN(size/3), 1+r.IntN(size/3)
		color := [3]float32{float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())}
		if !covered {
			continue
		}
		for y := top; y < min(top+height, size); y++ {
			for x := left; x < min(left+width, size); x++ {
				copy(pixels[3*((i*size+y)*size+x):], color[:])
			}
		}
	}
}
