package hopenet

import (
	"context"
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
)

// Config says how a network is fed and read. The zero value is right for HopeNet and most
// networks trained like it.
type Config struct {
	// Yaw, Pitch and Roll name the outputs with the scores. Empty names stand for the
	// file's first three outputs, in this order.
	Yaw, Pitch, Roll string

	// Feature names the pooled feature. Empty, it is the tensor that the layers before
	// the three outputs share.
	Feature string

	// Margins widen the detector's box to what the network looks at. nil stands for a
	// quarter of the box's size on every side, which suits detectors that box the face
	// from forehead to chin, as YuNet does; pose.DetectorMargins is HopeNet's own rule,
	// for dlib's smaller boxes.
	Margins *pose.Margins

	// Centered cuts the central square out of the widened box, as HopeNet's tests do.
	// Otherwise the widened box is stretched to a square.
	Centered bool

	// Black leaves what lies outside of the photo black, as HopeNet's data loaders do.
	// Otherwise the photo's border goes on there.
	Black bool

	// BGR feeds the channels in the order blue, green, red.
	BGR bool

	// Mean and Std are those of the channels, as fed, in 0 to 255; a Std of 0 counts as
	// 1. If both are zero, ImageNet's are taken.
	Mean, Std [3]float32

	// Bins divides the angles; the zero value stands for pose.HopeNetBins.
	Bins pose.Bins

	// NodDeg is what Nod does to the estimates: for networks whose training data have
	// another head look straight ahead than 300W-LP does.
	NodDeg float64
}

// Estimator is a pose.Estimator. It is safe for concurrent use.
type Estimator struct {
	cfg    Config
	runner runner
	size   int // side of the image
	length int // of the feature
}

var _ pose.Estimator = (*Estimator)(nil)

// runner is a network on an engine. It is safe for concurrent use; Close waits for runs
// under way.
type runner interface {
	// run takes one image [3, size, size] to the scores of yaw, pitch and roll, and the
	// pooled feature.
	run(planes []float32) ([4][]float32, error)
	Close()
}

// newEstimator owns the runner, and runs it once.
func newEstimator(r runner, size int, cfg Config) (*Estimator, error) {
	e := &Estimator{cfg: cfg, runner: r, size: size}
	first, err := e.estimate(make([]float32, 3*size*size))
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("hopenet: first run: %w", err)
	}
	e.length = len(first.Feature)
	return e, nil
}

func (c Config) withDefaults() Config {
	if c.Margins == nil {
		c.Margins = &pose.Margins{Left: 0.25, Top: 0.25, Right: 0.25, Bottom: 0.25}
	}
	if c.Mean == ([3]float32{}) && c.Std == ([3]float32{}) {
		c.Mean, c.Std = imaging.ImageNetMean, imaging.ImageNetStd
		if c.BGR {
			slices.Reverse(c.Mean[:])
			slices.Reverse(c.Std[:])
		}
	}
	for i := range c.Std {
		if c.Std[i] == 0 {
			c.Std[i] = 1
		}
	}
	if c.Bins == (pose.Bins{}) {
		c.Bins = pose.HopeNetBins()
	}
	return c
}

// FeatureLen returns the length of the pooled feature.
func (e *Estimator) FeatureLen() int { return e.length }

// Close waits for calls under way and frees the network. Later calls fail.
func (e *Estimator) Close() { e.runner.Close() }

// Estimate looks at the photos around the subjects' boxes; it does not use the landmarks.
// Where the widened box reaches beyond the photo, the photo's border goes on: networks
// take black for a part of the head, and see less of a turn. It fails for a subject
// without a photo, with an empty box, or with a box outside of its photo.
func (e *Estimator) Estimate(ctx context.Context, subjects ...pose.Subject) ([]pose.Estimate, error) {
	out := make([]pose.Estimate, len(subjects))
	for i, s := range subjects {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("hopenet: estimate: %w", err)
		}
		planes, err := e.look(s)
		if err == nil {
			out[i], err = e.estimate(planes)
		}
		if err != nil {
			return nil, fmt.Errorf("hopenet: estimate: subject %d: %w", i, err)
		}
	}
	return out, nil
}

// estimate runs the network on one image [3, size, size].
func (e *Estimator) estimate(planes []float32) (pose.Estimate, error) {
	out, err := e.runner.run(planes)
	if err != nil {
		return pose.Estimate{}, err
	}
	var angles [3]float64
	for i := range angles {
		if angles[i], err = e.cfg.Bins.Decode(out[i]); err != nil {
			return pose.Estimate{}, fmt.Errorf("%w: %w", ErrNotHopeNet, err)
		}
	}
	a := Nod(pose.Angles{Yaw: angles[0], Pitch: angles[1], Roll: angles[2]}, e.cfg.NodDeg)
	return pose.Estimate{Angles: a, Feature: out[3]}, nil
}
