package backbone

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Forward builds the network's graph on x [batch, Height, Width, Channels] and returns its value, [batch, features] for the
// networks of this package. It takes the parameters below scope, which Init, Fold or a loader must have put there, in the
// dtype of x. In training (Scope.IsTraining) batch normalisation uses the batch's statistics and updates the running ones.
//
// It panics, as graph-building functions do, when a shape, a dtype or a parameter is not what it should be; the message
// names the layer.
func (n *Net) Forward(scope *model.Scope, x *graph.Node) *graph.Node {
	if d := x.Shape().Dimensions; len(d) != 4 || d[1] != n.Height || d[2] != n.Width || d[3] != n.Channels {
		panic(fmt.Errorf("backbone: %s: want x [batch, %d, %d, %d], got %s", n.Name, n.Height, n.Width, n.Channels, x.Shape()))
	}
	f := n.form(scope, x.Graph())
	if f.channelsFirst {
		x = graph.TransposeAllAxes(x, 0, 3, 1, 2)
	}
	values := make([]*graph.Node, len(n.Layers))
	value := func(i int) *graph.Node {
		if i == Input {
			return x
		}
		return values[i]
	}
	for i, l := range n.Layers {
		p := layerParams{net: n, layer: l, scope: scope, g: x.Graph(), form: f}
		in := value(l.From)
		switch l.Kind {
		case Conv:
			values[i] = p.conv(in)
		case BatchNorm:
			values[i] = p.batchNorm(in)
		case Affine:
			values[i] = graph.Add(graph.Mul(in, p.perChannel("weight", in)), p.perChannel("bias", in))
		case PReLU:
			values[i] = p.prelu(in)
		case Add:
			values[i] = graph.Add(in, value(l.With))
		case Flatten:
			values[i] = p.flatten(in)
		case Linear:
			values[i] = p.linear(in)
		default:
			panic(fmt.Errorf("backbone: %s: layer %s: unknown kind %s", n.Name, l.Name, l.Kind))
		}
	}
	return value(len(values) - 1)
}

// form is what the graph looks like inside, which depends on the engine and does not show outside.
type form struct {
	training bool
	// shifted writes grouped convolutions as shifted slices: see Grouping.
	shifted bool
	// channelsFirst computes on [batch, channels, height, width]. ONNX Runtime has convolutions in that order only, and would
	// transpose the image around each of them.
	channelsFirst bool
}

// form chooses for the engine that the graph is built for.
func (n *Net) form(scope *model.Scope, g *graph.Graph) form {
	engine := g.Backend().Name()
	f := form{training: scope.IsTraining(g)}
	native := engine == "gonum" || engine == "onnxruntime"
	f.shifted = n.Grouping == GroupShifted || n.Grouping == GroupAuto && (f.training || !native)
	f.channelsFirst = engine == "onnxruntime" && !f.training && !f.shifted
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

// variable returns the layer's variable of that name, checked against the dtype of the values it will meet.
func (p layerParams) variable(name string, x *graph.Node) *model.Variable {
	path := p.layer.Name + "/" + name
	v := p.scope.Store().GetVariable(model.JoinPath(p.scope.Scope(), path))
	if v == nil {
		panic(fmt.Errorf("backbone: %s: no variable %s below %s: initialise or load the network first", p.net.Name, path, p.scope.Scope()))
	}
	if v.DType() != x.DType() {
		panic(fmt.Errorf("backbone: %s: variable %s is %s, its input %s", p.net.Name, path, v.DType(), x.DType()))
	}
	return v
}

func (p layerParams) node(name string, x *graph.Node) *graph.Node {
	return p.variable(name, x).NodeValue(p.g)
}

// perChannel returns a variable of one value per channel, ready to be broadcast over x.
func (p layerParams) perChannel(name string, x *graph.Node) *graph.Node {
	v := p.node(name, x)
	if p.form.channelsFirst && x.Rank() == 4 {
		return graph.Reshape(v, 1, -1, 1, 1)
	}
	return graph.ExpandLeftToRank(v, x.Rank())
}

// prelu is x where x > 0, and slope * x elsewhere.
func (p layerParams) prelu(x *graph.Node) *graph.Node {
	zero, slope := graph.ScalarZero(p.g, x.DType()), p.perChannel("weight", x)
	if p.form.channelsFirst {
		// The same values: ONNX Runtime has slow kernels for the comparison and the choice, and keeps its blocked layout here.
		return graph.Add(graph.Max(x, zero), graph.Mul(graph.Min(x, zero), slope))
	}
	return graph.Where(graph.GreaterThan(x, zero), x, graph.Mul(x, slope))
}

func (p layerParams) linear(x *graph.Node) *graph.Node {
	y := graph.Dot(x, p.node("weight", x)).Product()
	if p.layer.Bias {
		y = graph.Add(y, p.perChannel("bias", y))
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
