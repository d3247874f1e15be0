package fspfm

import (
	"context"
	"fmt"
	"image"

	"github.com/pifr-go/pifr/fspfm/head"
)

// Verification is the answer to whether two photos show the same person.
type Verification struct {
	A, B Result

	// Cosine is what the answer rests on, -1 to 1: the cosine of the two features, or, if Head is
	// true, that of the frontalized ones as far as the pair is turned (head.Gating).
	Cosine float64

	// Threshold is the cosine from which on Same is true, for two faces of these poses.
	Threshold float64
	Same      bool

	// FMR is the false-match rate that Threshold was chosen for, on the photos it was measured on;
	// 0 if it was not.
	FMR float64

	// Head says whether frontalized features took part: see Recognizer.HeadDecides.
	Head bool

	// Frontalized is the answer of the frontalized features, whether or not it is the one above.
	// It is nil if the Recognizer has no head.
	Frontalized *Verdict
}

// Verdict is the answer of a pair of features.
type Verdict struct {
	// Cosine is that of the frontalized features, or, as far as neither face is turned, of the raw
	// ones: see head.Gating.
	Cosine float64

	// Threshold is the cosine from which on Same is true: that which the head was calibrated to for
	// faces turned so far, or else the one for features without a head. WithThreshold goes before
	// both.
	Threshold float64
	Same      bool

	// FMR is the rate at which faces of two people, turned so far, reached the threshold when it
	// was calibrated; 0 if it was not.
	FMR float64
}

// Verify embeds one face of each photo, as Embed does, and compares them. Whether a threshold suits
// a use is for its owner to measure: examples/evaluate does so on a folder of photos.
//
// The error says whether photo a or b is at fault, and wraps ErrNoFace if there is no
// face in it. It wraps ErrNoThreshold if neither the pack nor an option gives one; two
// calls of Embed and head.Cosine still work then.
func (r *Recognizer) Verify(ctx context.Context, a, b image.Image) (Verification, error) {
	if !r.decides {
		return Verification{}, fmt.Errorf("fspfm: verify: pack %s: %w", r.pack.Name(), ErrNoThreshold)
	}
	results, err := r.run(func() ([]Result, error) {
		first, _, err := r.embed(ctx, a)
		if err != nil {
			return nil, fmt.Errorf("photo a: %w", err)
		}
		second, _, err := r.embed(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("photo b: %w", err)
		}
		return append(first, second...), nil
	})
	if err != nil {
		return Verification{}, fmt.Errorf("fspfm: verify: %w", err)
	}
	return r.Compare(results[0], results[1])
}

// Compare says whether two results of this Recognizer, or of one with the same models, show the
// same person. The error wraps ErrNoThreshold as that of Verify does.
func (r *Recognizer) Compare(a, b Result) (Verification, error) {
	if !r.decides {
		return Verification{}, fmt.Errorf("fspfm: compare: pack %s: %w", r.pack.Name(), ErrNoThreshold)
	}
	if d := r.FeatureLen(); len(a.Feature) != d || len(b.Feature) != d {
		return Verification{}, fmt.Errorf("fspfm: compare: want features of length %d, got %d and %d", d, len(a.Feature), len(b.Feature))
	}
	yawA, _, _ := a.Pose.Deg()
	yawB, _, _ := b.Pose.Deg()
	t := r.decision.Threshold(yawA, yawB)
	v := Verification{A: a, B: b, Cosine: head.Cosine(a.Feature, b.Feature), Threshold: t.Cosine, FMR: t.FMR}
	v.Same = v.Cosine >= v.Threshold
	if v.Frontalized = r.frontalizedVerdict(a, b, v); v.Frontalized != nil && r.head.decides {
		f := v.Frontalized
		v.Cosine, v.Threshold, v.FMR, v.Same, v.Head = f.Cosine, f.Threshold, f.FMR, f.Same, true
	}
	return v, nil
}

// frontalizedVerdict is what the frontalized features say, nil if there are none. It falls back to
// the thresholds of the raw answer.
func (r *Recognizer) frontalizedVerdict(a, b Result, raw Verification) *Verdict {
	if r.head == nil || len(a.Frontalized) != len(a.Feature) || len(b.Frontalized) != len(b.Feature) {
		return nil
	}
	gated := r.head.usage.Gating.Cosine(a.Feature, a.Frontalized, a.Pose.Angles, b.Feature, b.Frontalized, b.Pose.Angles)
	f := &Verdict{Cosine: gated, Threshold: raw.Threshold, FMR: raw.FMR}
	if t, ok := r.head.usage.Threshold(a.Pose.Angles, b.Pose.Angles); ok && !r.overridden {
		f.Threshold, f.FMR = t.Cosine, t.FMR
	}
	f.Same = f.Cosine >= f.Threshold
	return f
}
