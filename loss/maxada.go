package loss

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// MaxADA is the attentive pair-wise loss of Huang and Ding ("Attention-Guided Progressive
// Mapping for Profile Face Recognition", IJCB 2021), as their released code computes it:
// the weight of a dimension is not learned, but is how large the frontal feature t is
// there, compared with its largest dimension:
//
//	w_ik = t_ik / max_l |t_il|        L = 2 · 1/(N d) Σ_ik w_ik (p_ik - t_ik)²
//
// The weight is signed. Their features come out of a ReLU and are never negative; with
// features that may be, a negative weight rewards distance in its dimension, and the loss
// is not bounded below. Abs makes all weights positive. The target is frozen, in the
// weight as in the difference. A target of zero has weights of zero.
type MaxADA struct {
	// Abs takes |t|/max|t| as the weight.
	Abs bool `json:"abs,omitempty"`
	// Factor is what the mean over batch and dimensions is multiplied by. Zero means 2,
	// as released.
	Factor float64 `json:"factor,omitempty"`
}

// Resolve returns the options with the default filled in, or an ErrOption.
func (c MaxADA) Resolve() (MaxADA, error) {
	if c.Factor == 0 {
		c.Factor = 2
	}
	return c, checkOption("the factor", c.Factor, 0, math.MaxFloat64)
}

// Loss takes the frontal features t and the frontalized features p of the profile photos,
// both [batch, d].
func (c MaxADA) Loss(frontal, profile *mat.Dense) (value float64, byProfile *mat.Dense, err error) {
	c, err = c.Resolve()
	if err != nil {
		return 0, nil, err
	}
	if err := checkSame(argument{"frontal features", frontal}, argument{"profile features", profile}); err != nil {
		return 0, nil, err
	}
	batch, d := frontal.Dims()
	factor := c.Factor / float64(batch*d)
	byProfile = like(profile)
	for i := range batch {
		t, p, grad := frontal.RawRowView(i), profile.RawRowView(i), byProfile.RawRowView(i)
		for k, w := range c.weights(t) {
			value += factor * w * (p[k] - t[k]) * (p[k] - t[k])
			grad[k] = 2 * factor * w * (p[k] - t[k])
		}
	}
	return value, byProfile, nil
}

// weights of one target's dimensions.
func (c MaxADA) weights(t []float64) []float64 {
	w := make([]float64, len(t))
	top := floats.Norm(t, math.Inf(1))
	if top < MinNorm {
		return w
	}
	for k, x := range t {
		if c.Abs {
			x = math.Abs(x)
		}
		w[k] = x / top
	}
	return w
}
