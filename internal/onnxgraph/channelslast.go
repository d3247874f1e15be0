package onnxgraph

import (
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// Orders of the axes of an image: what Transpose takes to get there.
var (
	toLast  = []int64{0, 2, 3, 1} // [batch, height, width, channels] of channels first
	toFirst = []int64{0, 3, 1, 2} // [batch, channels, height, width] of channels last
)

// lastAxis is where each axis of an image with its channels first is when they are last.
var lastAxis = [4]int64{0, 3, 1, 2}

// elementwise are the operations that combine elements of the same place.
var elementwise = []string{
	"Abs", "Add", "Clip", "Div", "Exp", "Greater", "Identity", "Less", "Max", "Min", "Mul", "Neg", "Relu", "Sigmoid", "Sub", "Tanh", "Where",
}

// channelsLast emits the node as it is for images with their channels last, if what it
// reads has been computed so already, and reports whether it did. The node's own output is
// then a transposed view of that one, which costs nothing where nobody reads it.
func (l *lowering) channelsLast(n *protos.NodeProto) bool {
	if !slices.ContainsFunc(n.Input, func(name string) bool { return l.last[name] != "" }) {
		return false
	}
	switch n.OpType {
	case "Slice":
		return l.lastSlice(n)
	case "Pad":
		return l.lastPad(n)
	case "Concat":
		return attrInt(n, "axis", 0) == 1 && l.lastElements(n)
	case "Transpose":
		if slices.Equal(attrInts(n, "perm"), toLast) {
			l.append(newNode("Identity", n.Output[0], []string{l.last[n.Input[0]]}))
			return true
		}
		return false
	}
	return slices.Contains(elementwise, n.OpType) && l.lastElements(n)
}

// lastElements is an operation on elements, or one that joins channels.
func (l *lowering) lastElements(n *protos.NodeProto) bool {
	inputs := make([]string, len(n.Input))
	for i, name := range n.Input {
		if inputs[i] = l.lastOf(name); inputs[i] == "" && name != "" {
			return false
		}
	}
	if n.OpType == "Concat" {
		n = newNode(n.OpType, n.Output[0], n.Input, intAttr("axis", 3))
	}
	l.lastNode(n, with(n, inputs))
	return true
}

// lastSlice is a slice along some axes.
func (l *lowering) lastSlice(n *protos.NodeProto) bool {
	axes, ok := l.ints(input(n, 3))
	if !ok || l.last[n.Input[0]] == "" {
		return false
	}
	moved := make([]int64, len(axes))
	for i, a := range axes {
		if a < -4 || a > 3 {
			return false
		}
		moved[i] = lastAxis[(a+4)%4]
	}
	inputs := slices.Clone(n.Input)
	inputs[0], inputs[3] = l.last[n.Input[0]], l.constant(intArray(moved...))
	l.lastNode(n, with(n, inputs))
	return true
}

// lastPad is a padding of all axes.
func (l *lowering) lastPad(n *protos.NodeProto) bool {
	pads, ok := l.ints(input(n, 1))
	if !ok || len(pads) != 8 || l.last[n.Input[0]] == "" {
		return false
	}
	moved := make([]int64, len(pads))
	for i, p := range pads {
		moved[i/4*4+int(lastAxis[i%4])] = p
	}
	inputs := slices.Clone(n.Input)
	inputs[0], inputs[1] = l.last[n.Input[0]], l.constant(intArray(moved...))
	l.lastNode(n, with(n, inputs))
	return true
}

// lastNode emits a node that computes n with channels last, and n's output from it.
func (l *lowering) lastNode(n, last *protos.NodeProto) {
	last.Output = []string{l.name()}
	last.Name = last.Output[0]
	l.append(last)
	l.fromLast(n.Output[0], last.Output[0])
}

// fromLast makes a value the transposed view of one with its channels last.
func (l *lowering) fromLast(name, last string) {
	l.append(newNode("Transpose", name, []string{last}, intsAttr("perm", toFirst...)))
	l.last[name] = last
}

// lastOf returns a value with its channels last, "" if it is not known to be an image or
// to spread over one.
func (l *lowering) lastOf(name string) string {
	if last := l.last[name]; last != "" {
		return last
	}
	if a := l.net.consts[name]; a != nil {
		return l.lastConstant(name, a)
	}
	if l.facts[name].rank != 4 {
		return ""
	}
	last := l.name()
	l.append(newNode("Transpose", last, []string{name}, intsAttr("perm", toLast...)))
	l.last[name] = last
	return last
}

// lastConstant is a constant that has one value, or one for each channel.
func (l *lowering) lastConstant(name string, a *array) string {
	channel := len(a.dims) - 3 // counted from behind, as broadcasting does
	for i, d := range a.dims {
		if d != 1 && i != channel || len(a.dims) > 4 {
			return ""
		}
	}
	if a.size() == 1 && len(a.dims) < 2 {
		return name
	}
	dims := slices.Repeat([]int{1}, len(a.dims))
	dims[len(dims)-1] = a.size()
	return l.constant(a.reshaped(dims...))
}
