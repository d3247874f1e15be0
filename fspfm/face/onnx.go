package face

import (
	"errors"
	"fmt"
	"image"
	"slices"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// ErrUnknownNetwork is returned for an ONNX file that is none of the detectors this
// package knows.
var ErrUnknownNetwork = errors.New("face: not a YuNet, SCRFD or RetinaFace network")

// FromONNX reads a detection network and makes it ready on an engine, which stays the
// caller's and has to outlive the Detector. The first look of a size compiles the
// network for it. Which family the network is of its outputs say: YuNet by their
// names, SCRFD and RetinaFace by their number.
func FromONNX(engine compute.Backend, data []byte, o Options) (*Detector, error) {
	model, err := onnxgraph.Load(data)
	if err != nil {
		return nil, fmt.Errorf("face: %w", err)
	}
	build, names, err := recognize(model.Outputs())
	if err != nil {
		return nil, err
	}
	inputs := model.Inputs()
	if len(inputs) != 1 || len(inputs[0].Dims) != 4 {
		return nil, fmt.Errorf("%w: want one input [1, 3, height, width], got %v", ErrUnknownNetwork, inputs)
	}
	// YuNet's file names a size too, but the network is made of nothing that depends on
	// it, and OpenCV does not heed it.
	if h, w := inputs[0].Dims[2], inputs[0].Dims[3]; h > 0 && w > 0 && names == nil {
		o.Input = image.Pt(w, h)
	}
	runner, err := model.Runner(engine, names...)
	if err != nil {
		return nil, fmt.Errorf("face: %w", err)
	}
	d, err := build(closing{runner}, o)
	if err != nil {
		runner.Close()
		return nil, err
	}
	return d, nil
}

// recognize returns the constructor for a network with the given outputs, and the outputs
// to ask for if not all in order.
func recognize(outputs []onnxgraph.Info) (build func(network, Options) (*Detector, error), names []string, err error) {
	have := make([]string, len(outputs))
	for i, o := range outputs {
		have[i] = o.Name
	}
	yunet := yunetOutputs()
	if !slices.ContainsFunc(yunet, func(name string) bool { return !slices.Contains(have, name) }) {
		return newYuNet, yunet, nil
	}
	if levels, _, _ := scrfdForm(len(outputs)); levels > 0 {
		return newSCRFD, nil, nil
	}
	if len(outputs) == 3 {
		return newRetinaFace, nil, nil
	}
	return nil, nil, fmt.Errorf("%w: its outputs are %v", ErrUnknownNetwork, have)
}

// closing makes a runner an io.Closer.
type closing struct{ *onnxgraph.Runner }

func (c closing) Close() error {
	c.Runner.Close()
	return nil
}
