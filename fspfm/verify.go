package fspfm

import (
	"context"
	"fmt"
	"image"
	"math"
)

// Verification is the answer to whether two photos show the same person.
type Verification struct {
	A, B Result

	// Cosine is that of the two features, -1 to 1.
	Cosine float64

	// Threshold is the cosine from which on Same is true.
	Threshold float64
	Same      bool
}

// Verify embeds one face of each photo, as Embed does, and compares them. Whether a threshold suits a use is for its owner to
// measure: the publisher's balances errors of both kinds on photos like those it was chosen on.
//
// The error says whether photo a or b is at fault, and wraps ErrNoFace if there is no face in it. It wraps ErrNoThreshold if
// neither the pack nor WithThreshold gives one; two calls of Embed and Cosine still work then.
func (r *Recognizer) Verify(ctx context.Context, a, b image.Image) (Verification, error) {
	if r.threshold == nil {
		return Verification{}, fmt.Errorf("fspfm: verify: pack %s: %w", r.pack.Name(), ErrNoThreshold)
	}
	results, err := r.run(func() ([]Result, error) {
		first, err := r.embed(ctx, a)
		if err != nil {
			return nil, fmt.Errorf("photo a: %w", err)
		}
		second, err := r.embed(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("photo b: %w", err)
		}
		return append(first, second...), nil
	})
	if err != nil {
		return Verification{}, fmt.Errorf("fspfm: verify: %w", err)
	}
	v := Verification{A: results[0], B: results[1], Threshold: *r.threshold}
	v.Cosine = Cosine(v.A.Feature, v.B.Feature)
	v.Same = v.Cosine >= v.Threshold
	return v, nil
}

// Cosine returns the cosine of the angle between two features, which need not be of unit length. It panics if their lengths
// differ: they come from different extractors then. It is NaN if one of them is zero.
func Cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		panic(fmt.Sprintf("fspfm: Cosine of features of lengths %d and %d", len(a), len(b)))
	}
	var dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot += x * y
		aa += x * x
		bb += y * y
	}
	// Rounding may take the quotient beyond 1, and min and max keep NaN.
	return max(-1, min(dot/math.Sqrt(aa*bb), 1))
}
