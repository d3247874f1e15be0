package quality

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
)

// ErrFace is wrapped by the errors for a face that cannot be judged: a box without an
// area, numbers that are none.
var ErrFace = errors.New("not a face")

// ErrLimits is wrapped by the errors for limits that make no sense.
var ErrLimits = errors.New("unusable limits")

// Reason says what is wrong with a face, in words for people.
type Reason string

// The reasons.
const (
	TooSmall  Reason = "too small"
	Blurred   Reason = "blurred"
	TooDark   Reason = "too dark"
	TooBright Reason = "too bright"
	TurnedFar Reason = "turned too far"
	CutOff    Reason = "cut off by the frame"
	Landmarks Reason = "landmarks not plausible"
	Several   Reason = "several faces where one was expected"
)

// Limits say from where on a measure is a reason against a face. Zero fields stand for
// those of DefaultLimits. A limit that no face reaches switches its reason off, such as a
// MaxYawDeg of 180.
type Limits struct {
	MinSide      float64 // pixels
	MinSharpness float64
	MinHighlight float64 // luma, 0 to 1
	MaxClipped   float64 // share of the face
	MaxYawDeg    float64
	MaxPitchDeg  float64
	MaxOutside   float64 // share of the box
	MaxMisfit    float64 // standard deviations
}

// DefaultLimits are the limits of Options that name no others.
func DefaultLimits() Limits {
	return Limits{MinSide: 40, MinSharpness: 0.2, MinHighlight: 0.25, MaxClipped: 0.25, MaxYawDeg: 75, MaxPitchDeg: 40, MaxOutside: 0.2, MaxMisfit: 1.5}
}

// Options are what the caller knows of a face beyond its pixels, and the limits.
type Options struct {
	// Doubt says why the landmarks may be wrong, as fspfm.Result.Doubt does. Empty if
	// nothing speaks against them.
	Doubt string

	// Several says that the photo shows several faces where one was expected.
	Several bool

	Limits Limits
}

// Assessment is what is known of how good a face is for recognition.
type Assessment struct {
	// Score is 0 to 1; of two faces the one with the higher score is more likely to be
	// recognized. It is an order, and no probability. Options.Several takes nothing from
	// it.
	Score float64

	// Reasons are what speaks against the face, in the order of the constants; none if it
	// is good.
	Reasons []Reason

	Measures
}

// Assess judges a face of a photo: f as a detector or fspfm.Recognizer found it, angles as
// pose estimators tell them. The photo is the one that the face was found in; what
// face.Prepare returned is not converted again. It takes about two milliseconds, and is
// safe for concurrent use.
//
// The error wraps face.ErrNoPixels, face.ErrNoLandmarks, ErrFace or ErrLimits.
func Assess(photo image.Image, f face.Face, angles pose.Angles, o Options) (Assessment, error) {
	limits, err := o.Limits.orDefault()
	if err != nil {
		return Assessment{}, err
	}
	m, err := measure(photo, f, angles)
	if err != nil {
		return Assessment{}, err
	}
	a := Assessment{Measures: m, Score: m.Score(DefaultWeights(), o.Doubt != "")}
	for _, r := range []struct {
		reason Reason
		holds  bool
	}{
		{TooSmall, m.Side < limits.MinSide},
		{Blurred, m.Sharpness < limits.MinSharpness},
		{TooDark, m.Highlight < limits.MinHighlight},
		{TooBright, m.Clipped > limits.MaxClipped},
		{TurnedFar, m.YawDeg > limits.MaxYawDeg || m.PitchDeg > limits.MaxPitchDeg},
		{CutOff, m.Outside > limits.MaxOutside},
		{Landmarks, o.Doubt != "" || m.Misfit > limits.MaxMisfit},
		{Several, o.Several},
	} {
		if r.holds {
			a.Reasons = append(a.Reasons, r.reason)
		}
	}
	return a, nil
}

// Has says whether a reason is among the assessment's.
func (a Assessment) Has(r Reason) bool {
	for _, have := range a.Reasons {
		if have == r {
			return true
		}
	}
	return false
}

// orDefault fills in the limits that are not given.
func (l Limits) orDefault() (Limits, error) {
	d := DefaultLimits()
	for _, v := range []struct {
		name  string
		value *float64
		or    float64
	}{
		{"MinSide", &l.MinSide, d.MinSide}, {"MinSharpness", &l.MinSharpness, d.MinSharpness}, {"MinHighlight", &l.MinHighlight, d.MinHighlight},
		{"MaxClipped", &l.MaxClipped, d.MaxClipped}, {"MaxYawDeg", &l.MaxYawDeg, d.MaxYawDeg}, {"MaxPitchDeg", &l.MaxPitchDeg, d.MaxPitchDeg},
		{"MaxOutside", &l.MaxOutside, d.MaxOutside}, {"MaxMisfit", &l.MaxMisfit, d.MaxMisfit},
	} {
		if !(*v.value >= 0) || math.IsInf(*v.value, 0) {
			return l, fmt.Errorf("quality: %w: %s is %g", ErrLimits, v.name, *v.value)
		}
		*v.value = cmp.Or(*v.value, v.or)
	}
	return l, nil
}
