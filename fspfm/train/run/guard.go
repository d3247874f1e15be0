package run

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// ErrDiverged is wrapped by the error of a run whose loss is no number any more, or has
// exploded.
var ErrDiverged = errors.New("training diverged")

// DivergedError says where a run diverged.
type DivergedError struct {
	Step    int // that went wrong, counted from 0
	Loss    float64
	Norm    float64  // of the gradients
	Samples []string // of the batch
	// Checkpoint is the last one from before, "" if there is none.
	Checkpoint string
}

func (e *DivergedError) Error() string {
	const most = 16
	samples, more := e.Samples, ""
	if len(samples) > most {
		samples, more = samples[:most], fmt.Sprintf(" and %d more", len(e.Samples)-most)
	}
	last := "there is no checkpoint from before"
	if e.Checkpoint != "" {
		last = "last good checkpoint: " + e.Checkpoint
	}
	return fmt.Sprintf("run: %v at step %d: loss %g, gradient norm %g; samples %s%s; %s",
		ErrDiverged, e.Step, e.Loss, e.Norm, strings.Join(samples, ", "), more, last)
}

// Unwrap returns ErrDiverged.
func (e *DivergedError) Unwrap() error { return ErrDiverged }

const (
	guardEarly   = 20   // steps whose highest loss stands for what is usual at the beginning
	guardDecay   = 0.98 // of the smoothed loss, per step
	guardExplode = 10   // times the usual is an explosion
	guardFloor   = 1    // a usual loss below this counts as this: ten times next to nothing is no explosion
)

// watch looks at the loss of a step and tells whether the run is still sound. An
// explosion is ten times the usual: the highest loss of the first steps, or the smoothed
// loss if that is higher. Late in a run, when the loss is small, a bad batch is no
// explosion.
func (s *State) watch(v Values) bool {
	loss, norm := v["loss"], v["gradient_norm"]
	if math.IsNaN(loss) || math.IsInf(loss, 0) || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return false
	}
	if s.Step > 0 && loss > guardExplode*max(s.Early, s.Smooth, guardFloor) {
		return false
	}
	if s.Step < guardEarly {
		s.Early = max(s.Early, loss)
		s.Smooth = s.Early
		return true
	}
	s.Smooth = guardDecay*s.Smooth + (1-guardDecay)*loss
	return true
}
