package face

import (
	"errors"
	"image"
	"math"

	"github.com/pifr-go/pifr/pose"
)

// Errors that callers may test for.
var (
	ErrNoFace      = errors.New("face: no face")
	ErrNoLandmarks = errors.New("face: no usable landmarks")
	ErrNoPixels    = errors.New("face: the photo has no pixels")
)

// Box is a rectangle in pixels, given by its top left corner and its size.
type Box struct {
	X, Y, W, H float64
}

// Area returns the box's area, 0 if a side is negative.
func (b Box) Area() float64 { return max(b.W, 0) * max(b.H, 0) }

// Center returns the middle of the box.
func (b Box) Center() (x, y float64) { return b.X + b.W/2, b.Y + b.H/2 }

// The indices of Face.Landmarks.
const (
	LeftEye    = iota // in the left half of the image of a frontal face: the person's right eye
	RightEye          //
	Nose              // its tip
	LeftMouth         // the corner of the mouth under LeftEye
	RightMouth        //
)

// Face is one detected face.
type Face struct {
	Box Box // around forehead, chin and cheeks; may reach beyond the photo
	// (x, y) of LeftEye, RightEye, Nose, LeftMouth, RightMouth; all zero if the network
	// gives none
	Landmarks [5][2]float64
	Score     float64 // the network's confidence, 0 to 1

	// Turned is by how many degrees, clockwise, the photo has to be turned for the face
	// to stand upright: 0, or 90, 180 or 270 if Options.Turns found it. Box and Landmarks
	// are in the photo as it is; "left" in the names of landmarks is that of the turned
	// photo.
	Turned int

	// Refined says whether Landmarks were read anew: by a network (landmark.Reader) or,
	// where that is in doubt, by the detector where the face stands upright
	// (Detector.Upright), moved to where another network (landmark.Refiner) sees it. The
	// network says of each point how far off its own is, as a standard deviation in pixels,
	// and how likely the camera sees it, 0 to 1. Detected are then what the detector saw
	// first.
	Refined  bool
	Sigma    [5]float64
	Visible  [5]float64
	Detected [5][2]float64

	// Lost says that Landmarks are most likely not where they are named to be: on the side
	// of a head, detectors like to see a face in the ear. Detect does not say so; fspfm
	// does, with the reason beside it (fspfm.Result.Doubt), after it has looked for better
	// ones in vain.
	Lost bool
}

// At is a face that is known to lie at a place, in the coordinates of package pose: those
// of package sim's labels, and of other detectors whose coordinates begin at the edge of
// the first pixel. Here whole numbers are the centers of pixels.
func At(box pose.Rect, landmarks pose.Landmarks) Face {
	f := Face{Box: Box{X: box.MinX, Y: box.MinY, W: box.Dx(), H: box.Dy()}, Score: 1}
	for i, p := range landmarks {
		f.Landmarks[i] = [2]float64{p[0] - halfPixel, p[1] - halfPixel}
	}
	return f
}

// Subject is the face as pose estimators take it, in the coordinates of package pose. The
// photo has to be turned upright, as Upright turns both.
func (f Face) Subject(photo image.Image) pose.Subject {
	s := pose.Subject{
		Photo: photo,
		Box:   pose.Rect{MinX: f.Box.X, MinY: f.Box.Y, MaxX: f.Box.X + f.Box.W, MaxY: f.Box.Y + f.Box.H},
	}
	for i, p := range f.Landmarks {
		s.Landmarks[i] = [2]float64{p[0] + halfPixel, p[1] + halfPixel}
	}
	return s
}

// halfPixel is what landmarks here lie to the left of and above those of package pose.
const halfPixel = 0.5

// HasLandmarks says whether the detector gave landmarks.
func (f Face) HasLandmarks() bool { return f.Landmarks != [5][2]float64{} }

// Largest returns the face with the largest box, or ErrNoFace.
func Largest(faces []Face) (Face, error) {
	return pick(faces, func(f Face) float64 { return f.Box.Area() })
}

// Central returns the face whose box's middle is nearest to the middle of the photo with
// the given bounds, or ErrNoFace.
func Central(faces []Face, photo image.Rectangle) (Face, error) {
	return pick(faces, func(f Face) float64 { return -offCenter(f, photo) })
}

// Best returns the face that the photo is most likely of: large, and near to the middle.
// It weighs as InsightFace does, by the box's area minus twice the squared distance of
// its middle from the photo's. Without faces it returns ErrNoFace.
func Best(faces []Face, photo image.Rectangle) (Face, error) {
	return pick(faces, func(f Face) float64 { return f.Box.Area() - 2*offCenter(f, photo) })
}

// offCenter is the squared distance between the middles of a face and of the photo.
func offCenter(f Face, photo image.Rectangle) float64 {
	x, y := f.Box.Center()
	dx, dy := x-float64(photo.Dx())/2, y-float64(photo.Dy())/2
	return dx*dx + dy*dy
}

// pick returns the first of the faces with the largest merit.
func pick(faces []Face, merit func(Face) float64) (Face, error) {
	best, at := math.Inf(-1), -1
	for i, f := range faces {
		if m := merit(f); at < 0 || m > best {
			best, at = m, i
		}
	}
	if at < 0 {
		return Face{}, ErrNoFace
	}
	return faces[at], nil
}
