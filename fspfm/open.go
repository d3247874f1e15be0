package fspfm

import (
	"context"
	"fmt"
	"image"
	"log/slog"
	"slices"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum" // the default engine
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/landmark"
)

// Open makes a Recognizer: it fetches the pack if need be, opens the engine, and reads
// the networks. Without options it takes pack.Default and the default engine of package
// backend. The context ends a download or an installation; the Recognizer does not keep
// it.
//
// The error wraps ErrOptions, ErrEngine, head.ErrMismatch or one of package pack's, such
// as pack.ErrOffline, where one of these is the reason.
func Open(ctx context.Context, opts ...Option) (*Recognizer, error) {
	s, err := collect(opts)
	if err != nil {
		return nil, fmt.Errorf("fspfm: open: %w", err)
	}
	r := &Recognizer{choose: s.choose, maxFaces: s.maxFaces}
	if err := r.open(ctx, s); err != nil {
		_ = r.Close() // the first error counts
		return nil, fmt.Errorf("fspfm: open: %w", err)
	}
	return r, nil
}

func (r *Recognizer) open(ctx context.Context, s settings) (err error) {
	if r.pack, err = s.models(ctx); err != nil {
		return err
	}
	eng, err := r.openEngine(ctx, s)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEngine, err)
	}
	r.oneAtATime = backend.TraitsOf(eng).OneAtATime
	if err := r.openDetector(eng, s.detector); err != nil {
		return err
	}
	if err := r.openExtractor(eng); err != nil {
		return err
	}
	if err := r.decide(s); err != nil {
		return err
	}
	if err := r.openPose(eng, s.pose); err != nil {
		return err
	}
	if err := r.openLandmarks(ctx, eng, s); err != nil {
		return err
	}
	return r.openHead(ctx, s)
}

// openEngine takes the caller's engine, or opens the one that is named or is backend's
// default.
func (r *Recognizer) openEngine(ctx context.Context, s settings) (compute.Backend, error) {
	if s.engine != nil {
		r.engine = backend.Choice{Name: s.engine.Name(), Reason: "it was given (WithEngine)"}
		return s.engine, nil
	}
	r.engine = backend.Choice{Name: s.engineName, Reason: "it was named (WithEngineName)"}
	if s.engineName == "" {
		r.engine = backend.Default()
		level := slog.LevelDebug
		if r.engine.Measured {
			level = slog.LevelInfo
		}
		slog.Log(ctx, level, "fspfm: engine", "name", r.engine.Name, "because", r.engine.Reason)
	}
	eng, err := backend.OpenContext(ctx, r.engine.Name)
	if err != nil {
		return nil, err
	}
	r.closers = append(r.closers, func() error { backend.Close(eng); return nil })
	r.engine.Name = eng.Name()
	return eng, nil
}

// models returns the pack that the options ask for.
func (s settings) models(ctx context.Context) (*pack.Pack, error) {
	switch {
	case s.pack != nil:
		return s.pack, nil
	case s.packDir != "":
		return pack.FromDir(s.packDir)
	}
	return pack.Fetch(ctx, s.packName, s.fetch...)
}

// file reads the model of a role.
func (r *Recognizer) file(role pack.Role) (*models.File, error) { return models.Of(r.pack, role) }

func (r *Recognizer) openDetector(eng compute.Backend, o face.Options) error {
	if !r.has(pack.Detector) {
		return nil
	}
	file, err := r.file(pack.Detector)
	if err != nil {
		return err
	}
	if r.detector, err = file.Detector(eng, o); err != nil {
		return err
	}
	if o.Input == (image.Point{}) {
		o.Input = file.Size()
	}
	r.detectorSHA256, r.looks = file.SHA256, o
	r.closers = append(r.closers, r.detector.Close)
	return nil
}

func (r *Recognizer) openExtractor(eng compute.Backend) error {
	file, err := r.file(pack.Recognizer)
	if err != nil {
		return err
	}
	if r.extractor, err = file.Extractor(eng, backbone.ExtractorConfig{}); err != nil {
		return err
	}
	r.extractorSHA256 = file.SHA256
	r.closers = append(r.closers, func() error { r.extractor.Close(); return nil })
	if height, width := r.extractor.Size(); height != width {
		return fmt.Errorf("%s: %w: aligned faces are square, and it wants %dx%d", file.Where, backbone.ErrNotExtractor, width, height)
	} else if _, err := face.Template(width); err != nil {
		return fmt.Errorf("%s: %w", file.Where, err)
	}
	return nil
}

// decide takes the caller's decision, or the pack's, or that of a built-in pack with the
// same recognizer, or else the publisher's threshold for one crop.
func (r *Recognizer) decide(s settings) error {
	entry, err := r.pack.Entry(pack.Recognizer)
	if err != nil {
		return err
	}
	known := entry.Decision
	if known == nil {
		known = pack.DecisionFor(r.extractorSHA256)
	}
	switch {
	case s.decision != nil:
		r.decision, r.decides = *s.decision, true
	case known != nil:
		r.decision, r.decides = *known, true
	default:
		r.decision, r.decides = decision.Decision{TurnedDeg: decision.DefaultTurnedDeg}.Everywhere(entry.Threshold), entry.Threshold != 0
	}
	if s.threshold != nil {
		r.decision, r.decides, r.overridden = r.decision.Everywhere(*s.threshold), true, true
	}
	if s.crops != "" {
		r.decision.Crops = s.crops
	}
	return nil
}

// openPose takes the estimator of the caller's, or the pack's network, or the one that
// needs none.
func (r *Recognizer) openPose(eng compute.Backend, given pose.Estimator) error {
	switch {
	case given != nil:
		r.pose = given
		return nil
	case !r.has(pack.Pose):
		r.pose = pose.PnP{}
		return nil
	}
	file, err := r.file(pack.Pose)
	if err != nil {
		return err
	}
	network, err := file.PoseNet(eng, hopenet.Config{})
	if err != nil {
		return err
	}
	r.pose, r.poseSHA256 = network, file.SHA256
	r.closers = append(r.closers, func() error { network.Close(); return nil })
	return nil
}

// openLandmarks opens the pack's landmark networks, unless the detector's landmarks are
// wanted: on gonum, if the engine is slow at networks that small.
func (r *Recognizer) openLandmarks(ctx context.Context, eng compute.Backend, s settings) error {
	if s.detectorLandmarks || !r.has(pack.Landmarks) && !r.has(pack.Reader) {
		return nil
	}
	if backend.TraitsOf(eng).SlowStart {
		gonum, err := backend.OpenContext(ctx, "gonum")
		if err != nil {
			return fmt.Errorf("%w: %w", ErrEngine, err)
		}
		r.closers = append(r.closers, func() error { backend.Close(gonum); return nil })
		eng = gonum
	}
	if r.has(pack.Landmarks) {
		file, err := r.file(pack.Landmarks)
		if err != nil {
			return err
		}
		if r.landmarks, err = file.Landmarks(eng, landmark.Config{}); err != nil {
			return err
		}
		r.landmarksSHA256 = file.SHA256
		r.closers = append(r.closers, func() error { r.landmarks.Close(); return nil })
	}
	if s.carefulLandmarks || !r.has(pack.Reader) {
		return nil
	}
	file, err := r.file(pack.Reader)
	if err != nil {
		return err
	}
	if r.reader, err = file.Reader(eng); err != nil {
		return err
	}
	r.readerSHA256 = file.SHA256
	r.closers = append(r.closers, func() error { r.reader.Close(); return nil })
	return nil
}

func (r *Recognizer) has(role pack.Role) bool {
	_, err := r.pack.Entry(role)
	return err == nil
}

// openHead takes the caller's head, or the pack's, and holds it against what it stands
// behind.
func (r *Recognizer) openHead(ctx context.Context, s settings) error {
	switch {
	case s.withoutHead:
		return nil
	case s.head != nil:
		usage, err := head.ParseUsage(s.headAbout)
		if err != nil {
			return err
		}
		return r.setHead(&frontalizer{module: s.head, usage: usage}, "the caller's head", s)
	case s.headFile != "":
		file, err := models.Find(ctx, pack.Head, s.headFile, s.fetch...)
		if err != nil {
			return err
		}
		module, usage, err := file.Head()
		if err != nil {
			return err
		}
		return r.setHead(&frontalizer{module: module, usage: usage}, file.Where, s)
	case !r.has(pack.Head):
		return nil
	}
	return r.openPackHead(s)
}

// openPackHead takes the pack's head.
func (r *Recognizer) openPackHead(s settings) error {
	file, err := r.file(pack.Head)
	if err != nil {
		return err
	}
	module, usage, err := file.Head()
	if err != nil {
		return err
	}
	if module.PoseInput() == head.PoseFeature {
		if s.pose != nil {
			return nil // see WithPose
		}
		if usage.PoseSHA256 == "" && r.has(pack.Pose) {
			return fmt.Errorf("%s: %w: it takes a pose network's feature, and does not say whose (pose_sha256)", file.Where, head.ErrMismatch)
		}
	}
	return r.setHead(&frontalizer{module: module, usage: usage}, file.Where, s)
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

// judge says whether the head takes part in the answer: if the caller wants it to, if it
// did no harm to real photos, or, for a head of the caller's that says what it did, if it
// was better.
func (h *frontalizer) judge(s settings) {
	switch real := h.usage.Real; {
	case s.headDecides:
		h.decides, h.reason = true, "the head was asked for (WithHeadDeciding)"
	case s.ownHead() && real == nil:
		h.decides, h.reason = true, "the caller's head was asked for (WithHead)"
	case s.ownHead() && real.Low > 0:
		h.decides, h.reason = true, "it was better on photos: "+real.String()
	case s.ownHead():
		h.reason = "it was not better on photos: " + real.String()
	case real == nil:
		h.reason = "its file does not say what it does to real photos"
	case real.Low >= -noHarm:
		h.decides, h.reason = true, "it was no worse on real photos: "+real.String()
	case real.High >= 0:
		h.reason = "it may be worse on real photos: " + real.String()
	default:
		h.reason = "it was worse on real photos: " + real.String()
	}
}

// noHarm is how far the lower end of head.Usage.Real may be below zero, in points.
const noHarm = 0.1
