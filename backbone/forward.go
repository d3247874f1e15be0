package backbone

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backend"
)

// Forward builds the network's graph on x [batch, Height, Width, Channels] and returns
// its value, [batch, features] for the networks of this package. It takes the parameters
// below scope, which Init, Fold or a loader must have put there, in the dtype of x. In
// training (Scope.IsTraining) batch normalization uses the batch's statistics and updates
// the running ones, unless the network has FixedStatistics.
//
// It panics, as graph-building functions do, when a shape, a dtype or a parameter is not
// what it should be; the message names the layer.
func (n *Net) Forward(scope *model.Scope, x *graph.Node) *graph.Node {
	values := n.build(scope, x)
	if len(values) == 0 {
		return x
	}
	return as(values[len(values)-1], x.DType())
}

// ForwardLayers is Forward for the values of the layers named, in the order of the names:
// for networks with several outputs. A value must be a vector; it panics for a layer
// whose value is an image, and for a name that is not there.
func (n *Net) ForwardLayers(scope *model.Scope, x *graph.Node, names ...string) []*graph.Node {
	values := n.build(scope, x)
	out := make([]*graph.Node, len(names))
	for i, name := range names {
		at := slices.IndexFunc(n.Layers, func(l Layer) bool { return l.Name == name })
		if at < 0 || values[at].Rank() != 2 {
			panic(fmt.Errorf("backbone: %s: no layer %q whose value is a vector", n.Name, name))
		}
		out[i] = as(values[at], x.DType())
	}
	return out
}

// build returns the value of every layer. Images have the order of axes that the form
// says.
func (n *Net) build(scope *model.Scope, x *graph.Node) []*graph.Node {
	if d := x.Shape().Dimensions; len(d) != 4 || d[1] != n.Height || d[2] != n.Width || d[3] != n.Channels {
		panic(fmt.Errorf("backbone: %s: want x [batch, %d, %d, %d], got %s", n.Name, n.Height, n.Width, n.Channels, x.Shape()))
	}
	f := n.form(scope, x)
	if f.channelsFirst {
		x = graph.TransposeAllAxes(x, 0, 3, 1, 2)
	}
	x = f.keep(Input, as(x, f.body))
	values := make([]*graph.Node, len(n.Layers))
	value := func(i int) *graph.Node {
		if i == Input {
			return x
		}
		return values[i]
	}
	for i, l := range n.Layers {
		p := layerParams{net: n, layer: l, scope: scope, g: x.Graph(), form: f}
		if l.Kind == Add {
			values[i] = graph.Add(value(l.From), value(l.With))
		} else {
			values[i] = p.apply(value(l.From))
		}
		if i < len(n.Layers)-1 {
			values[i] = f.keep(i, as(values[i], f.body))
		}
	}
	return values
}

// apply builds a layer that takes one value.
func (p layerParams) apply(x *graph.Node) *graph.Node {
	switch p.layer.Kind {
	case Conv:
		return p.conv(x)
	case BatchNorm:
		return p.batchNorm(x)
	case Affine:
		x = p.wide(x)
		return graph.Add(graph.Mul(x, p.perChannel("weight", x)), p.perChannel("bias", x))
	case PReLU:
		return p.prelu(x)
	case ReLU:
		return p.relu(x)
	case MaxPool:
		return p.maxPool(x)
	case GlobalAvgPool:
		return p.globalAvgPool(x)
	case Flatten:
		return p.flatten(x)
	case Linear:
		return p.linear(x)
	}
	panic(fmt.Errorf("backbone: %s: layer %s: unknown kind %s", p.net.Name, p.layer.Name, p.layer.Kind))
}

// form is what the graph looks like inside, which depends on the engine and does not show
// outside.
type form struct {
	training bool
	// shifted writes grouped convolutions as shifted slices: see Grouping.
	shifted bool
	// shiftedPool writes maxima over windows as maxima of shifted slices.
	shiftedPool bool
	// channelsFirst computes on [batch, channels, height, width]. ONNX Runtime has
	// convolutions in that order only, and would transpose the image around each of them.
	channelsFirst bool
	// outer is the dtype of the input and the parameters, body that of products and of
	// the values between the layers.
	outer, body dtypes.DType
	// ends are the layers whose values are kept for the gradient; nil keeps all values.
	ends []int
	// gradientRun, if not 0, gives convolutions the gradients of ownGradient, those of
	// kernels from this many bytes of the output's gradient at a time.
	gradientRun int
}

// form chooses for the engine that the graph is built for.
func (n *Net) form(scope *model.Scope, x *graph.Node) form {
	traits := backend.TraitsOf(x.Graph().Backend())
	f := form{training: scope.IsTraining(x.Graph()), outer: x.DType(), body: n.bodyOf(x.DType())}
	if f.training && n.Recompute {
		f.ends = n.mustBlockEnds()
	}
	f.shifted = n.Grouping == GroupShifted || n.Grouping == GroupAuto && (f.training || !traits.GroupedConv)
	f.shiftedPool = f.training || !traits.Pooling
	if f.training {
		f.gradientRun = traits.GradientRun
	}
	f.channelsFirst = traits.ChannelsFirst && !f.training && !f.shifted
	return f
}

// layerParams finds the variables of one layer.
type layerParams struct {
	net   *Net
	layer Layer
	scope *model.Scope
	g     *graph.Graph
	form  form
}

// variable returns the layer's variable of that name, which must have the dtype of the
// network's input.
func (p layerParams) variable(name string) *model.Variable {
	path := p.layer.Name + "/" + name
	v := p.scope.Store().GetVariable(model.JoinPath(p.scope.Scope(), path))
	if v == nil {
		panic(fmt.Errorf("backbone: %s: no variable %s below %s: initialize or load the network first", p.net.Name, path, p.scope.Scope()))
	}
	if v.DType() != p.form.outer {
		panic(fmt.Errorf("backbone: %s: variable %s is %s, its input %s", p.net.Name, path, v.DType(), p.form.outer))
	}
	return v
}

func (p layerParams) node(name string) *graph.Node { return p.variable(name).NodeValue(p.g) }

// perChannel returns a variable of one value per channel, ready to be broadcast over x.
func (p layerParams) perChannel(name string, x *graph.Node) *graph.Node {
	v := p.node(name)
	if p.form.channelsFirst && x.Rank() == 4 {
		return graph.Reshape(v, 1, -1, 1, 1)
	}
	return graph.ExpandLeftToRank(v, x.Rank())
}

// prelu is x where x > 0, and slope * x elsewhere.
func (p layerParams) prelu(x *graph.Node) *graph.Node {
	x = p.wide(x)
	zero, slope := graph.ScalarZero(p.g, x.DType()), p.perChannel("weight", x)
	if p.form.channelsFirst {
		// The same values: ONNX Runtime has slow kernels for the comparison and the
		// choice, and keeps its blocked layout here.
		return graph.Add(graph.Max(x, zero), graph.Mul(graph.Min(x, zero), slope))
	}
	return graph.Where(graph.GreaterThan(x, zero), x, graph.Mul(x, slope))
}

// relu is x where x > 0, and 0 elsewhere. In training it is a choice, whose slope at 0 is
// 0, as PyTorch's; that of a maximum with zero would be 1.
func (p layerParams) relu(x *graph.Node) *graph.Node {
	zero := graph.ScalarZero(p.g, x.DType())
	if !p.form.training {
		return graph.Max(x, zero)
	}
	return graph.Where(graph.GreaterThan(x, zero), x, graph.ZerosLike(x))
}

func (p layerParams) linear(x *graph.Node) *graph.Node {
	y := graph.Dot(x, as(p.node("weight"), x.DType())).Product()
	if p.layer.Bias {
		y = graph.Add(p.wide(y), p.perChannel("bias", y))
	}
	return y
}

// flatten returns an image as [batch, channels*height*width], which is PyTorch's order.
func (p layerParams) flatten(x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	if !p.form.channelsFirst {
		x = graph.TransposeAllAxes(x, 0, 3, 1, 2)
	}
	return graph.Reshape(x, d[0], d[1]*d[2]*d[3])
}
