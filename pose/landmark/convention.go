package landmark

import (
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
)

// The points of the renders are not quite those that YuNet marks: its mouth corners and
// its tip of the nose lie lower, and on turned faces the difference depends on how far.
// detectorOffset is what to add to the renders' points, in the face's frame, as
// polynomials of where the tip of the nose lies along x in it: constant, linear, square
// and cube; of the left eye, the nose and the left corner of the mouth. The right ones
// are their mirror images. The nose's x is odd and its y even, so that a mirrored face
// gets mirrored points.
//
// They were fitted, to the least absolute difference, between this network's points with
// the weights that ship and YuNet's on the 1,992 photos with a face found of people 1 to
// 250 of CFP, frontal ones and profiles together. What belongs to the photos' people is
// not in them.
var detectorOffset = [3][2][4]float64{
	{{-0.033, 0.012, -0.110, 0.363}, {0.039, 0.090, -0.417, 0.072}},
	{{0, 0.610, 0, -1.977}, {0.065, 0, -0.116, 0}},
	{{0.003, 0.176, -0.042, -0.152}, {0.119, 0, 0.439, -0.053}},
}

// noseFar bounds the place of the nose that the polynomials take: those of the photos lie
// within.
const noseFar = 0.75

// likeDetector moves the renders' points to where the detector would mark them.
func likeDetector(p pose.Landmarks) pose.Landmarks {
	f := frameOf(p)
	if f.unit == 0 {
		return p
	}
	nose, _ := f.to(p[2])
	nose = min(max(nose, -noseFar), noseFar)
	value := func(c [4]float64, x float64) float64 { return c[0] + x*(c[1]+x*(c[2]+x*c[3])) }
	for k, from := range [Count]struct {
		of   int
		sign float64
	}{{0, 1}, {0, -1}, {1, 1}, {2, 1}, {2, -1}} {
		c := detectorOffset[from.of]
		x, y := f.to(p[k])
		p[k] = f.from(x+from.sign*value(c[0], from.sign*nose), y+value(c[1], from.sign*nose))
	}
	return p
}

// How Align weighs two sets of points; lengths in units of the longer side of the box
// around the face.
const (
	// detectorSigma is what the detector's points err by, and leastSigma what the refined
	// ones err by at least, however sure the network is: it has seen no photos.
	detectorSigma, leastSigma = 0.045, 0.02
	// apart is the mean distance between both from which on the refined points count less
	// than their sigma says. Both are rarely wrong in the same way, and the detector,
	// which has seen photos, fails more gently.
	apart = 0.10
	// leastVisible is what a point that is surely hidden counts beside one that is surely
	// seen.
	leastVisible = 0.02
)

// Align returns the points to align a face by, for a recognizer that was trained with
// faces aligned by the detector, from the detector's own: best those that it reads where
// the face stands upright (face.Detector.Steady). Both are in the coordinates of
// pose.Subject.
//
// The detector's points are moved together, by the similarity that takes them to the
// refined ones, in which points that are seen and of which the network is sure count
// most: so hidden points stay where the detector would see them from there. How far they
// are moved depends on how sure the network is, and on how far both sets lie apart: where
// that is far they stay. See the package comment for what else was tried.
func (r Refined) Align(detected pose.Landmarks) pose.Landmarks {
	if !(r.Face > 0) {
		return detected
	}
	move, ok := r.similarity(detected)
	if !ok {
		return detected
	}
	share := r.share(detected)
	out := detected
	for k, p := range detected {
		x, y := move.Apply(p[0], p[1])
		out[k][0] += share * (x - p[0])
		out[k][1] += share * (y - p[1])
	}
	return out
}

// share is how much of the way the detector's points go.
func (r Refined) share(detected pose.Landmarks) float64 {
	var sigma, distance float64
	for k, p := range r.Landmarks {
		sigma += r.Sigma[k] / r.Face / Count
		distance += math.Hypot(p[0]-detected[k][0], p[1]-detected[k][1]) / r.Face / Count
	}
	refined := 1 / (sigma*sigma + leastSigma*leastSigma) / (1 + math.Pow(distance/apart, 4))
	return refined / (refined + 1/(detectorSigma*detectorSigma))
}

// similarity is the map, by weighted least squares, from the detector's points to the
// refined ones; false if the detector's are all in one place.
func (r Refined) similarity(detected pose.Landmarks) (imaging.Affine, bool) {
	var weights [Count]float64
	var sum, fromX, fromY, toX, toY float64
	for k, p := range detected {
		w := (r.Visible[k] + leastVisible) / (r.Sigma[k] * r.Sigma[k])
		weights[k] = w
		sum += w
		fromX, fromY = fromX+w*p[0], fromY+w*p[1]
		toX, toY = toX+w*r.Landmarks[k][0], toY+w*r.Landmarks[k][1]
	}
	fromX, fromY, toX, toY = fromX/sum, fromY/sum, toX/sum, toY/sum
	var along, across, size float64
	for k, p := range detected {
		x, y, u, v := p[0]-fromX, p[1]-fromY, r.Landmarks[k][0]-toX, r.Landmarks[k][1]-toY
		along += weights[k] * (x*u + y*v)
		across += weights[k] * (x*v - y*u)
		size += weights[k] * (x*x + y*y)
	}
	a, b := along/size, across/size
	if !(size > 0) || math.IsNaN(a+b) || math.IsInf(a+b, 0) {
		return imaging.Affine{}, false
	}
	return imaging.Affine{{a, -b, toX - a*fromX + b*fromY}, {b, a, toY - b*fromX - a*fromY}}, true
}
