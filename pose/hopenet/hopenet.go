package hopenet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/internal/onnxgraph"
	"github.com/pifr-go/pifr/pose"
)

// ErrNotHopeNet is wrapped by the error of FromONNX for a network that is not of HopeNet's kind.
var ErrNotHopeNet = errors.New("not a pose network of HopeNet's kind")

// Config says how a network is fed and read. The zero value is right for HopeNet and most networks trained like it.
type Config struct {
	// Yaw, Pitch and Roll name the outputs with the scores. Empty names stand for the file's first three outputs, in this order.
	Yaw, Pitch, Roll string

	// Feature names the pooled feature. Empty, it is the tensor that the layers before the three outputs share.
	Feature string

	// Margins widen the detector's box to what the network looks at. nil stands for a quarter of the box's size on every
	// side, which suits detectors that box the face from forehead to chin, as YuNet does; pose.DetectorMargins is HopeNet's
	// own rule, for dlib's smaller boxes.
	Margins *pose.Margins

	// Centred cuts the central square out of the widened box, as HopeNet's tests do. Otherwise the widened box is stretched
	// to a square.
	Centred bool

	// BGR feeds the channels in the order blue, green, red.
	BGR bool

	// Mean and Std are those of the channels, as fed, in 0 to 255; a Std of 0 counts as 1. If both are zero, ImageNet's are
	// taken.
	Mean, Std [3]float32

	// Bins divides the angles; the zero value stands for pose.HopeNetBins.
	Bins pose.Bins
}

// Estimator is a pose.Estimator. It is safe for concurrent use.
type Estimator struct {
	cfg    Config
	runner *onnxgraph.Runner
	size   int // side of the image
	length int // of the feature
}

var _ pose.Estimator = (*Estimator)(nil)

// defaultSize is the side of the image for a file that leaves it open.
const defaultSize = 224

// FromONNX reads a network and makes it ready on an engine, which stays the caller's and must outlive the estimator. It runs
// the network once, on a grey image. The error wraps ErrNotHopeNet if the file has not one square image as input, or if no
// three outputs of as many scores as there are bins come out.
func FromONNX(engine compute.Backend, data []byte, cfg Config) (*Estimator, error) {
	m, err := onnxgraph.Load(data)
	if err != nil {
		return nil, fmt.Errorf("hopenet: import: %w", err)
	}
	e := &Estimator{cfg: cfg.withDefaults()}
	if e.size, err = sizeOf(m); err != nil {
		return nil, err
	}
	if err := e.cfg.find(m); err != nil {
		return nil, err
	}
	c := e.cfg
	if e.runner, err = m.Runner(engine, c.Yaw, c.Pitch, c.Roll, c.Feature); err != nil {
		return nil, fmt.Errorf("hopenet: %w", err)
	}
	first, err := e.estimate(make([]float32, 3*e.size*e.size))
	if err != nil {
		e.runner.Close()
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
		c.Mean, c.Std = [3]float32{123.675, 116.28, 103.53}, [3]float32{58.395, 57.12, 57.375}
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

// sizeOf returns the side of the image that the network takes.
func sizeOf(m *onnxgraph.Model) (int, error) {
	inputs := m.Inputs()
	if len(inputs) != 1 || len(inputs[0].Dims) != 4 || inputs[0].Dims[1] > 0 && inputs[0].Dims[1] != 3 {
		return 0, fmt.Errorf("hopenet: import: %w: want one input [batch, 3, size, size], the file has %v", ErrNotHopeNet, inputs)
	}
	height, width := inputs[0].Dims[2], inputs[0].Dims[3]
	switch {
	case height < 0 && width < 0:
		return defaultSize, nil
	case height < 0 || width < 0:
		return max(height, width), nil
	case height != width:
		return 0, fmt.Errorf("hopenet: import: %w: the image is %dx%d, not square", ErrNotHopeNet, width, height)
	}
	return height, nil
}

// find fills in the names of the outputs that are not given.
func (c *Config) find(m *onnxgraph.Model) error {
	outputs := m.Outputs()
	for i, name := range []*string{&c.Yaw, &c.Pitch, &c.Roll} {
		if *name != "" {
			continue
		}
		if i >= len(outputs) {
			return fmt.Errorf("hopenet: import: %w: want three outputs, the file has %d", ErrNotHopeNet, len(outputs))
		}
		*name = outputs[i].Name
	}
	if c.Feature != "" {
		return nil
	}
	for _, name := range []string{c.Yaw, c.Pitch, c.Roll} {
		shared, ok := before(m, name)
		if !ok || c.Feature != "" && c.Feature != shared {
			return fmt.Errorf("hopenet: import: %w: the outputs %q do not share a pooled feature: name it", ErrNotHopeNet, []string{c.Yaw, c.Pitch, c.Roll})
		}
		c.Feature = shared
	}
	return nil
}

// before returns the tensor that goes into the last layer before an output: a Gemm, or a MatMul and an Add.
func before(m *onnxgraph.Model, output string) (string, bool) {
	op, inputs, ok := m.Source(output)
	if ok && op == "Add" && len(inputs) == 1 {
		op, inputs, ok = m.Source(inputs[0])
	}
	if !ok || len(inputs) != 1 || !slices.Contains([]string{"Gemm", "MatMul"}, op) {
		return "", false
	}
	return inputs[0], true
}

// FeatureLen returns the length of the pooled feature.
func (e *Estimator) FeatureLen() int { return e.length }

// Close waits for calls under way and frees the network. Later calls fail.
func (e *Estimator) Close() { e.runner.Close() }

// Estimate looks at the photos around the subjects' boxes; it does not use the landmarks. The part of the widened box that
// lies outside of the photo is black to the network. It fails for a subject without a photo, with an empty box, or with a box
// outside of its photo.
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
	out, err := e.runner.Run(onnxgraph.Tensor{Dims: []int{1, 3, e.size, e.size}, Data: planes})
	if err != nil {
		return pose.Estimate{}, err
	}
	var angles [3]float64
	for i := range angles {
		if angles[i], err = e.cfg.Bins.Decode(out[i].Data); err != nil {
			return pose.Estimate{}, fmt.Errorf("%w: %w", ErrNotHopeNet, err)
		}
	}
	return pose.Estimate{
		Angles:  pose.Angles{Yaw: angles[0], Pitch: angles[1], Roll: angles[2]},
		Feature: out[3].Data,
	}, nil
}
