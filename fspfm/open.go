package fspfm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/internal/engine"
	"github.com/pifr-go/pifr/internal/recogniser"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/landmark"
)

// Open makes a Recognizer: it fetches the pack if need be, opens the engine, and reads
// the networks. Without options it takes pack.Default and the default engine of package
// backend. The context ends a download or an installation; the Recognizer does not keep
// it.
//
// The error wraps ErrOptions, ErrEngine, head.ErrMismatch or one of package pack's, such as
// pack.ErrOffline, where one of these is the reason.
func Open(ctx context.Context, opts ...Option) (*Recognizer, error) {
	s, err := collect(opts)
	if err != nil {
		return nil, fmt.Errorf("fspfm: open: %w", err)
	}
	r := &Recognizer{choose: s.choose}
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
	eng := s.engine
	if eng == nil {
		if eng, err = engine.Open(ctx, s.engineName); err != nil {
			return fmt.Errorf("%w: %w", ErrEngine, err)
		}
		r.closers = append(r.closers, func() error { eng.Finalize(); return nil })
	}
	r.engineName = eng.Name()
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
	if err := r.openLandmarks(eng, s); err != nil {
		return err
	}
	return r.openHead(s)
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

func (r *Recognizer) openDetector(eng compute.Backend, o face.Options) error {
	if !r.has(pack.Detector) {
		return nil
	}
	entry, data, err := r.read(pack.Detector)
	if err != nil {
		return err
	}
	if want, ok := fedAs[entry.Kind]; ok && filled(entry.Input) != want {
		return fmt.Errorf("%s: %w: detectors are fed as published, and the pack asks for %+v", entry.Where(), pack.ErrManifest, entry.Input)
	}
	if o.Input == (image.Point{}) {
		o.Input = image.Pt(entry.Input.Width, entry.Input.Height)
	}
	if r.detector, err = face.FromONNX(eng, data, o); err != nil {
		return fmt.Errorf("%s: %w", entry.Where(), err)
	}
	r.detectorSHA256, r.looks = hash(data), o
	r.closers = append(r.closers, r.detector.Close)
	return nil
}

// fedAs says how package face feeds the families of detectors.
var fedAs = map[pack.Kind]pack.Input{
	pack.YuNet:      {BGR: true, Std: [3]float32{1, 1, 1}},
	pack.SCRFD:      {Mean: [3]float32{127.5, 127.5, 127.5}, Std: [3]float32{128, 128, 128}},
	pack.RetinaFace: {BGR: true, Mean: [3]float32{104, 117, 123}, Std: [3]float32{1, 1, 1}},
}

// filled is the input without its size, and with the deviations that 0 stands for.
func filled(in pack.Input) pack.Input {
	in.Width, in.Height = 0, 0
	for c, std := range in.Std {
		if std == 0 {
			in.Std[c] = 1
		}
	}
	return in
}

func (r *Recognizer) openExtractor(eng compute.Backend) error {
	entry, data, err := r.read(pack.Recognizer)
	if err != nil {
		return err
	}
	cfg := backbone.ExtractorConfig{Pixels: recogniser.Pixels(entry.Input)}
	if r.extractor, err = recogniser.Open(eng, entry.Kind, data, cfg); err != nil {
		return fmt.Errorf("%s: %w", entry.Where(), err)
	}
	r.extractorSHA256 = hash(data)
	r.closers = append(r.closers, func() error { r.extractor.Close(); return nil })
	if height, width := r.extractor.Size(); height != width {
		return fmt.Errorf("%s: %w: aligned faces are square, and it wants %dx%d", entry.Where(), backbone.ErrNotExtractor, width, height)
	} else if _, err := face.Template(width); err != nil {
		return fmt.Errorf("%s: %w", entry.Where(), err)
	}
	return nil
}

// decide takes the caller's decision, or the pack's, or that of a built-in pack with the same
// recogniser, or else the publisher's threshold for one crop.
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

// hash returns the SHA-256 of a file.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// openPose takes the estimator of the caller's, or the pack's network, or the one that needs none.
func (r *Recognizer) openPose(eng compute.Backend, given pose.Estimator) error {
	switch {
	case given != nil:
		r.pose = given
		return nil
	case !r.has(pack.Pose):
		r.pose = pose.PnP{}
		return nil
	}
	entry, data, err := r.read(pack.Pose)
	if err != nil {
		return err
	}
	in := filled(entry.Input) // all zero means ImageNet's to package hopenet, and nothing to a pack
	cfg := hopenet.Config{BGR: in.BGR, Mean: in.Mean, Std: in.Std}
	var network *hopenet.Estimator
	if entry.Kind == pack.HopeNetLight {
		network, err = lightHopeNet(eng, data, cfg)
	} else {
		network, err = hopenet.FromONNX(eng, data, cfg)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", entry.Where(), err)
	}
	r.pose, r.poseSHA256 = network, hash(data)
	r.closers = append(r.closers, func() error { network.Close(); return nil })
	return nil
}

// openLandmarks opens the pack's landmark network, unless the detector's landmarks are wanted.
func (r *Recognizer) openLandmarks(eng compute.Backend, s settings) error {
	if s.detectorLandmarks || !r.has(pack.Landmarks) {
		return nil
	}
	entry, data, err := r.read(pack.Landmarks)
	if err != nil {
		return err
	}
	if r.landmarks, err = landmark.Open(eng, data, landmark.Config{}); err != nil {
		return fmt.Errorf("%s: %w", entry.Where(), err)
	}
	r.landmarksSHA256 = hash(data)
	r.closers = append(r.closers, func() error { r.landmarks.Close(); return nil })
	return nil
}

func lightHopeNet(eng compute.Backend, data []byte, cfg hopenet.Config) (*hopenet.Estimator, error) {
	net, err := hopenet.Light()
	if err != nil {
		return nil, err
	}
	scope, free, err := recogniser.Weights(net.Net, data)
	if err != nil {
		return nil, err
	}
	defer free()
	return hopenet.New(eng, net, scope, cfg)
}

func (r *Recognizer) has(role pack.Role) bool {
	_, err := r.pack.Entry(role)
	return err == nil
}

// read returns the model of a role and its file.
func (r *Recognizer) read(role pack.Role) (pack.Entry, []byte, error) {
	entry, err := r.pack.Entry(role)
	if err != nil {
		return entry, nil, err
	}
	data, err := r.pack.Read(role)
	return entry, data, err
}
