package onnxgraph

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/gomlx/compute-onnx/support/protos"
)

// lowering rewrites the nodes that some outputs need into those that the converter
// computes as the specification says.
type lowering struct {
	net   *network // a branch: new constants go here
	form  Form
	facts map[string]fact
	last  map[string]string // what holds the same image with its channels last
	out   []*protos.NodeProto
	fresh int

	current string                       // description of the file's node at hand
	origin  map[*protos.NodeProto]string // of the node that each node of out comes from
}

// lowererOf returns what rewrites a node of that operation, by emitting others; nil for
// one that stays as it is, if converted lists it.
func lowererOf(op string) func(l *lowering, n *protos.NodeProto) error {
	switch op {
	case "AveragePool":
		return lowerAveragePool
	case "BatchNormalization":
		return lowerBatchNorm
	case "Clip":
		return lowerClip
	case "Conv":
		return lowerConv
	case "HardSigmoid":
		return lowerHardSigmoid
	case "LeakyRelu":
		return lowerLeakyRelu
	case "MaxPool":
		return lowerMaxPool
	case "PRelu":
		return lowerPRelu
	case "Pad":
		return lowerPad
	case "Reshape":
		return lowerReshape
	case "Resize":
		return lowerResize
	case "Sigmoid":
		return lowerSigmoid
	case "Slice":
		return lowerSlice
	case "Softmax":
		return lowerSoftmax
	case "Split":
		return lowerSplit
	case "Sum":
		return lowerSum
	case "Upsample":
		return lowerUpsample
	}
	return nil
}

// converted are the operations whose conversion by onnx-gomlx, without rewriting, is that
// of the specification.
var converted = []string{
	"Abs", "Add", "And", "Cast", "Ceil", "Concat", "Cos", "Div", "Einsum", "Equal", "Erf", "Exp", "Expand", "Flatten",
	"Floor", "Gather", "Gemm", "GlobalAveragePool", "Greater", "GreaterOrEqual", "HardSwish", "Less", "LessOrEqual", "Log",
	"MatMul", "Max", "Min", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin",
	"ReduceProd", "ReduceSum", "Relu", "Shape", "Sign", "Sin", "Sqrt", "Squeeze", "Sub", "Tanh", "Tile",
	"Transpose", "Unsqueeze", "Where",
}

// Operator sets before 7 broadcast by attributes.
const minOpset = 7

// lower returns the network that computes the roots in the form asked for.
func (net *network) lower(roots []string, form Form) (*lowering, error) {
	if net.opset < minOpset {
		return nil, unsupported("operator set %d", net.opset)
	}
	l := &lowering{net: net.branch(), form: form, facts: map[string]fact{}, last: map[string]string{}, origin: map[*protos.NodeProto]string{}}
	for _, in := range net.inputs {
		l.facts[in.name] = fact{rank: in.rank, batch: in.rank > 1}
	}
	nodes, uses := net.reach(roots)
	for _, n := range l.merge(nodes, uses) {
		l.current = describeNode(n)
		if err := l.node(n); err != nil {
			return nil, fmt.Errorf("%s: %w", l.current, err)
		}
	}
	for _, name := range roots {
		from := l.net.resolve(name)
		if l.facts[from] == (fact{}) && !l.made(from) {
			return nil, fmt.Errorf("no tensor is named %q", name)
		}
		if from != name || l.net.known(from) {
			l.emit(newNode("Identity", l.outputName(name), []string{from}))
		}
	}
	return l, nil
}

// outputName is the name of a root in the rewritten network: its own, unless an input or
// a constant has it.
func (l *lowering) outputName(name string) string {
	if l.net.known(name) {
		return "\xffoutput " + name
	}
	return name
}

func (l *lowering) made(name string) bool {
	return l.net.known(name) || slices.ContainsFunc(l.out, func(n *protos.NodeProto) bool { return slices.Contains(n.Output, name) })
}

func (l *lowering) node(n *protos.NodeProto) error {
	if !standard(n.Domain) {
		return ErrUnsupported
	}
	if len(n.Input) == 0 || input(n, 0) == "" {
		return fmt.Errorf("no input")
	}
	if lower := lowererOf(n.OpType); lower != nil {
		return lower(l, n)
	}
	if !slices.Contains(converted, n.OpType) {
		return ErrUnsupported
	}
	l.emit(n)
	return nil
}

// emit appends a finished node, for images with their channels last where the form says
// so.
func (l *lowering) emit(n *protos.NodeProto) {
	if l.form.ChannelsLast && l.channelsLast(n) {
		return
	}
	l.append(n)
}

func (l *lowering) append(n *protos.NodeProto) {
	l.out = append(l.out, n)
	l.origin[n] = l.current
	f := l.derive(n)
	for _, name := range n.Output {
		if name != "" {
			l.facts[name] = f
		}
	}
}

// value appends a node with a new output, and returns that output's name.
func (l *lowering) value(op string, inputs []string, attrs ...*protos.AttributeProto) string {
	name := l.name()
	l.emit(newNode(op, name, inputs, attrs...))
	return name
}

// name returns one that no file has: names in files are valid UTF-8.
func (l *lowering) name() string {
	l.fresh++
	return "\xff" + strconv.Itoa(l.fresh)
}

// constant adds a constant and returns its name.
func (l *lowering) constant(a *array) string {
	name := l.name()
	l.net.consts[name] = a
	return name
}

func (l *lowering) scalar(v float32) string { return l.constant(floatArray([]float32{v})) }

// weight returns a constant float input, or nil.
func (l *lowering) weight(name string) *array {
	if a := l.net.consts[name]; a != nil && a.dtype == protos.TensorProto_FLOAT {
		return a
	}
	return nil
}

// ints returns the values of a constant integer input.
func (l *lowering) ints(name string) ([]int64, bool) {
	a := l.net.consts[name]
	if a == nil || a.dtype == protos.TensorProto_FLOAT {
		return nil, false
	}
	return a.ints, true
}
