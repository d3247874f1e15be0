package export

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/gomlx/ml/model"
	"google.golang.org/protobuf/proto"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/head"
)

// Names of inputs and outputs.
const (
	ImageInput        = "image"  // normalized
	PixelsInput       = "pixels" // 0 to 255, with Config.Pixels
	PoseInput         = "pose"
	FeatureOutput     = "feature"
	FrontalizedOutput = "frontalized"
)

// Config says how a file is fed and read. The zero value suits an extractor.
type Config struct {
	// Pixels, if not nil, makes the file normalize its image: its input is then called
	// "pixels", and takes RGB in 0 to 255.
	Pixels *backbone.Pixels
	// Outputs names layers of the network whose values are the file's outputs, in order,
	// under the layers' names: "fc_yaw", "fc_pitch", "fc_roll" and "avgpool" of a
	// HopeNet. Without it there is one output, "feature": the last layer's value.
	Outputs []string
}

// Net returns the ONNX file of a network with its parameters below scope.
func Net(net *backbone.Net, scope *model.Scope, cfg Config) ([]byte, error) {
	b := newBuilder(net.Name)
	outputs := cfg.Outputs
	if len(outputs) == 0 {
		if _, err := b.network(net, scope, cfg, []string{""}); err != nil {
			return nil, fmt.Errorf("export: %s: %w", net.Name, err)
		}
		outputs = []string{FeatureOutput}
	} else if _, err := b.network(net, scope, cfg, outputs); err != nil {
		return nil, fmt.Errorf("export: %s: %w", net.Name, err)
	}
	return b.finish(outputs)
}

// Frontalizer returns the ONNX file of an extractor, with its parameters below scope, and
// of the FSPFM behind it, which must have weights (head.Module.Read, SetParams or
// ReadModule). The error wraps head.ErrNoWeights if it has none. Config.Outputs has no
// meaning here.
func Frontalizer(net *backbone.Net, scope *model.Scope, m *head.Module, cfg Config) ([]byte, error) {
	if len(cfg.Outputs) > 0 {
		return nil, fmt.Errorf("export: %s: the outputs of a frontalizer are %q and %q", net.Name, FeatureOutput, FrontalizedOutput)
	}
	b := newBuilder(net.Name + " + " + m.Name())
	shape, err := b.network(net, scope, cfg, []string{""})
	if err == nil && !slices.Equal(shape, []int{m.FeatureLen()}) {
		err = fmt.Errorf("its value has shape %v, the module takes features of length %d", shape, m.FeatureLen())
	}
	if err == nil {
		err = b.module(m)
	}
	if err != nil {
		return nil, fmt.Errorf("export: %s: %w", net.Name, err)
	}
	return b.finish([]string{FeatureOutput, FrontalizedOutput})
}

// Versions of the format and of its operators.
const (
	irVersion = 7
	opset     = 13
)

// finish declares the outputs and encodes the file.
func (b *builder) finish(outputs []string) ([]byte, error) {
	for _, name := range outputs {
		b.graph.Output = append(b.graph.Output, valueInfo(name, b.shapes[name]...))
	}
	if b.err != nil {
		return nil, fmt.Errorf("export: %s: %w", b.graph.Name, b.err)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(&protos.ModelProto{
		IrVersion:    irVersion,
		ProducerName: "pifr",
		OpsetImport:  []*protos.OperatorSetIdProto{{Version: opset}},
		Graph:        b.graph,
	})
	if err != nil {
		return nil, fmt.Errorf("export: %s: %w", b.graph.Name, err)
	}
	return data, nil
}
