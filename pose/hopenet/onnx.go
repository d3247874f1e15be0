package hopenet

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// ErrNotHopeNet is wrapped by the error of FromONNX for a network that is not of
// HopeNet's kind.
var ErrNotHopeNet = errors.New("not a pose network of HopeNet's kind")

// defaultSize is the side of the image for a file that leaves it open.
const defaultSize = 224

// FromONNX reads a network and makes it ready on an engine, which stays the caller's and
// must outlive the estimator. It runs the network once, on a gray image. The error wraps
// ErrNotHopeNet if the file has not one square image as input, or if no three outputs of
// as many scores as there are bins come out.
func FromONNX(engine compute.Backend, data []byte, cfg Config) (*Estimator, error) {
	m, err := onnxgraph.Load(data)
	if err != nil {
		return nil, fmt.Errorf("hopenet: import: %w", err)
	}
	size, err := sizeOf(m)
	if err != nil {
		return nil, err
	}
	c := cfg.withDefaults()
	if err := c.find(m); err != nil {
		return nil, err
	}
	run, err := m.Runner(engine, c.Yaw, c.Pitch, c.Roll, c.Feature)
	if err != nil {
		return nil, fmt.Errorf("hopenet: %w", err)
	}
	return newEstimator(imported{run, size}, size, c)
}

// imported runs a network from an ONNX file.
type imported struct {
	*onnxgraph.Runner
	size int
}

func (r imported) run(planes []float32) (out [4][]float32, err error) {
	values, err := r.Run(onnxgraph.Tensor{Dims: []int{1, 3, r.size, r.size}, Data: planes})
	if err != nil {
		return out, err
	}
	for i := range out {
		out[i] = values[i].Data
	}
	return out, nil
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

// before returns the tensor that goes into the last layer before an output: a Gemm, or a
// MatMul and an Add.
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
