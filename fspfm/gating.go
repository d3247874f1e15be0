package fspfm

import (
	"fmt"
	"math"

	"github.com/pifr-go/pifr/pose"
)

// Gating is the rule for when a head is applied. A face that looks into the camera needs no frontalization, and its feature is better left as
// it is: what a gallery has stored stays comparable, and nothing can get worse. How far a face is turned is the larger of its |yaw| and
// |pitch|; roll does not count, because alignment undoes it. Up to FromDeg the feature stays, from ToDeg on the head's output takes its
// place, and in between the one turns into the other evenly.
//
// The zero value applies the head always.
type Gating struct {
	FromDeg float64 `json:"from_deg"`
	ToDeg   float64 `json:"to_deg"`
}

// Weight returns how much of the head's change is applied to a face at these angles, 0 to 1; NaN for angles that are not numbers.
func (g Gating) Weight(a pose.Angles) float64 {
	yaw, pitch, _ := a.Deg()
	turned := max(math.Abs(yaw), math.Abs(pitch))
	switch {
	case turned >= g.ToDeg:
		return 1
	case turned <= g.FromDeg:
		return 0
	}
	return (turned - g.FromDeg) / (g.ToDeg - g.FromDeg)
}

// Apply sets dst [d] to raw + w (frontalized - raw), scaled to unit length, w being the Weight of the angles. raw [d] is the extractor's
// feature, and frontalized [d] what the head makes of it, as it comes out of Module.Frontalize: neither need be of unit length, but the
// head must have been given raw at the length that it has here. At a weight of 0, a raw feature of unit length keeps every bit. dst may
// be the same as either.
//
// Apply is the only place of this rule: a Recognizer uses it, and so does whoever measures heads on features. It panics if the lengths
// differ. The error wraps ErrNotFinite if the angles or the features are not finite, or the result has no direction; dst is undefined then.
func (g Gating) Apply(dst, raw, frontalized []float32, a pose.Angles) error {
	if len(dst) != len(raw) || len(raw) != len(frontalized) {
		panic(fmt.Sprintf("fspfm: Gating.Apply to features of lengths %d and %d into %d", len(raw), len(frontalized), len(dst)))
	}
	w := g.Weight(a)
	squares := 0.0
	for i, x := range raw {
		y := x // exactly, also where the head's output is huge
		if w != 0 {
			y = float32(float64(x) + w*(float64(frontalized[i])-float64(x)))
		}
		dst[i] = y
		squares += float64(y) * float64(y)
	}
	norm := math.Sqrt(squares)
	if !(norm > 0) || math.IsInf(norm, 0) {
		return fmt.Errorf("fspfm: gating: %w: a feature of length %g at %v", ErrNotFinite, norm, a)
	}
	if math.Abs(norm-1) < unitLength {
		return nil
	}
	for i, y := range dst {
		dst[i] = float32(float64(y) / norm)
	}
	return nil
}

// unitLength is how far the length of a unit vector may be off in float32.
const unitLength = 1e-6

// check says what cannot be.
func (g Gating) check() error {
	if !(g.FromDeg >= 0 && g.FromDeg <= g.ToDeg && g.ToDeg <= 180) {
		return fmt.Errorf("gate from %g to %g degrees: want 0 <= from <= to <= 180", g.FromDeg, g.ToDeg)
	}
	return nil
}
