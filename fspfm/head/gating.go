package head

import (
	"fmt"
	"math"

	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// Gating is the rule for when frontalized features decide. Two faces that both look into
// the camera need no frontalization, and are better compared as they were without a head:
// nothing can get worse for them. A pair is turned as far as the larger |yaw| or |pitch|
// of its two faces; roll does not count, because alignment undoes it. Up to FromDeg the
// raw features are compared, from ToDeg on the frontalized ones, and in between those on
// the way from one to the other.
//
// The rule is about pairs, not faces, because a head moves frontal features too:
// frontalized ones compare with frontalized ones. A rule about faces would compare
// frontalized probes with raw frontal templates, and lose much of what a head brings. A
// gallery therefore keeps both features of everybody.
//
// The zero value lets frontalized features always decide.
type Gating struct {
	FromDeg float64 `json:"from_deg"`
	ToDeg   float64 `json:"to_deg"`
}

// Weight returns how much frontalized features count for two faces at these angles, 0 to
// 1; NaN for angles that are not numbers.
func (g Gating) Weight(a, b pose.Angles) float64 {
	turned := max(turn(a), turn(b))
	switch {
	case turned >= g.ToDeg:
		return 1
	case turned <= g.FromDeg:
		return 0
	}
	return (turned - g.FromDeg) / (g.ToDeg - g.FromDeg)
}

// turn is how far a face is turned away from the camera, in degrees.
func turn(a pose.Angles) float64 {
	yaw, pitch, _ := a.Deg()
	return max(math.Abs(yaw), math.Abs(pitch))
}

// Cosine returns the similarity of two faces of known pose: the cosine of raw + w
// (frontalized - raw) of one face and of the other, w being the Weight of the pair.
// Features are taken at unit length, whatever they come in. Everything that compares by
// this rule calls it: a Recognizer, and the calibration of thresholds. It panics if the
// lengths differ; it is NaN for a feature of zeros.
func (g Gating) Cosine(rawA, frontalizedA []float32, a pose.Angles, rawB, frontalizedB []float32, b pose.Angles) float64 {
	switch w := g.Weight(a, b); w {
	case 0:
		return Cosine(rawA, rawB)
	case 1:
		return Cosine(frontalizedA, frontalizedB)
	default:
		return Cosine(between(rawA, frontalizedA, w), between(rawB, frontalizedB, w))
	}
}

// between is a + w (b - a) of two features scaled to unit length.
func between(a, b []float32, w float64) []float32 {
	if len(a) != len(b) {
		panic(fmt.Sprintf("head: Gating of features of lengths %d and %d", len(a), len(b)))
	}
	aa, bb := vector.Norm(a), vector.Norm(b)
	out := make([]float32, len(a))
	for i := range a {
		out[i] = float32((1-w)*float64(a[i])/aa + w*float64(b[i])/bb)
	}
	return out
}

// check says what cannot be.
func (g Gating) check() error {
	if !(g.FromDeg >= 0 && g.FromDeg <= g.ToDeg && g.ToDeg <= 180) {
		return fmt.Errorf("gate from %g to %g degrees: want 0 <= from <= to <= 180", g.FromDeg, g.ToDeg)
	}
	return nil
}
