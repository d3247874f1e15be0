package fspfm

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// ErrNoHead means that nothing stands behind the extractor that could frontalize its features.
var ErrNoHead = errors.New("no head to frontalize with")

// Frontalize is Embed for those who want the frontalized feature: it is an error, which
// wraps ErrNoHead, if there is no head. Result.Frontalized compares with the frontalized
// features of other photos; Result.Feature compares with raw ones.
func (r *Recognizer) Frontalize(ctx context.Context, photo image.Image) (Result, error) {
	results, err := r.run(func() ([]Result, error) {
		if err := r.needHead(); err != nil {
			return nil, err
		}
		results, _, err := r.embed(ctx, photo)
		return results, err
	})
	if err != nil {
		return Result{}, fmt.Errorf("fspfm: frontalize: %w", err)
	}
	return results[0], nil
}

// FrontalizeAll is Frontalize for many photos, whose faces go through the extractor
// together: result i is that of photo i. Where a photo has no face, or cannot be worked
// on, its result is the zero Result, and the error joins a *PhotoError for each of these;
// the others are valid. All results are missing if the error is of another kind.
func (r *Recognizer) FrontalizeAll(ctx context.Context, photos ...image.Image) ([]Result, error) {
	var failed []error
	results, err := r.run(func() ([]Result, error) {
		if err := r.needHead(); err != nil {
			return nil, err
		}
		results := make([]Result, len(photos))
		for first := 0; first < len(photos); first += photosAtOnce {
			last := min(first+photosAtOnce, len(photos))
			errs, err := r.several(ctx, photos[first:last], results[first:last])
			if err != nil {
				return nil, err
			}
			for i, err := range errs {
				if err != nil {
					failed = append(failed, &PhotoError{Index: first + i, Err: err})
				}
			}
		}
		return results, nil
	})
	if err != nil {
		return nil, fmt.Errorf("fspfm: frontalize: %w", err)
	}
	return results, errors.Join(failed...)
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

// openHead takes the caller's head, or the pack's, and holds it against what it stands behind.
func (r *Recognizer) openHead(s settings) error {
	switch {
	case s.withoutHead:
		return nil
	case s.head != nil:
		usage, err := head.ParseUsage(s.headAbout)
		if err != nil {
			return err
		}
		return r.setHead(&frontalizer{module: s.head, usage: usage}, "the caller's head", s)
	case !r.has(pack.Head):
		return nil
	}
	entry, data, err := r.read(pack.Head)
	if err != nil {
		return err
	}
	module, about, err := head.Read(data)
	if err != nil {
		return fmt.Errorf("%s: %w", entry.Where(), err)
	}
	usage, err := head.ParseUsage(about)
	if err != nil {
		return fmt.Errorf("%s: %w", entry.Where(), err)
	}
	if module.PoseInput() == head.PoseFeature {
		if s.pose != nil {
			return nil // see WithPose
		}
		if usage.PoseSHA256 == "" && r.has(pack.Pose) {
			return fmt.Errorf("%s: %w: it takes a pose network's feature, and does not say whose (pose_sha256)", entry.Where(), head.ErrMismatch)
		}
	}
	return r.setHead(&frontalizer{module: module, usage: usage}, entry.Where(), s)
}

// setHead checks lengths and hashes, and whether the head takes part in the answer.
func (r *Recognizer) setHead(h *frontalizer, name string, s settings) error {
	m := h.module
	if _, err := m.Params(); err != nil {
		return fmt.Errorf("%s: %w: %w", name, head.ErrMismatch, err)
	}
	if m.FeatureLen() != r.FeatureLen() {
		return fmt.Errorf("%s: %w: it maps features of length %d, and the extractor's are of %d", name, head.ErrMismatch, m.FeatureLen(), r.FeatureLen())
	}
	if want := h.usage.ExtractorSHA256; len(want) > 0 && !slices.Contains(want, r.extractorSHA256) {
		return fmt.Errorf("%s: %w: it was trained behind an extractor with SHA-256 %v, and this one has %s", name, head.ErrMismatch, want, r.extractorSHA256)
	}
	if m.PoseInput() == head.PoseFeature {
		if m.PoseLen() != r.PoseLen() {
			return fmt.Errorf("%s: %w: it takes a pose feature of length %d, and the pose estimator's is of %d", name, head.ErrMismatch, m.PoseLen(), r.PoseLen())
		}
		// The hash of an estimator of the caller's is not known: it is for the caller to
		// give the right one.
		if want := h.usage.PoseSHA256; want != "" && r.poseSHA256 != "" && want != r.poseSHA256 {
			return fmt.Errorf("%s: %w: it was trained with a pose network with SHA-256 %s, and this one has %s", name, head.ErrMismatch, want, r.poseSHA256)
		}
	}
	h.judge(s)
	r.head = h
	return nil
}

// judge says whether the head takes part in the answer: if the caller wants it to, or if it did no
// harm to real photos.
func (h *frontalizer) judge(s settings) {
	switch real := h.usage.Real; {
	case s.head != nil:
		h.decides, h.reason = true, "the caller's head was asked for (WithHead)"
	case s.headDecides:
		h.decides, h.reason = true, "the pack's head was asked for (WithHeadDeciding)"
	case real == nil:
		h.reason = "its file does not say what it does to real photos"
	case real.Low >= -noHarm:
		h.decides, h.reason = true, "it was no worse on real photos: "+real.String()
	default:
		h.reason = "it was worse on real photos: " + real.String()
	}
}

// noHarm is how far the lower end of head.Usage.Real may be below zero, in points.
const noHarm = 0.1

// Look returns everything about faces of a photo that are known already: from another
// detector, or from whoever has drawn the photo. Packs without a detector can do nothing
// else. Each face needs its landmarks, and its box if the pose estimator is a network,
// which looks at the surroundings.
func (r *Recognizer) Look(ctx context.Context, photo image.Image, faces ...face.Face) ([]Result, error) {
	results, err := r.run(func() ([]Result, error) {
		if photo == nil || photo.Bounds().Empty() {
			return nil, face.ErrNoPixels
		}
		photo = face.Prepare(photo)
		return r.look(ctx, places(photo, faces), false)
	})
	if err != nil {
		return nil, fmt.Errorf("fspfm: look: %w", err)
	}
	return results, nil
}
