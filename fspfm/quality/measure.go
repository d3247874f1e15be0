package quality

import (
	"fmt"
	"image"
	"math"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
)

// Measures are what the score and the reasons come from.
type Measures struct {
	// Side is the size of the face in the photo: the square root of its box's area, in
	// pixels.
	Side float64

	// Sharpness is how much of the differences between neighboring pixels goes when the
	// aligned face is blurred, 0 to 1, in the direction in which less goes: what is blurred
	// already, also by motion, or was enlarged, has little to lose. It does not depend on
	// contrast or brightness.
	Sharpness float64

	// Brightness is the mean of the face's luma, and Contrast its standard deviation, 0 to
	// 1. They depend on the skin, and so no reason rests on them. A large contrast, as of a
	// lamp from the side, takes from the score.
	Brightness, Contrast float64

	// Highlight is the luma that the brightest twentieth of the face reaches, and Clipped
	// the share of pixels that are white. They tell a dark photo from dark skin, on which
	// something shines, and a bright one from pale skin.
	Highlight, Clipped float64

	// YawDeg and PitchDeg are how far the head is turned to the side and up or down, in
	// degrees, neither of them negative.
	YawDeg, PitchDeg float64

	// Outside is the share of the face's box that lies outside of the photo.
	Outside float64

	// Misfit is how unlike a face the landmarks are: pose.Fit's. It is 0 without
	// landmarks.
	Misfit float64

	// Spread is how far off the landmark network says that its points may be, as a share
	// of Side: the mean standard deviation of the five. It is 0 if the landmarks were not
	// refined (face.Face.Refined).
	Spread float64

	// Detector is the detector's score.
	Detector float64
}

// measure takes the measures of a face in a photo that is upright or not.
func measure(photo image.Image, f face.Face, angles pose.Angles) (Measures, error) {
	if b := photo.Bounds(); b.Empty() {
		return Measures{}, face.ErrNoPixels
	}
	for _, v := range []float64{f.Box.X, f.Box.Y, f.Box.W, f.Box.H, angles.Yaw, angles.Pitch, f.Score} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Measures{}, fmt.Errorf("quality: %w: box %v, %v, score %g", ErrFace, f.Box, angles, f.Score)
		}
	}
	if !(f.Box.W > 0 && f.Box.H > 0) {
		return Measures{}, fmt.Errorf("quality: %w: a box of %g x %g pixels", ErrFace, f.Box.W, f.Box.H)
	}
	crop, err := aligned(photo, f)
	if err != nil {
		return Measures{}, fmt.Errorf("quality: %w", err)
	}
	m := Measures{Side: math.Sqrt(f.Box.Area()), Detector: f.Score, Outside: outside(f.Box, photo.Bounds()),
		YawDeg: math.Abs(pose.Degrees(pose.Wrap(angles.Yaw))), PitchDeg: math.Abs(pose.Degrees(pose.Wrap(angles.Pitch)))}
	if f.HasLandmarks() {
		fit, err := pose.PnP{}.Fit(f.Subject(nil).Landmarks)
		if err != nil {
			return Measures{}, fmt.Errorf("quality: %w: %w", ErrFace, err)
		}
		m.Misfit = fit.Misfit
	}
	if f.Refined {
		for _, s := range f.Sigma {
			m.Spread += s / float64(len(f.Sigma)) / m.Side
		}
	}
	gray := lumaOf(crop)
	m.Sharpness = gray.sharpness()
	m.Brightness, m.Contrast, m.Highlight, m.Clipped = gray.light()
	return m, nil
}

// aligned is the face as a recognizer gets it, or what its box holds if there are no
// landmarks.
func aligned(photo image.Image, f face.Face) (*image.RGBA, error) {
	if f.HasLandmarks() {
		return face.Align(photo, f)
	}
	return face.Crop(photo, f.Box, face.TemplateSize, face.TemplateSize)
}

// outside is the share of a box that lies outside of the photo. Boxes are measured from
// the corner of the first pixel, wherever the photo's bounds begin.
func outside(b face.Box, photo image.Rectangle) float64 {
	w := max(0, min(b.X+b.W, float64(photo.Dx()))-max(b.X, 0))
	h := max(0, min(b.Y+b.H, float64(photo.Dy()))-max(b.Y, 0))
	return 1 - w*h/b.Area()
}
