package fspfm

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// frontalizer is what stands behind the extractor.
type frontalizer struct {
	module *head.Module
	usage  head.Usage

	decides bool   // frontalized features take part in the answer
	reason  string // why, or why not
}

func (r *Recognizer) needHead() error {
	if r.head == nil {
		return fmt.Errorf("pack %s: %w", r.pack.Name(), ErrNoHead)
	}
	return nil
}

// frontalize fills in what the head makes of each result.
func (h *frontalizer) frontalize(results []Result) error {
	for i := range results {
		res := &results[i]
		out := make([]float32, len(res.Feature))
		if err := h.module.Frontalize(out, res.Feature, h.poseVector(res.Pose)); err != nil {
			return fmt.Errorf("face %d of %d: %w", i, len(results), err)
		}
		if length, ok := vector.Unit(out); !ok {
			return fmt.Errorf("face %d of %d: frontalized feature: %w: its length is %g", i, len(results), head.ErrNotFinite, length)
		}
		res.Frontalized = out
	}
	return nil
}

func (h *frontalizer) poseVector(p pose.Estimate) []float32 {
	if h.module.PoseInput() == head.PoseAngles {
		return []float32{float32(p.Yaw), float32(p.Pitch), float32(p.Roll)}
	}
	return p.Feature
}
