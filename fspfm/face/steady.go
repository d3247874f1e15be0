package face

import (
	"context"
	"fmt"
	"image"
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
)

// Where Steady reads a face, in squares of which the face fills half.
const (
	// steadySide is the side in pixels of the squares in which it looks for how the face
	// is held.
	steadySide = 160

	// steadyTurn is by how many degrees these are turned to either side.
	steadyTurn = 30

	// steadyScore is the least score of a reading: turned the wrong way faces have low
	// ones, and the mean weighs by the score.
	steadyScore = 0.3

	// steadyShrink bounds how many samples per pixel and axis a square is averaged from.
	steadyShrink = 8
)

// steadySides are the sides in pixels of the squares whose readings Steady averages.
var steadySides = [...]int{160, 256}

// reading is what the network says of a face's landmarks in one square.
type reading struct {
	landmarks [5][2]float64
	score     float64 // 0 if it sees no face there
}

// Steady returns a face that Detect has found with its landmarks read again, several
// times. The network was trained on faces that stand upright, and reads heads that are
// tilted, or held far up or down, badly. Steady looks at the face's surroundings upright
// and turned by 30 degrees to both sides; by the reading with the highest score it turns
// them so that eyes and mouth stand upright, and there it takes the mean of the readings
// at two sizes, each also mirrored, weighted by the squares of their scores. That is seven
// runs of the network at 160 and 256 pixels.
//
// The face is returned as it is where the network sees none in these squares. Its box and
// score stay what they are.
func (d *Detector) Steady(ctx context.Context, photo image.Image, f Face) (Face, error) {
	if photo == nil || photo.Bounds().Empty() {
		return f, ErrNoPixels
	}
	if area := f.Box.Area(); !(area > 0) || math.IsInf(area, 0) {
		return f, fmt.Errorf("face: steady: a box of %gx%g pixels", f.Box.W, f.Box.H)
	}
	m := imaging.FromImage(photo)
	turn, found, err := d.turnOf(ctx, m, f)
	if err != nil || !found {
		return f, err
	}
	var sum [5][2]float64
	var weights float64
	for _, side := range steadySides {
		for _, mirrored := range []bool{false, true} {
			r, err := d.read(ctx, m, f, side, turn, mirrored)
			if err != nil {
				return f, err
			}
			w := r.score * r.score
			weights += w
			for k, p := range r.landmarks {
				sum[k][0], sum[k][1] = sum[k][0]+w*p[0], sum[k][1]+w*p[1]
			}
		}
	}
	if weights == 0 {
		return f, nil
	}
	for k, p := range sum {
		f.Landmarks[k] = [2]float64{p[0] / weights, p[1] / weights}
	}
	return f, nil
}

// turnOf is the angle, clockwise in radians, by which the template lies turned in the
// photo, by the best reading of three; false if there is none.
func (d *Detector) turnOf(ctx context.Context, m *imaging.RGB, f Face) (turn float64, found bool, err error) {
	var best reading
	for _, degrees := range []float64{0, steadyTurn, -steadyTurn} {
		r, err := d.read(ctx, m, f, steadySide, degrees*math.Pi/180, false)
		if err != nil {
			return 0, false, err
		}
		if r.score > best.score {
			best = r
		}
	}
	t, err := Similarity(best.landmarks, TemplateSize)
	if best.score == 0 || err != nil {
		return 0, false, nil // landmarks in one place are no reading
	}
	return math.Atan2(-t[1][0], t[0][0]), true, nil
}

// read has the network read a face in a square around it that is turned clockwise by an
// angle in radians, and mirrored or not. The landmarks are in the photo's pixels.
func (d *Detector) read(ctx context.Context, m *imaging.RGB, f Face, side int, turn float64, mirrored bool) (reading, error) {
	input := image.Pt(side, side)
	if in := d.options.Input; in != (image.Point{}) { // some networks take no other size
		input, side = in, min(side, in.X, in.Y)
	}
	scale := 2 * max(f.Box.W, f.Box.H) / float64(side)
	shrink := 1
	if scale > 1.5 { // bilinear sampling alone would skip pixels
		shrink = min(int(math.Ceil(scale)), steadyShrink)
	}
	square := f.square(scale/float64(shrink), side*shrink, turn, mirrored)
	faces, err := d.look(ctx, m.Warp(square, side*shrink, side*shrink).Shrink(shrink), input, steadyScore)
	if err != nil {
		return reading{}, err
	}
	toPhoto := f.square(scale, side, turn, mirrored)
	back, err := toPhoto.Inverse()
	if err != nil {
		return reading{}, fmt.Errorf("face: steady: %w", err)
	}
	known := f.Box.bound(back)
	for _, seen := range faces { // the best first
		if overlap(seen.Box, known, 0) > d.options.MaxOverlap {
			return reading{landmarks: seen.moved(toPhoto, mirrored), score: seen.Score}, nil
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
