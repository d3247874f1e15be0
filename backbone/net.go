package backbone

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/shape"
)

// Kind says what a layer computes.
type Kind int

// The kinds of layer. Parameters in brackets; "channels" are those of the layer's value.
const (
	Conv          Kind = iota // 2-D convolution [weight, bias if Bias]
	BatchNorm                 // normalization over all axes but channels [weight, bias, running_mean, running_var]
	Affine                    // x * weight + bias per channel [weight, bias]: what Fold leaves of a BatchNorm
	PReLU                     // x where x > 0, weight * x elsewhere, per channel [weight]
	Add                       // sum of two layers
	Flatten                   // [height, width, channels] to a vector in the order channels, height, width
	Linear                    // fully connected [weight, bias if Bias]
	ReLU                      // x where x > 0, 0 elsewhere; its slope at 0 is 0
	MaxPool                   // greatest value of each window; padding never wins
	GlobalAvgPool             // [height, width, channels] to [channels], the mean over the image
)

var kindNames = [...]string{"Conv", "BatchNorm", "Affine", "PReLU", "Add", "Flatten", "Linear", "ReLU", "MaxPool", "GlobalAvgPool"}

// String returns the name of the kind.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

// Input stands for the network's input where a layer names its source.
const Input = -1

// Layer is one step of a network.
type Layer struct {
	Kind Kind
	// Name is the path of the layer's parameters below the network's scope.
	Name string
	// From is the index of the layer whose value this one takes, or Input. With is the
	// second summand of an Add.
	From, With int
	// Out is the number of output channels of a Conv and of outputs of a Linear.
	Out int
	// Kernel, Stride and Pad are those of a Conv or a MaxPool, the same for both axes. A
	// Conv pads with zeros, a MaxPool with -Inf.
	Kernel, Stride, Pad int
	// Groups of a Conv: input and output channels are cut into this many independent parts.
	// 1 is an ordinary convolution.
	Groups int
	// Bias of a Conv or a Linear.
	Bias bool
	// Frozen keeps the weight of a BatchNorm out of training.
	Frozen bool
	// InitStd is the standard deviation of the initial weights of a Conv or a Linear.
	// Zero takes PyTorch's default for a linear layer: uniform within 1/sqrt(inputs).
	InitStd float64
}

// Grouping says how grouped convolutions are built.
type Grouping int

const (
	// GroupAuto chooses per engine: GroupNative for the inference graph of those that
	// have direct kernels for it (backend.Traits), and GroupShifted everywhere else and
	// in training.
	GroupAuto Grouping = iota
	// GroupShifted multiplies shifted slices of the image by the kernel's taps and adds
	// them up. It is several times faster than XLA's own grouped convolution on CPU, and
	// its gradient is as cheap.
	GroupShifted
	// GroupNative is one grouped convolution. GoMLX splits its gradient into one
	// convolution per group: avoid in training.
	GroupNative
)

// Net is a network. Its methods do not change it, and may be called concurrently as far
// as the scope they are given allows.
type Net struct {
	Name string
	// Height, Width and Channels of the input image.
	Height, Width, Channels int
	// Layers in an order in which each comes after those it takes values from. The last
	// one is the network's value.
	Layers []Layer
	// Grouping says how grouped convolutions are built.
	Grouping Grouping
	// FixedStatistics makes batch normalization use the running statistics in training
	// too, and leave them as they are. Its weight and bias are trained nevertheless.
	// HopeNet is trained so, from a trunk that has learnt its statistics before.
	FixedStatistics bool
	// Body, where it is BFloat16, is the dtype of convolutions, products and the values
	// between the layers; all else, parameters and the network's value included, keeps
	// the dtype of the input. Zero stands for the dtype of the input. See precision.go.
	Body dtypes.DType
	// Recompute makes the gradient compute the inside of each residual block once more,
	// so that training keeps the values between blocks alone: less memory for about a
	// third more time. See recompute.go.
	Recompute bool
}

// Shapes returns the shape of each layer's value without the batch: [height, width,
// channels], or [length] after Flatten. The error names the first layer that does not
// fit.
func (n *Net) Shapes() ([][]int, error) {
	shapes := make([][]int, len(n.Layers))
	at := func(i int) []int {
		if i == Input {
			return []int{n.Height, n.Width, n.Channels}
		}
		return shapes[i]
	}
	for i, l := range n.Layers {
		if l.From < Input || l.From >= i || l.With < Input || (l.Kind == Add && l.With >= i) {
			return nil, fmt.Errorf("backbone: %s: layer %d (%s): it takes values from a layer after it", n.Name, i, l.Name)
		}
		s, err := l.shape(at(l.From))
		if err == nil && l.Kind == Add && !slices.Equal(s, at(l.With)) {
			err = fmt.Errorf("summands of shapes %v and %v", s, at(l.With))
		}
		if err != nil {
			return nil, fmt.Errorf("backbone: %s: layer %d (%s %s): %w", n.Name, i, l.Kind, l.Name, err)
		}
		shapes[i] = s
	}
	return shapes, nil
}

// shape returns the shape of the layer's value for an input of shape in.
func (l Layer) shape(in []int) ([]int, error) {
	switch l.Kind {
	case Conv:
		if len(in) != 3 || l.Groups < 1 || l.Stride < 1 || l.Out < 1 || in[2]%l.Groups != 0 || l.Out%l.Groups != 0 {
			return nil, fmt.Errorf("want an image with channels divisible by %d groups and stride, outputs >= 1, got shape %v, %+v", l.Groups, in, l)
		}
		h, w := (in[0]+2*l.Pad-l.Kernel)/l.Stride+1, (in[1]+2*l.Pad-l.Kernel)/l.Stride+1
		if in[0]+2*l.Pad < l.Kernel || in[1]+2*l.Pad < l.Kernel {
			return nil, fmt.Errorf("a kernel of %d does not fit into shape %v with padding %d", l.Kernel, in, l.Pad)
		}
		return []int{h, w, l.Out}, nil
	case Flatten:
		size := 1
		for _, d := range in {
			size *= d
		}
		return []int{size}, nil
	case Linear:
		if len(in) != 1 || l.Out < 1 {
			return nil, fmt.Errorf("want a vector and outputs >= 1, got shape %v and %d", in, l.Out)
		}
		return []int{l.Out}, nil
	case MaxPool:
		return l.pooled(in)
	case GlobalAvgPool:
		if len(in) != 3 {
			return nil, fmt.Errorf("want an image, got shape %v", in)
		}
		return in[2:], nil
	case BatchNorm, Affine, PReLU, ReLU, Add:
		return in, nil
	}
	return nil, fmt.Errorf("unknown kind %s", l.Kind)
}

// Param describes one variable of a network.
type Param struct {
	// Layer is the index of its layer.
	Layer int
	// Path lies below the network's scope: the layer's name, a slash, and "weight",
	// "bias", "running_mean" or "running_var".
	Path  string
	Shape []int
	// Running statistics are no parameters: they are not trained, and NumParams does not
	// count them.
	Running bool
	// Trainable is false for running statistics and for a frozen weight.
	Trainable bool
}

// Params lists the network's variables in the order of its layers.
func (n *Net) Params() ([]Param, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return nil, err
	}
	var params []Param
	for i, l := range n.Layers {
		in := []int{n.Height, n.Width, n.Channels}
		if l.From != Input {
			in = shapes[l.From]
		}
		params = append(params, l.params(i, in[len(in)-1])...)
	}
	return params, nil
}

// params lists the variables of a layer with this many input channels.
func (l Layer) params(index, channels int) []Param {
	weight := Param{Layer: index, Path: l.Name + "/weight", Trainable: true}
	bias := Param{Layer: index, Path: l.Name + "/bias", Shape: []int{channels}, Trainable: true}
	switch l.Kind {
	case Conv:
		weight.Shape = []int{l.Kernel, l.Kernel, channels / l.Groups, l.Out}
	case Linear:
		weight.Shape = []int{channels, l.Out}
	case BatchNorm, Affine, PReLU:
		weight.Shape = []int{channels}
	default:
		return nil
	}
	switch l.Kind {
	case PReLU:
		return []Param{weight}
	case Affine:
		return []Param{weight, bias}
	case BatchNorm:
		weight.Trainable = !l.Frozen
		mean := Param{Layer: index, Path: l.Name + "/running_mean", Shape: []int{channels}, Running: true}
		variance := Param{Layer: index, Path: l.Name + "/running_var", Shape: []int{channels}, Running: true}
		return []Param{weight, bias, mean, variance}
	}
	if !l.Bias {
		return []Param{weight}
	}
	bias.Shape = []int{l.Out}
	return []Param{weight, bias}
}

// NumParams counts the parameters, frozen ones included and running statistics left out,
// without allocating them.
func (n *Net) NumParams() (int, error) {
	params, err := n.Params()
	if err != nil {
		return 0, err
	}
	total := 0
	for _, p := range params {
		if !p.Running {
			total += shape.Size(p.Shape)
		}
	}
	return total, nil
}

// MACs counts the multiplications of convolutions and linear layers for one image. A
// floating-point operation count takes two per MAC.
func (n *Net) MACs() (int64, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return 0, err
	}
	params, err := n.Params()
	if err != nil {
		return 0, err
	}
	var total int64
	for _, p := range params {
		l, s := n.Layers[p.Layer], shapes[p.Layer]
		switch {
		case l.Kind == Conv && len(p.Shape) == 4:
			total += int64(s[0]) * int64(s[1]) * int64(shape.Size(p.Shape))
		case l.Kind == Linear && len(p.Shape) == 2:
			total += int64(shape.Size(p.Shape))
		}
	}
	return total, nil
}
