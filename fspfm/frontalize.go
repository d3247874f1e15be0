package fspfm

import (
	"context"
	"errors"
	"fmt"
	"image"

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

// photosAtOnce are held in memory; it is also what an extractor takes at once.
const photosAtOnce = 8

// PhotoError says which of several photos failed, and why.
type PhotoError struct {
	Index int
	Err   error
}

// Error counts photos from 0, as Index does.
func (e *PhotoError) Error() string { return fmt.Sprintf("fspfm: photo %d: %v", e.Index, e.Err) }

// Unwrap returns the reason.
func (e *PhotoError) Unwrap() error { return e.Err }

// several embeds the chosen face of each photo. The errors are those of the photos, the
// last one that of all.
func (r *Recognizer) several(ctx context.Context, photos []image.Image, results []Result) ([]error, error) {
	errs := make([]error, len(photos))
	var found []located
	var whose []int
	for i, photo := range photos {
		at, _, err := r.find(ctx, photo)
		if errors.Is(err, ErrNoDetector) || ctx.Err() != nil {
			return nil, errors.Join(err, ctx.Err())
		}
		if errs[i] = err; err == nil {
			found, whose = append(found, at), append(whose, i)
		}
	}
	together, err := r.look(ctx, found, true)
	for k, i := range whose {
		if err == nil {
			results[i] = together[k]
			continue
		}
		// One of them spoils it for all: which one?
		alone, err := r.look(ctx, found[k:k+1], true)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if errs[i] = err; err == nil {
			results[i] = alone[0]
		}
	}
	return errs, nil
}
