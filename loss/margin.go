package loss

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Gradient says what the slope of cos(θ+m) by cos θ is taken to be.
type Gradient int

const (
	// Analytic is the derivative of the formula, sin(θ+m)/sin θ.
	Analytic Gradient = iota
	// StraightThrough is 1, as in arcface_torch: it computes arccos, +m and cos in place
	// where PyTorch does not record, so that the margin raises the loss and with it the
	// softmax's error, but not the slope.
	StraightThrough
)

var gradients = names[Gradient]{"analytic", "straight_through"}

// String returns "analytic" or "straight_through".
func (g Gradient) String() string { return gradients.of(g) }

// MarshalText returns the text of String.
func (g Gradient) MarshalText() ([]byte, error) { return gradients.marshal(g) }

// UnmarshalText reads what MarshalText returns.
func (g *Gradient) UnmarshalText(text []byte) error { return gradients.unmarshal(text, g) }

// Overflow says what happens where θ+m is beyond π, and cos(θ+m) rises again.
type Overflow int

const (
	// Unguarded does nothing, as in arcface_torch. The analytic gradient then has the
	// wrong sign there: it pushes a feature that is nearly opposite to its class further
	// away. The straight-through gradient has the right one.
	Unguarded Overflow = iota
	// Fallback uses cos θ - m sin m instead, with slope 1, as ArcFace's first
	// implementations do. The logit jumps there, from -1 to -cos m - m sin m, which is
	// -1.117 for m = 0.5.
	Fallback
)

var overflows = names[Overflow]{"unguarded", "fallback"}

// String returns "unguarded" or "fallback".
func (o Overflow) String() string { return overflows.of(o) }

// MarshalText returns the text of String.
func (o Overflow) MarshalText() ([]byte, error) { return overflows.marshal(o) }

// UnmarshalText reads what MarshalText returns.
func (o *Overflow) UnmarshalText(text []byte) error { return overflows.unmarshal(text, o) }

// Margin is the combined margin loss: cross entropy of the logits
//
//	z_j = s cos θ_j        for the other classes
//	z_y = s (cos(θ_y + m2) - m3)        for the sample's own class
//
// where θ_j is the angle between the feature and class weight j (Deng et al., "ArcFace",
// CVPR 2019, equations 3 and 4). The margins make the own class look worse than it is.
// ArcFace and CosFace return the usual ones; without a margin it is softmax over
// normalized features. The zero value's scale is 64.
type Margin struct {
	// Scale is s, the length that features are given. Zero means 64.
	Scale float64 `json:"scale,omitempty"`
	// Multiplier is m1, SphereFace's factor of the angle, which is not supported:
	// anything but 0 and 1 is an ErrOption.
	Multiplier float64 `json:"multiplier,omitempty"`
	// Angle is m2 in radians, within [0, π).
	Angle float64 `json:"angle,omitempty"`
	// Cosine is m3, within [0, 2]. arcface_torch silently drops m2 when m3 is given; here
	// both count.
	Cosine float64 `json:"cosine,omitempty"`
	// Gradient and Overflow concern the angle's margin only. The combination of
	// arcface_torch is StraightThrough and Unguarded.
	Gradient Gradient `json:"gradient,omitempty"`
	Overflow Overflow `json:"overflow,omitempty"`
}

// ArcFace returns the additive angular margin of 0.5 at scale 64, with the analytic
// gradient and without a guard beyond π.
func ArcFace() Margin { return Margin{Scale: 64, Angle: 0.5} }

// CosFace returns the additive cosine margin of 0.4 at scale 64, arcface_torch's values
// (Wang et al., CVPR 2018).
func CosFace() Margin { return Margin{Scale: 64, Cosine: 0.4} }

// Resolve returns the margin with its default filled in, or an ErrOption.
func (m Margin) Resolve() (Margin, error) {
	if m.Scale == 0 {
		m.Scale = 64
	}
	if m.Multiplier == 0 {
		m.Multiplier = 1
	}
	if m.Multiplier != 1 {
		return m, fmt.Errorf("loss: %w: the angle's multiplier m1 is %g: SphereFace's margin is not supported, combine m2 and m3", ErrOption, m.Multiplier)
	}
	if m.Gradient < Analytic || m.Gradient > StraightThrough {
		return m, fmt.Errorf("loss: %w: unknown gradient %d", ErrOption, m.Gradient)
	}
	if m.Overflow < Unguarded || m.Overflow > Fallback {
		return m, fmt.Errorf("loss: %w: unknown overflow %d", ErrOption, m.Overflow)
	}
	for _, o := range []struct {
		name         string
		x, low, high float64
	}{
		{"the scale s", m.Scale, math.SmallestNonzeroFloat64, math.MaxFloat64},
		{"the angle's margin m2", m.Angle, 0, math.Nextafter(math.Pi, 0)},
		{"the cosine's margin m3", m.Cosine, 0, 2},
	} {
		if err := checkOption(o.name, o.x, o.low, o.high); err != nil {
			return m, err
		}
	}
	return m, nil
}

// Logits returns z, [batch, classes], for cosines within [-1, 1].
func (m Margin) Logits(cosines *mat.Dense, labels []int) (*mat.Dense, error) {
	m, err := m.check(cosines, labels)
	if err != nil {
		return nil, err
	}
	z := mat.DenseCopyOf(cosines)
	for i, y := range labels {
		own, _ := m.own(cosines.At(i, y))
		z.Set(i, y, own)
	}
	z.Scale(m.Scale, z)
	return z, nil
}

// LogitsGradient takes a gradient by the logits back to the cosines: times s, and for the
// sample's own class times the slope of cos(θ+m2) by cos θ, which Gradient and Overflow
// choose.
func (m Margin) LogitsGradient(cosines *mat.Dense, labels []int, byLogits *mat.Dense) (byCosines *mat.Dense, err error) {
	m, err = m.check(cosines, labels)
	if err != nil {
		return nil, err
	}
	if err := checkSame(argument{"cosines", cosines}, argument{"gradients", byLogits}); err != nil {
		return nil, err
	}
	byCosines = mat.DenseCopyOf(byLogits)
	for i, y := range labels {
		_, slope := m.own(cosines.At(i, y))
		byCosines.Set(i, y, byLogits.At(i, y)*slope)
	}
	byCosines.Scale(m.Scale, byCosines)
	return byCosines, nil
}

// Loss returns the loss of features [batch, d] with class weights [classes, d], and its
// gradients.
func (m Margin) Loss(features, weights *mat.Dense, labels []int) (value float64, byFeatures, byWeights *mat.Dense, err error) {
	cos, err := Cosines(features, weights)
	if err != nil {
		return 0, nil, nil, err
	}
	z, err := m.Logits(cos, labels)
	if err != nil {
		return 0, nil, nil, err
	}
	value, byLogits, err := SoftmaxCrossEntropy(z, labels)
	if err != nil {
		return 0, nil, nil, err
	}
	byCosines, err := m.LogitsGradient(cos, labels, byLogits)
	if err != nil {
		return 0, nil, nil, err
	}
	byFeatures, byWeights, err = CosinesGradient(features, weights, byCosines)
	return value, byFeatures, byWeights, err
}

// own returns cos(θ+m2) - m3 and its slope by c = cos θ.
func (m Margin) own(c float64) (value, slope float64) {
	sinM, cosM := math.Sincos(m.Angle)
	sin, inverse := sine(c)
	value, slope = c*cosM-sin*sinM, cosM+c*inverse*sinM
	if m.Overflow == Fallback && c <= -cosM { // cos(π-m) = -cos m
		value, slope = c-m.Angle*sinM, 1
	}
	if m.Gradient == StraightThrough {
		slope = 1
	}
	return value - m.Cosine, slope
}

func (m Margin) check(cosines *mat.Dense, labels []int) (Margin, error) {
	m, err := m.Resolve()
	if err != nil {
		return m, err
	}
	if err := checkFinite(argument{"cosines", cosines}); err != nil {
		return m, err
	}
	if low, high := mat.Min(cosines), mat.Max(cosines); low < -1 || high > 1 {
		return m, fmt.Errorf("loss: %w: cosines are from %g to %g", ErrValue, low, high)
	}
	batch, classes := cosines.Dims()
	return m, checkLabels(labels, batch, classes)
}
