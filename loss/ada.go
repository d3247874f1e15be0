package loss

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Reduction says how the squares of a difference of features are put together over their
// d dimensions. Over the batch it is always the mean.
type Reduction int

const (
	// Sum is the squared L2 norm, as equation 2 is written.
	Sum Reduction = iota
	// Mean is the sum divided by d, as most code computes it. With it λ = 4 is a mild
	// weight; the sum is d times as strong.
	Mean
)

var reductions = names[Reduction]{"sum", "mean"}

// String returns "sum" or "mean".
func (r Reduction) String() string { return reductions.of(r) }

// MarshalText returns the text of String.
func (r Reduction) MarshalText() ([]byte, error) { return reductions.marshal(r) }

// UnmarshalText reads what MarshalText returns.
func (r *Reduction) UnmarshalText(text []byte) error { return reductions.unmarshal(text, r) }

// factor of a sum over d dimensions.
func (r Reduction) factor(d int) (float64, error) {
	switch r {
	case Sum:
		return 1, nil
	case Mean:
		return 1 / float64(d), nil
	}
	return 0, fmt.Errorf("loss: %w: unknown reduction %d", ErrOption, r)
}

// ADA is the attention-guided domain adaptation loss, equation 2 of the FSPFM paper:
//
//	L_ada = 1/N Σ_i ‖ M_g φ(I_f^i) ⊙ AM(φ(I_f^i)) - M_g φ(I_p^i) ‖²
//
// It pulls the frontalized feature of a profile photo to the feature of a frontal photo
// of the same person, dimension by dimension as strongly as the attention weights say.
// The zero value is the equation as written; see the package comment for its trivial
// optimum.
type ADA struct {
	Reduction Reduction `json:"reduction"`
	// LiveTarget lets gradients through to the frontal feature. The paper's F-Net is
	// frozen except for its attention, and so is the target unless this is set.
	LiveTarget bool `json:"live_target,omitempty"`
	// Unit compares directions: both sides are divided by their lengths first. The paper
	// does not say so.
	Unit bool `json:"unit,omitempty"`
}

// ADAGradient is the gradient of ADA by its arguments, each [batch, d].
type ADAGradient struct {
	Frontal   *mat.Dense // zero unless ADA.LiveTarget is set
	Attention *mat.Dense // to AM, in the F-Net
	Profile   *mat.Dense // to FSPFM, in the P-Net
}

// Loss takes the frontal features M_g φ(I_f), the attention weights AM(φ(I_f)), and the
// frontalized features of the profile photos M_g φ(I_p), all [batch, d], row i of each
// being of one person.
func (c ADA) Loss(frontal, attention, profile *mat.Dense) (value float64, by ADAGradient, err error) {
	if err := checkSame(argument{"frontal features", frontal}, argument{"attention weights", attention}, argument{"profile features", profile}); err != nil {
		return 0, by, err
	}
	target := new(mat.Dense)
	target.MulElem(frontal, attention)
	value, byTarget, byProfile, err := c.distance(target, profile)
	if err != nil {
		return 0, by, err
	}
	by = ADAGradient{Frontal: like(frontal), Attention: new(mat.Dense), Profile: byProfile}
	by.Attention.MulElem(byTarget, frontal)
	if c.LiveTarget {
		by.Frontal.MulElem(byTarget, attention)
	}
	return value, by, nil
}

// distance is the mean over the batch of the squared distance between rows, and its
// gradients by both.
func (c ADA) distance(target, profile *mat.Dense) (value float64, byTarget, byProfile *mat.Dense, err error) {
	batch, d := profile.Dims()
	factor, err := c.Reduction.factor(d)
	if err != nil {
		return 0, nil, nil, err
	}
	t, p := target, profile
	if c.Unit {
		t, p = unitRows(target), unitRows(profile)
	}
	factor /= float64(batch)
	diff := new(mat.Dense)
	diff.Sub(t, p)
	for i := range batch {
		for _, x := range diff.RawRowView(i) {
			value += factor * x * x
		}
	}
	byTarget, byProfile = new(mat.Dense), new(mat.Dense)
	byTarget.Scale(2*factor, diff)
	byProfile.Scale(-2*factor, diff)
	if c.Unit {
		byTarget, byProfile = unitRowsGradient(target, byTarget), unitRowsGradient(profile, byProfile)
	}
	return value, byTarget, byProfile, nil
}

// FeatureL2 is equation 2 without its attention: the plain distance between the frontal
// and the frontalized feature. Its options are those of ADA.
type FeatureL2 ADA

// Loss takes the frontal features and the frontalized ones of the profile photos, both
// [batch, d]. The gradient by the frontal features is zero unless LiveTarget is set.
func (c FeatureL2) Loss(frontal, profile *mat.Dense) (value float64, byFrontal, byProfile *mat.Dense, err error) {
	if err := checkSame(argument{"frontal features", frontal}, argument{"profile features", profile}); err != nil {
		return 0, nil, nil, err
	}
	value, byFrontal, byProfile, err = ADA(c).distance(frontal, profile)
	if err == nil && !c.LiveTarget {
		byFrontal.Zero()
	}
	return value, byFrontal, byProfile, err
}
