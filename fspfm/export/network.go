package export

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
)

// network adds a network without its batch normalization. outputs are the layers whose
// values leave the file; "" stands for the last, which is then called "feature". It
// returns the last layer's shape.
func (b *builder) network(net *backbone.Net, scope *model.Scope, cfg Config, outputs []string) ([]int, error) {
	store := model.NewStore()
	defer store.Finalize()
	folded, err := net.Fold(scope, store.RootScope())
	if err != nil {
		return nil, err
	}
	shapes, err := folded.Shapes()
	if err != nil {
		return nil, err
	}
	n := &netWriter{builder: b, net: folded, shapes: shapes, weights: map[string][]float32{}, names: make([]string, len(folded.Layers))}
	if err := n.read(store.RootScope()); err != nil {
		return nil, err
	}
	n.image = b.image(net, cfg)
	last := len(folded.Layers) - 1
	for i, l := range folded.Layers {
		name := l.Name
		if i == last && slices.Contains(outputs, "") {
			name = FeatureOutput
		}
		if n.names[i], err = n.layer(i, name); err != nil {
			return nil, fmt.Errorf("layer %s: %w", l.Name, err)
		}
		b.shapes[name] = shapes[i]
	}
	for _, name := range outputs {
		if name != "" && b.shapes[name] == nil {
			return nil, fmt.Errorf("no layer %q without batch normalization", name)
		}
	}
	return shapes[last], nil
}

// image declares the network's input, and normalizes it if need be.
func (b *builder) image(net *backbone.Net, cfg Config) string {
	if cfg.Pixels == nil {
		return b.input(ImageInput, net.Channels, net.Height, net.Width)
	}
	x := b.input(PixelsInput, net.Channels, net.Height, net.Width)
	if cfg.Pixels.BGR {
		x = b.node("Gather", "input/bgr", []string{x, b.integers("input/order", 2, 1, 0)}, integer("axis", 1))
	}
	std := cfg.Pixels.Std
	for c := range std {
		if std[c] == 0 {
			std[c] = 1
		}
	}
	x = b.node("Sub", "input/centred", []string{x, b.weight("input/mean", cfg.Pixels.Mean[:], 1, 3, 1, 1)})
	return b.node("Div", "input/normalised", []string{x, b.weight("input/std", std[:], 1, 3, 1, 1)})
}

// netWriter writes the layers of a folded network.
type netWriter struct {
	*builder
	net     *backbone.Net
	shapes  [][]int
	weights map[string][]float32
	image   string
	names   []string // of the layers' values
}

// read takes the parameters out of their variables, in the layouts that ONNX shares with
// PyTorch.
func (n *netWriter) read(scope *model.Scope) error {
	params, err := n.net.Params()
	if err != nil {
		return err
	}
	tensors, err := weights.Save(scope, n.net, weights.Torch())
	if err != nil {
		return err
	}
	for i, p := range params {
		if n.weights[p.Path], err = float32s(tensors[i]); err != nil {
			return err
		}
	}
	return nil
}

func float32s(t weights.Tensor) ([]float32, error) {
	wide, err := t.Float64s()
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(wide))
	for i, v := range wide {
		values[i] = float32(v)
	}
	return values, nil
}

// value is what a layer takes from another.
func (n *netWriter) value(from int) string {
	if from == backbone.Input {
		return n.image
	}
	return n.names[from]
}

// param adds a layer's parameter.
func (n *netWriter) param(l backbone.Layer, name string, dims ...int) string {
	return n.weight(l.Name+"/"+name, n.weights[l.Name+"/"+name], dims...)
}

// perChannel adds a parameter with one value per channel, ready to be broadcast over an
// image with the channels first, or a vector.
func (n *netWriter) perChannel(i int, name string) string {
	s := n.shapes[i]
	if len(s) == 3 {
		return n.param(n.net.Layers[i], name, s[2], 1, 1)
	}
	return n.param(n.net.Layers[i], name, s[0])
}

// layer adds layer i, whose value gets the name.
func (n *netWriter) layer(i int, name string) (string, error) {
	l := n.net.Layers[i]
	x := n.value(l.From)
	switch l.Kind {
	case backbone.Conv:
		return n.conv(i, name, x), nil
	case backbone.Affine:
		scaled := n.node("Mul", name+"/scaled", []string{x, n.perChannel(i, "weight")})
		return n.node("Add", name, []string{scaled, n.perChannel(i, "bias")}), nil
	case backbone.PReLU:
		return n.node("PRelu", name, []string{x, n.perChannel(i, "weight")}), nil
	case backbone.ReLU:
		return n.node("Relu", name, []string{x}), nil
	case backbone.Add:
		return n.node("Add", name, []string{x, n.value(l.With)}), nil
	case backbone.MaxPool:
		return n.node("MaxPool", name, []string{x}, intList("kernel_shape", l.Kernel, l.Kernel), intList("strides", l.Stride, l.Stride),
			intList("pads", l.Pad, l.Pad, l.Pad, l.Pad)), nil
	case backbone.GlobalAvgPool:
		mean := n.node("GlobalAveragePool", name+"/mean", []string{x})
		return n.node("Flatten", name, []string{mean}, integer("axis", 1)), nil
	case backbone.Flatten: // of channels first: the order that this module flattens in as well
		return n.node("Flatten", name, []string{x}, integer("axis", 1)), nil
	case backbone.Linear:
		inputs := []string{x, n.param(l, "weight", l.Out, len(n.weights[l.Name+"/weight"])/l.Out)}
		if l.Bias {
			inputs = append(inputs, n.param(l, "bias", l.Out))
		}
		return n.node("Gemm", name, inputs, integer("transB", 1)), nil
	}
	return "", fmt.Errorf("no ONNX form for %s", l.Kind)
}

func (n *netWriter) conv(i int, name, x string) string {
	l := n.net.Layers[i]
	perGroup := len(n.weights[l.Name+"/weight"]) / (l.Out * l.Kernel * l.Kernel)
	inputs := []string{x, n.param(l, "weight", l.Out, perGroup, l.Kernel, l.Kernel)}
	if l.Bias {
		inputs = append(inputs, n.param(l, "bias", l.Out))
	}
	return n.node("Conv", name, inputs, intList("kernel_shape", l.Kernel, l.Kernel), intList("strides", l.Stride, l.Stride),
		intList("pads", l.Pad, l.Pad, l.Pad, l.Pad), integer("group", l.Groups))
}
