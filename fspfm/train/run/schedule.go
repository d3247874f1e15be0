package run

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// The shapes of a Schedule after its warm-up.
const (
	Constant   = "constant"   // the base rate
	Steps      = "steps"      // times Factor at each of Milestones
	Polynomial = "polynomial" // base (1 - progress)^Power: down to zero at the end
	Cosine     = "cosine"     // half a cosine: down to zero at the end
)

// Schedule says which learning rate each step has. Lengths are in epochs, and may be
// fractions of one; the rate is set anew at every step.
type Schedule struct {
	Shape string  `json:"shape"`
	Base  float64 `json:"base"`
	// Warmup rises linearly from zero to Base over this many epochs, as arcface_torch does:
	// the first step of all has the rate zero.
	Warmup float64 `json:"warmup,omitempty"`
	// Milestones are the epochs at whose beginnings the rate is multiplied by Factor;
	// zero stands for 0.1.
	Milestones []float64 `json:"milestones,omitempty"`
	Factor     float64   `json:"factor,omitempty"`
	// Power of Polynomial. Zero stands for 1.
	Power float64 `json:"power,omitempty"`
}

// Validate reports a setting that makes no sense.
func (s Schedule) Validate() error {
	switch {
	case !slices.Contains([]string{Constant, Steps, Polynomial, Cosine}, s.Shape):
		return fmt.Errorf("run: schedule: unknown shape %q: want %q, %q, %q or %q", s.Shape, Constant, Steps, Polynomial, Cosine)
	case !(s.Base > 0) || math.IsInf(s.Base, 0):
		return fmt.Errorf("run: schedule: base rate %g must be positive", s.Base)
	case s.Warmup < 0 || s.Factor < 0 || s.Power < 0:
		return fmt.Errorf("run: schedule: warm-up %g, factor %g and power %g must not be negative", s.Warmup, s.Factor, s.Power)
	case !slices.IsSorted(s.Milestones):
		return fmt.Errorf("run: schedule: milestones %v must rise", s.Milestones)
	}
	return nil
}

// At returns the rate of a step. Steps count from 0; perEpoch is the number of steps of
// an epoch, total that of the run.
func (s Schedule) At(step, perEpoch, total int) float64 {
	warmup := s.Warmup * float64(perEpoch)
	if t := float64(step); t < warmup {
		return s.Base * t / warmup
	}
	switch s.Shape {
	case Steps:
		rate := s.Base
		for _, m := range s.Milestones {
			if float64(step) >= m*float64(perEpoch) {
				rate *= cmp.Or(s.Factor, 0.1)
			}
		}
		return rate
	case Polynomial:
		return s.Base * math.Pow(1-s.progress(step, total, warmup), cmp.Or(s.Power, 1))
	case Cosine:
		return s.Base * 0.5 * (1 + math.Cos(math.Pi*s.progress(step, total, warmup)))
	}
	return s.Base
}

// progress is the share of the steps after the warm-up that lie behind, in [0, 1].
func (s Schedule) progress(step, total int, warmup float64) float64 {
	length := float64(total) - warmup
	if length <= 0 {
		return 1
	}
	return min(max((float64(step)-warmup)/length, 0), 1)
}
