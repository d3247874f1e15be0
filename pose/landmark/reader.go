package landmark

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/pose"
)

// Reader reads the five points of a face where a detector of this project would see them
// after several looks: its network is the Refiner's, trained on what the recognizer reads
// on turned faces (recipe reader). It is safe for concurrent use.
type Reader struct {
	network *Refiner
	certain float64 // the doubt of a first look below which no second one is taken
}

// Reading is what a Reader says of a face, in the coordinates of pose.Subject.
type Reading struct {
	Landmarks pose.Landmarks
	// Sigma is the standard deviation of each point's x and y in pixels, as the network
	// estimates it.
	Sigma [Count]float64
	// Visible is the probability that the camera sees the point.
	Visible [Count]float64
	// Face is the longer side of the subject's box, in pixels.
	Face float64
}

// Doubt is the mean of the points' standard deviations, in units of the longer side of
// the box.
func (r Reading) Doubt() float64 {
	sum := 0.0
	for _, s := range r.Sigma {
		sum += s
	}
	return sum / Count / r.Face
}

// certain is the doubt of a first look (Reading.Doubt) that seven in ten of the turned
// faces of CFP's people 1 to 250 stay below.
const certain = 0.026

// OpenReader makes a network Light ready whose weights a file of them holds. The engine
// stays the caller's and must outlive the reader.
func OpenReader(engine compute.Backend, data []byte) (*Reader, error) {
	network, err := Open(engine, data, Config{})
	if err != nil {
		return nil, err
	}
	return &Reader{network, certain}, nil
}

// Close gives back what the reader holds of the engine.
func (r *Reader) Close() { r.network.Close() }

// Read looks at the photo around the subject's box, turned so that the face stands
// upright. Where it is not certain of what it sees, which happens to three turned faces in
// ten, it looks again around the points that it saw, and at the mirror image of that, and
// takes the mean of both looks, the surer one counting more. Roll is by how much the head
// is tilted clockwise, in radians, as pose.Angles has it; 0 if it is not known. Read does
// not use the subject's landmarks. It fails for a subject without a photo, with an empty
// box, or with a box outside of its photo.
func (r *Reader) Read(ctx context.Context, s pose.Subject, roll float64) (Reading, error) {
	if err := ctx.Err(); err != nil {
		return Reading{}, fmt.Errorf("landmark: read: %w", err)
	}
	if !(s.Box.Dx() > 0 && s.Box.Dy() > 0) {
		return Reading{}, errors.New("landmark: read: empty box")
	}
	w := Around(s.Box)
	if !math.IsNaN(roll) && !math.IsInf(roll, 0) {
		w.Turn = roll
	}
	first, err := r.look(s, w, true)
	if err != nil {
		return Reading{}, err
	}
	out := Reading{Landmarks: first.Head, Sigma: first.Sigma, Visible: first.Visible, Face: max(s.Box.Dx(), s.Box.Dy())}
	if out.Doubt() < r.certain {
		return out, nil
	}
	next := AroundPoints(first.Head)
	if !next.near(w) || next.within(s.Photo.Bounds()).Empty() {
		return out, nil // points that ask for quite another window are not to be trusted with it
	}
	second, err := r.look(s, next, false)
	if err != nil {
		return Reading{}, err
	}
	out.mean(first, second)
	return out, nil
}

// look finds the points in one window. Plain leaves its mirror image out.
func (r *Reader) look(s pose.Subject, w Window, plain bool) (Refined, error) {
	pix, err := w.Cut(s.Photo, r.network.size)
	if err != nil {
		return Refined{}, fmt.Errorf("landmark: read: %w", err)
	}
	out, err := r.network.look(pix, w, plain)
	if err != nil {
		return Refined{}, fmt.Errorf("landmark: read: %w", err)
	}
	return out, nil
}

// mean takes the mean of two looks.
func (r *Reading) mean(a, b Refined) {
	for k, p := range a.points().with(b.points()) {
		r.Landmarks[k], r.Sigma[k], r.Visible[k] = [2]float64{p.x, p.y}, math.Sqrt(p.variance), p.visible
	}
}

// points are a face's in the photo's pixels.
func (r Refined) points() (out points) {
	for k, p := range r.Head {
		out[k] = point{p[0], p[1], r.Sigma[k] * r.Sigma[k], r.Visible[k]}
	}
	return out
}
