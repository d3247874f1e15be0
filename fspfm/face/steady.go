package face

import (
	"context"
	"fmt"
	"image"
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
)

// Where Steady reads a face, and when it believes what it reads.
const (
	// steadySide is the side in pixels of the square in which it reads a face first, and
	// steadyFill how much of that the longer side of the face's box fills.
	steadySide = 128
	steadyFill = 0.5

	// steadySure is the score from which on a reading is believed to be of a face that
	// stands upright: turned the wrong way faces have lower ones.
	steadySure = 0.8

	// uprightSure is the score from which on both readings are enough for Upright.
	uprightSure = 0.87

	// steadyTurn is by how many degrees squares are turned to either side, to find out
	// how a face is held that was not read surely.
	steadyTurn = 30

	// steadyScore is the least score of a reading. The mean weighs by the score.
	steadyScore = 0.3
)

// reading is what the network says of a face's landmarks in one square.
type reading struct {
	landmarks [5][2]float64
	turn      float64 // of the template to them, clockwise in radians
	score     float64 // 0 if it sees no face there
}

// Steady returns a face that Detect has found with its landmarks read again where it
// stands upright. The network was trained on such faces, and reads heads that are tilted,
// or held far up or down, badly. Turn says by which angle the face stands turned clockwise
// in the photo, in radians, as somebody else sees it: a landmark network
// (landmark.AroundPoints), or 0. Steady turns the face's surroundings by it, and reads them
// and their mirror image at 128x128 pixels; then again at 256x256, turned as the surer of
// these readings says; and takes the mean of the four, weighted by the squares of their
// scores.
//
// If one of the first two is not sure, which happens to one turned face in thirty, it looks
// how the face is held, upright and turned by 30 degrees to both sides, and reads it twice
// more as the surest of these readings says: five runs more at 128x128.
//
// The face is returned as it is, with false, where the network sees no face there
// at all: its landmarks are then most likely those of something else, an ear for one. Box
// and score stay what they are.
func (d *Detector) Steady(ctx context.Context, photo image.Image, f Face, turn float64) (Face, bool, error) {
	const never = 2 // scores are at most 1
	return d.readAgain(ctx, photo, f, turn, never)
}

// Upright is Steady for faces of which another reading is there: it leaves the two readings
// at 256x256 pixels out, which are most of the cost, where it is sure of both at 128x128.
func (d *Detector) Upright(ctx context.Context, photo image.Image, f Face, turn float64) (Face, bool, error) {
	return d.readAgain(ctx, photo, f, turn, uprightSure)
}

// readAgain is Steady that is content with the first two readings if both reach a score.
func (d *Detector) readAgain(ctx context.Context, photo image.Image, f Face, turn, enough float64) (Face, bool, error) {
	if photo == nil || photo.Bounds().Empty() {
		return f, false, ErrNoPixels
	}
	if area := f.Box.Area(); !(area > 0) || math.IsInf(area, 0) || math.IsNaN(turn) || math.IsInf(turn, 0) {
		return f, false, fmt.Errorf("face: read again: a box of %gx%g pixels, turned by %g", f.Box.W, f.Box.H, turn)
	}
	m := imaging.FromImage(photo)
	both, err := d.readSurely(ctx, m, f, turn)
	if err != nil {
		return f, false, err
	}
	readings := both[:]
	if min(both[0].score, both[1].score) < enough {
		larger, err := d.readLarger(ctx, m, f, both)
		if err != nil {
			return f, false, err
		}
		readings = append(larger, readings...)
	}
	found := f.take(readings)
	return f, found, nil
}

// readSurely reads a face and its mirror image at 128x128 pixels: turned as the caller says
// or, if one of these readings is not sure, as the best of three tries says.
func (d *Detector) readSurely(ctx context.Context, m *imaging.RGB, f Face, turn float64) ([2]reading, error) {
	both, err := d.readBoth(ctx, m, f, turn, steadySide)
	if err != nil || min(both[0].score, both[1].score) >= steadySure {
		return both, err
	}
	turn, seen, err := d.turnOf(ctx, m, f)
	if err != nil || !seen {
		return both, err
	}
	return d.readBoth(ctx, m, f, turn, steadySide)
}

// take gives the face the mean of the readings' landmarks, weighted by the squares of their
// scores; false if none has seen it.
func (f *Face) take(readings []reading) bool {
	var sum [5][2]float64
	var weights float64
	for _, r := range readings {
		w := r.score * r.score
		weights += w
		for k, p := range r.landmarks {
			sum[k][0], sum[k][1] = sum[k][0]+w*p[0], sum[k][1]+w*p[1]
		}
	}
	if weights == 0 {
		return false
	}
	for k, p := range sum {
		f.Landmarks[k] = [2]float64{p[0] / weights, p[1] / weights}
	}
	return true
}

// readLarger reads a face at twice the size, turned as it was read before; it returns
// nothing if it was not.
func (d *Detector) readLarger(ctx context.Context, m *imaging.RGB, f Face, before [2]reading) ([]reading, error) {
	best := before[0]
	if before[1].score > best.score {
		best = before[1]
	}
	if best.score == 0 {
		return nil, nil
	}
	both, err := d.readBoth(ctx, m, f, best.turn, 2*steadySide)
	return both[:], err
}

// turnOf is the angle, clockwise in radians, by which the template lies turned in the
// photo, by the best reading of three; false if there is none.
func (d *Detector) turnOf(ctx context.Context, m *imaging.RGB, f Face) (turn float64, found bool, err error) {
	var best reading
	for _, degrees := range []float64{0, steadyTurn, -steadyTurn} {
		s := d.squareOf(m, f, degrees*math.Pi/180, steadySide)
		r, err := d.read(ctx, s, f, false)
		if err != nil {
			return 0, false, err
		}
		if r.score > best.score {
			best = r
		}
	}
	return best.turn, best.score > 0, nil
}

// square is a square of a photo around a face, turned clockwise, as a picture.
type square struct {
	pixels *imaging.RGB
	input  image.Point // of the network; the picture fills a part of it
	scale  float64     // how many of the photo's pixels one of it is
	turn   float64
}

// squareOf cuts the square out of the photo.
func (d *Detector) squareOf(m *imaging.RGB, f Face, turn float64, side int) square {
	input := image.Pt(side, side)
	if in := d.options.Input; in != (image.Point{}) { // some networks take no other size
		input, side = in, min(side, in.X, in.Y)
	}
	s := square{input: input, scale: max(f.Box.W, f.Box.H) / steadyFill / float64(side), turn: turn}
	s.pixels = m.Part(f.square(s.scale, side, turn, false), s.scale, side)
	return s
}

// readBoth reads a face in a square and in its mirror image.
func (d *Detector) readBoth(ctx context.Context, m *imaging.RGB, f Face, turn float64, side int) (both [2]reading, err error) {
	s := d.squareOf(m, f, turn, side)
	for i, mirrored := range []bool{false, true} {
		if both[i], err = d.read(ctx, s, f, mirrored); err != nil {
			return both, err
		}
	}
	return both, nil
}

// read has the network read a face in a square, or in its mirror image. The landmarks are
// in the photo's pixels.
func (d *Detector) read(ctx context.Context, s square, f Face, mirrored bool) (reading, error) {
	pixels := s.pixels
	if mirrored {
		pixels = pixels.Mirrored()
	}
	faces, err := d.look(ctx, pixels, s.input, steadyScore)
	if err != nil {
		return reading{}, err
	}
	toPhoto := f.square(s.scale, pixels.Width, s.turn, mirrored)
	back, err := toPhoto.Inverse()
	if err != nil {
		return reading{}, fmt.Errorf("face: steady: %w", err)
	}
	known := f.Box.bound(back)
	for _, seen := range faces { // the best first
		landmarks := seen.moved(toPhoto, mirrored)
		t, err := Similarity(landmarks, TemplateSize)
		// Landmarks in one place are no reading.
		if err == nil && overlap(seen.Box, known, 0) > d.options.MaxOverlap {
			return reading{landmarks: landmarks, turn: math.Atan2(-t[1][0], t[0][0]), score: seen.Score}, nil
		}
	}
	return reading{}, nil
}

// square maps the pixels of a square around the face, turned clockwise, to the photo's.
// Scale is how many of the photo's pixels one of it is.
func (f Face) square(scale float64, side int, turn float64, mirrored bool) imaging.Affine {
	cx, cy := f.Box.Center()
	sin, cos := math.Sincos(turn)
	flip := 1.0
	if mirrored {
		flip = -1
	}
	a, b, c, d := scale*flip*cos, -scale*sin, scale*flip*sin, scale*cos
	middle := float64(side-1) / 2
	return imaging.Affine{{a, b, cx - 0.5 - middle*(a+b)}, {c, d, cy - 0.5 - middle*(c+d)}}
}

// bound is the upright box around a box that is mapped.
func (b Box) bound(t imaging.Affine) Box {
	least, most := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, corner := range [4][2]float64{{b.X, b.Y}, {b.X + b.W, b.Y}, {b.X, b.Y + b.H}, {b.X + b.W, b.Y + b.H}} {
		x, y := t.Apply(corner[0]-0.5, corner[1]-0.5)
		least = [2]float64{min(least[0], x), min(least[1], y)}
		most = [2]float64{max(most[0], x), max(most[1], y)}
	}
	return Box{X: least[0] + 0.5, Y: least[1] + 0.5, W: most[0] - least[0], H: most[1] - least[1]}
}
