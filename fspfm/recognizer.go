package fspfm

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"sync"

	"github.com/pifr-go/pifr/backbone"
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

	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the recognizer is closed")
)

// Result is what a Recognizer knows about one face of a photo.
type Result struct {
	// Face is where it lies, in pixels of the photo, and the detector's score.
	Face face.Face

	// Pose holds the head's angles, and what the estimator knows beyond them, which is the p of
	// equation 1. They are those in the photo turned by Face.Turned.
	Pose pose.Estimate

	// Feature is what the extractor makes of the aligned face, of unit length: the f of equation 1.
	// It is averaged over the crops that the pack's decision names, or WithCrops. The cosine of two
	// faces is the dot product of their features.
	Feature []float32

	// Frontalized is Feature moved to where that of a frontal photo would lie, of unit length: the
	// f' of equation 1. Compare it with frontalized features only, also of frontal faces; head.Gating
	// says when. It helps as far as the head does: head.Usage.Real says what it did on real photos, and
	// Verify leaves it out of its answer if that was harm. It is nil if the Recognizer has no head.
	Frontalized []float32

	// Doubt says why the landmarks, and with them Feature, may be wrong; empty if nothing speaks
	// against them. Reread is true if the first reading of the landmarks was in doubt and another
	// one took its place.
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
	engineName string
	detector   *face.Detector // nil if the pack has none
	extractor  *backbone.Extractor
	pose       pose.Estimator
	landmarks  *landmark.Refiner // nil if landmarks stay the detector's
	head       *frontalizer      // nil if there is none
	choose     func([]face.Face, image.Rectangle) (face.Face, error)

	decision   decision.Decision
	decides    bool // the decision has thresholds
	overridden bool // they are the caller's, for all features

	// Of the files; empty for what the caller brought.
	detectorSHA256, extractorSHA256, poseSHA256, landmarksSHA256 string

	looks face.Options // of the detector

	mu      sync.RWMutex // held for reading by every call under way
	closed  bool
	closers []func() error // in the order of opening
}

// Pack returns the models at work.
func (r *Recognizer) Pack() *pack.Pack { return r.pack }

// Engine returns the name by which the engine calls itself.
func (r *Recognizer) Engine() string { return r.engineName }

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

// Decision returns how features are made and compared: the pack's, or what the options say.
func (r *Recognizer) Decision() decision.Decision { return r.decision }

// HasThreshold says whether Verify and Compare can answer: whether the pack or an option says from
// which cosine on two faces are one person's.
func (r *Recognizer) HasThreshold() bool { return r.decides }

// HeadDecides says whether frontalized features take part in the answers of Verify and Compare,
// and why, or why not.
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

// Embed returns everything about one face of a photo: the one that WithChoice picks, by
// default a large one near the middle. The error wraps ErrNoFace if there is none.
func (r *Recognizer) Embed(ctx context.Context, photo image.Image) (Result, error) {
	result, _, err := r.EmbedOf(ctx, photo)
	return result, err
}

// EmbedOf is Embed, and says besides of how many faces that were found the one was picked.
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

// located is a face in its photo, which is in the form that needs no conversion.
type located struct {
	photo image.Image
	face  face.Face
}

// detect returns the photo in the form that needs no conversion, and its faces.
func (r *Recognizer) detect(ctx context.Context, photo image.Image) (image.Image, []face.Face, error) {
	if photo == nil || photo.Bounds().Empty() {
		return nil, nil, face.ErrNoPixels
	}
	if r.detector == nil {
		return nil, nil, fmt.Errorf("pack %s: %w", r.pack.Name(), ErrNoDetector)
	}
	photo = face.Prepare(photo)
	found, err := r.detector.Detect(ctx, photo)
	return photo, found, err
}

// embed looks at the chosen face, of that many: the results have length 1.
func (r *Recognizer) embed(ctx context.Context, photo image.Image) (results []Result, faces int, err error) {
	at, faces, err := r.find(ctx, photo)
	if err != nil {
		return nil, faces, err
	}
	results, err = r.look(ctx, []located{at}, true)
	return results, faces, err
}

// find returns the chosen face, of that many.
func (r *Recognizer) find(ctx context.Context, photo image.Image) (at located, faces int, err error) {
	photo, found, err := r.detect(ctx, photo)
	if err != nil {
		return located{}, 0, err
	}
	if len(found) == 0 {
		return located{}, 0, ErrNoFace
	}
	chosen, err := r.choose(found, photo.Bounds())
	return located{photo, chosen}, len(found), err
}

// places are faces of one photo.
func places(photo image.Image, faces []face.Face) []located {
	at := make([]located, len(faces))
	for i, f := range faces {
		at[i] = located{photo, f}
	}
	return at
}

// look estimates the poses of the faces, aligns and embeds them, and frontalizes their features if
// there is a head. Landmarks that the detector has given are refined, and read again if they are in
// doubt all the same.
func (r *Recognizer) look(ctx context.Context, found []located, detected bool) ([]Result, error) {
	poses, err := r.estimate(ctx, found)
	if err != nil {
		return nil, err
	}
	if detected {
		if err := r.refine(ctx, found, poses); err != nil {
			return nil, err
		}
	}
	results := make([]Result, len(found))
	for i, f := range found {
		results[i] = Result{Face: f.face, Pose: poses[i], Doubt: doubtOf(upright(f).face, poses[i], r.poseIsNetwork())}
	}
	if detected {
		if err := r.reconsider(ctx, found, results); err != nil {
			return nil, err
		}
	}
	if err := r.embedAll(ctx, found, results); err != nil {
		return nil, err
	}
	if r.head != nil {
		err = r.head.frontalize(results)
	}
	return results, err
}

// embedAll fills in the features of faces whose poses are known.
func (r *Recognizer) embedAll(ctx context.Context, found []located, results []Result) error {
	side, _ := r.extractor.Size()
	crops := make([]backbone.Crops, len(found))
	for i, f := range found {
		yaw, _, _ := results[i].Pose.Deg()
		var err error
		if crops[i], err = cropsOf(f.photo, f.face, side, r.decision.Of(yaw)); err != nil {
			return fmt.Errorf("face %d of %d: %w", i, len(found), err)
		}
	}
	features, err := r.extractor.ExtractSums(ctx, crops...)
	if err != nil {
		return err
	}
	for i := range results {
		results[i].Feature = features[i]
	}
	return nil
}

// estimate estimates the poses of faces, each in its photo turned upright.
func (r *Recognizer) estimate(ctx context.Context, found []located) ([]pose.Estimate, error) {
	subjects := make([]pose.Subject, len(found))
	for i, f := range found {
		up := upright(f)
		subjects[i] = subject(up.photo, up.face)
	}
	poses, err := r.pose.Estimate(ctx, subjects...)
	if err == nil && len(poses) != len(found) {
		err = fmt.Errorf("the pose estimator gave %d estimates for %d faces", len(poses), len(found))
	}
	return poses, err
}

// upright turns the photo as Face.Turned says.
func upright(f located) located {
	photo, turned := f.face.Upright(f.photo)
	return located{photo, turned}
}

// subject is a face as pose estimators take it. Their coordinates begin at the edge of
// the first pixel, those of landmarks at its centre.
func subject(photo image.Image, f face.Face) pose.Subject {
	s := pose.Subject{
		Photo: photo,
		Box:   pose.Rect{MinX: f.Box.X, MinY: f.Box.Y, MaxX: f.Box.X + f.Box.W, MaxY: f.Box.Y + f.Box.H},
	}
	for i, p := range f.Landmarks {
		s.Landmarks[i] = [2]float64{p[0] + 0.5, p[1] + 0.5}
	}
	return s
}
