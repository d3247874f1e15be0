package fspfm

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"sync"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
)

// Errors that callers may test for.
var (
	// ErrNoFace means that the detector found no face in a photo.
	ErrNoFace = face.ErrNoFace

	// ErrEngine means that the engine could not be opened; if the program does not link
	// it, the error names the import that does.
	ErrEngine = errors.New("no engine to compute on")

	// ErrOptions is for options that exclude each other or are out of range.
	ErrOptions = errors.New("invalid options")

	// ErrNoThreshold means that Verify has nothing to compare the cosine with: the pack
	// states no threshold.
	ErrNoThreshold = errors.New("the pack states no threshold: use WithThreshold")

	// ErrNoDetector means that the pack has no model that finds faces. Look works on
	// faces whose landmarks are known.
	ErrNoDetector = errors.New("the pack has no detector: faces have to be given, to Look")

	// ErrManyFaces means that a photo has more faces than WithMaxFaces allows.
	ErrManyFaces = errors.New("more faces in the photo than are allowed")

	// ErrNoHead means that nothing stands behind the extractor that could frontalize its
	// features.
	ErrNoHead = errors.New("no head to frontalize with")

	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the recognizer is closed")
)

// Result is what a Recognizer knows about one face of a photo.
type Result struct {
	// Face is where it lies, in pixels of the photo, and the detector's score.
	Face face.Face

	// Pose holds the head's angles, and what the estimator knows beyond them, which is
	// the p of equation 1. They are those in the photo turned by Face.Turned.
	Pose pose.Estimate

	// Feature is what the extractor makes of the aligned face, of unit length: the f of
	// equation 1. It is averaged over the crops that the pack's decision names, or
	// WithCrops. The cosine of two faces is the dot product of their features.
	Feature []float32

	// Frontalized is Feature moved to where that of a frontal photo would lie, of unit
	// length: the f' of equation 1. Compare it with frontalized features only, also of
	// frontal faces; head.Gating says when. It helps as far as the head does:
	// head.Usage.Real says what it did on real photos, and Verify leaves it out of its
	// answer if that was harm. It is nil if the Recognizer has no head.
	Frontalized []float32

	// Doubt says why the landmarks, and with them Feature, may be wrong; empty if nothing
	// speaks against them. Reread is true if the first reading of the landmarks was in
	// doubt and another one took its place.
	Doubt  Doubt
	Reread bool
}

// Recognizer finds faces in photos, embeds them, estimates their poses, and frontalizes
// their features. It is safe for concurrent use; what it returns does not depend on what
// else it is doing. Networks are compiled once per size of input.
//
// Photos are taken as they are: face.ReadFile and face.Decode turn those of cameras
// upright, and give the form that is converted nowhere again.
type Recognizer struct {
	pack       *pack.Pack
	engine     backend.Choice
	oneAtATime bool           // the engine's trait
	detector   *face.Detector // nil if the pack has none
	extractor  *backbone.Extractor
	pose       pose.Estimator
	landmarks  *landmark.Refiner // nil if landmarks stay the detector's
	reader     *landmark.Reader  // nil if every turned face is read in several looks
	head       *frontalizer      // nil if there is none
	choose     func([]face.Face, image.Rectangle) (face.Face, error)
	maxFaces   int // 0 is no limit

	decision   decision.Decision
	decides    bool // the decision has thresholds
	overridden bool // they are the caller's, for all features

	// Of the files; empty for what the caller brought.
	detectorSHA256, extractorSHA256, poseSHA256, landmarksSHA256, readerSHA256 string

	looks face.Options // of the detector

	mu      sync.RWMutex // held for reading by every call under way
	closed  bool
	closers []func() error // in the order of opening
}

// Pack returns the models at work.
func (r *Recognizer) Pack() *pack.Pack { return r.pack }

// Engine returns the name by which the engine calls itself.
func (r *Recognizer) Engine() string { return r.engine.Name }

// EngineChoice returns that name and why it is this engine: it was given or named, or
// backend.Default chose it.
func (r *Recognizer) EngineChoice() backend.Choice { return r.engine }

// FeatureLen returns the length d of the features.
func (r *Recognizer) FeatureLen() int { return r.extractor.Len() }

// PoseLen returns the length of the pose estimates' own features.
func (r *Recognizer) PoseLen() int { return r.pose.FeatureLen() }

// Head returns what frontalizes the features, and how it is used; nil if nothing does.
func (r *Recognizer) Head() (*head.Module, head.Usage) {
	if r.head == nil {
		return nil, head.Usage{}
	}
	u := r.head.usage
	u.ExtractorSHA256, u.Thresholds = slices.Clone(u.ExtractorSHA256), slices.Clone(u.Thresholds)
	return r.head.module, u
}

// Networks is what the file of a head says of the networks that it was trained with, if
// these are the Recognizer's: their hashes, without which nothing keeps it from being put
// behind others. That of a pose estimator of the caller's is not known.
func (r *Recognizer) Networks() head.Usage {
	return head.Usage{ExtractorSHA256: []string{r.extractorSHA256}, PoseSHA256: r.poseSHA256}
}

// Decision returns how features are made and compared: the pack's, or what the options
// say.
func (r *Recognizer) Decision() decision.Decision { return r.decision }

// HasThreshold says whether Verify and Compare can answer: whether the pack or an option
// says from which cosine on two faces are one person's.
func (r *Recognizer) HasThreshold() bool { return r.decides }

// HeadDecides says whether frontalized features take part in the answers of Verify and
// Compare, and why, or why not.
func (r *Recognizer) HeadDecides() (bool, string) {
	if r.head == nil {
		return false, "there is no head"
	}
	return r.head.decides, r.head.reason
}

// Faces returns everything about all faces of a photo, those that the detector is surest
// of first; none is no error. The context is looked at between the networks' runs.
func (r *Recognizer) Faces(ctx context.Context, photo image.Image) ([]Result, error) {
	results, err := r.run(func() ([]Result, error) {
		photo, found, err := r.detect(ctx, photo)
		if err != nil {
			return nil, err
		}
		at := places(photo, found)
		return r.look(ctx, at, true)
	})
	if err != nil {
		return nil, fmt.Errorf("fspfm: faces: %w", err)
	}
	return results, nil
}

// Locate is Faces without features: boxes, landmarks, poses and doubts of all faces of a
// photo. It runs neither the extractor nor the head.
func (r *Recognizer) Locate(ctx context.Context, photo image.Image) ([]Result, error) {
	results, err := r.run(func() ([]Result, error) {
		photo, found, err := r.detect(ctx, photo)
		if err != nil {
			return nil, err
		}
		return r.judge(ctx, places(photo, found), true)
	})
	if err != nil {
		return nil, fmt.Errorf("fspfm: locate: %w", err)
	}
	return results, nil
}

// Embed returns everything about one face of a photo: the one that WithChoice picks, by
// default a large one near the middle. The error wraps ErrNoFace if there is none.
func (r *Recognizer) Embed(ctx context.Context, photo image.Image) (Result, error) {
	result, _, err := r.EmbedOf(ctx, photo)
	return result, err
}

// EmbedOf is Embed, and says besides of how many faces that were found the one was
// picked.
func (r *Recognizer) EmbedOf(ctx context.Context, photo image.Image) (result Result, faces int, err error) {
	results, err := r.run(func() (results []Result, err error) {
		results, faces, err = r.embed(ctx, photo)
		return results, err
	})
	if err != nil {
		return Result{}, faces, fmt.Errorf("fspfm: embed: %w", err)
	}
	return results[0], faces, nil
}

// Look returns everything about faces of a photo that are known already: from another
// detector, or from the program that has drawn the photo. Packs without a detector can do nothing
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
	if err := r.needHead(); err != nil {
		return nil, fmt.Errorf("fspfm: frontalize: %w", err)
	}
	var failed []error
	results := make([]Result, len(photos))
	read := func(i int) (image.Image, error) { return photos[i], nil }
	for i, one := range r.many(ctx, len(photos), read, r.chosen) {
		var photo *PhotoError
		switch {
		case one.err == nil:
			results[i] = one.results[0]
		case errors.As(one.err, &photo):
			failed = append(failed, one.err)
		default:
			return nil, fmt.Errorf("fspfm: frontalize: %w", one.err)
		}
	}
	return results, errors.Join(failed...)
}

// Verify embeds one face of each photo, as Embed does, and compares them. Whether a
// threshold suits a use is for its owner to measure: examples/evaluate does so on a
// folder of photos.
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

// Compare says whether two results of this Recognizer, or of one with the same models,
// show the same person. The error wraps ErrNoThreshold as that of Verify does.
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

// Close waits for calls under way and frees the networks, and the engine unless it is the
// caller's. Later calls fail with ErrClosed; closing again does nothing.
func (r *Recognizer) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	var errs []error
	for _, closer := range slices.Backward(r.closers) {
		errs = append(errs, closer())
	}
	r.closers = nil
	return errors.Join(errs...)
}

// run keeps Close waiting for f.
func (r *Recognizer) run(f func() ([]Result, error)) ([]Result, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return nil, ErrClosed
	}
	return f()
}
