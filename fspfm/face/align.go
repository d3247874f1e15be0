package face

import (
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
)

// ErrSize is returned for a size of aligned faces that the template is not defined for.
var ErrSize = errors.New("face: the size of an aligned face has to be a multiple of 112 or 128")

// TemplateSize is the side, in pixels, of the aligned faces that ArcFace networks and
// SFace take.
const TemplateSize = 112

// Template returns where the landmarks lie in an aligned face of the given size, a
// multiple of 112 or of 128. The template of 128 is the one of 112 with 8 more pixels on
// the left and the right and 16 below, as in InsightFace.
func Template(size int) ([5][2]float64, error) {
	points := [5][2]float64{{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}
	ratio, shift := float64(size)/112, 0.
	switch {
	case size > 0 && size%112 == 0:
	case size > 0 && size%128 == 0:
		ratio = float64(size) / 128
		shift = 8
	default:
		return points, fmt.Errorf("%w, not %d", ErrSize, size)
	}
	for p := range points {
		points[p] = [2]float64{(points[p][0] + shift) * ratio, points[p][1] * ratio}
	}
	return points, nil
}

// Transform is an affine map of the plane, [2][3]: (x, y) goes to (t[0][0]*x + t[0][1]*y
// + t[0][2], t[1][0]*x + t[1][1]*y + t[1][2]). Whole coordinates are the centers of
// pixels.
type Transform [2][3]float64

// Apply maps a point.
func (t Transform) Apply(x, y float64) (float64, float64) { return imaging.Affine(t).Apply(x, y) }

// Inverse returns the map back, from an aligned face to the photo for one. It fails for a
// map that squeezes the plane.
func (t Transform) Inverse() (Transform, error) {
	inv, err := imaging.Affine(t).Inverse()
	if err != nil {
		return Transform{}, fmt.Errorf("face: invert %v: %w", t, err)
	}
	return Transform(inv), nil
}

// Similarity returns the rotation, scaling and shift that takes the landmarks nearest to
// the template of the given size: of all such maps, the one with the least sum of squared
// distances. It never mirrors. This is Umeyama's estimate, which in the plane has a
// closed form. Landmarks that all lie in one point, or are not finite, give
// ErrNoLandmarks.
func Similarity(landmarks [5][2]float64, size int) (Transform, error) {
	template, err := Template(size)
	if err != nil {
		return Transform{}, err
	}
	from, to := centroid(landmarks), centroid(template)
	var cos, sin, spread float64
	for p := range landmarks {
		sx, sy := landmarks[p][0]-from[0], landmarks[p][1]-from[1]
		dx, dy := template[p][0]-to[0], template[p][1]-to[1]
		cos += sx*dx + sy*dy
		sin += sx*dy - sy*dx
		spread += sx*sx + sy*sy
	}
	a, b := cos/spread, sin/spread
	// A map onto a point has no inverse, and neither NaN nor infinite landmarks have one.
	if scale := math.Hypot(a, b); !(scale > 0) || math.IsInf(scale, 0) {
		return Transform{}, fmt.Errorf("%w: %v", ErrNoLandmarks, landmarks)
	}
	return Transform{
		{a, -b, to[0] - a*from[0] + b*from[1]},
		{b, a, to[1] - b*from[0] - a*from[1]},
	}, nil
}

func centroid(points [5][2]float64) (c [2]float64) {
	for _, p := range points {
		c[0] += p[0] / float64(len(points))
		c[1] += p[1] / float64(len(points))
	}
	return c
}

// Align returns the face upright as 112x112 pixels, its landmarks as near to the ArcFace
// template as they get. Pixels are interpolated bilinearly, and black outside of the
// photo. OpenCV's FaceRecognizerSF.alignCrop gives the same picture.
func Align(photo image.Image, f Face) (*image.RGBA, error) { return AlignTo(photo, f, TemplateSize) }

// AlignTo is Align to another size; see Template.
func AlignTo(photo image.Image, f Face, size int) (*image.RGBA, error) {
	return AlignShifted(photo, f, size, 0, 0)
}

// AlignShifted is AlignTo with the face moved by (dx, dy) in the aligned picture, in
// units of the distance from the middle of the eyes to the middle of the mouth. Features
// of faces that lie a little differently average out what the landmarks are off by.
func AlignShifted(photo image.Image, f Face, size int, dx, dy float64) (*image.RGBA, error) {
	if photo == nil || photo.Bounds().Empty() {
		return nil, ErrNoPixels
	}
	t, err := Similarity(f.Landmarks, size)
	if err != nil {
		return nil, err
	}
	unit := eyesToMouth(size)
	t[0][2] += dx * unit
	t[1][2] += dy * unit
	back, err := t.Inverse()
	if err != nil {
		return nil, err
	}
	return imaging.FromImage(photo).Warp(imaging.Affine(back), size, size).RGBA(), nil
}

// eyesToMouth is the distance, in pixels, from the middle of the eyes to the middle of
// the mouth in an aligned face.
func eyesToMouth(size int) float64 {
	t, _ := Template(size) // Similarity has checked the size
	x := (t[LeftEye][0] + t[RightEye][0] - t[LeftMouth][0] - t[RightMouth][0]) / 2
	y := (t[LeftEye][1] + t[RightEye][1] - t[LeftMouth][1] - t[RightMouth][1]) / 2
	return math.Hypot(x, y)
}

// Crop returns what the box holds at the given size in pixels, interpolated bilinearly,
// and black outside of the photo. The sides of the box are edges of pixels: a box of (0,
// 0, width, height) is the photo. Unlike Align it needs no landmarks; a widened box is
// what pose estimation sees.
func Crop(photo image.Image, b Box, width, height int) (*image.RGBA, error) {
	if photo == nil || photo.Bounds().Empty() {
		return nil, ErrNoPixels
	}
	if area := b.Area(); width < 1 || height < 1 || !(area > 0) || math.IsInf(b.X+b.Y+area, 0) || math.IsNaN(b.X+b.Y) {
		return nil, fmt.Errorf("face: crop %+v to %dx%d pixels: nothing there", b, width, height)
	}
	sx, sy := b.W/float64(width), b.H/float64(height)
	toPhoto := imaging.Affine{{sx, 0, b.X + sx/2 - 0.5}, {0, sy, b.Y + sy/2 - 0.5}}
	return imaging.FromImage(photo).Warp(toPhoto, width, height).RGBA(), nil
}
