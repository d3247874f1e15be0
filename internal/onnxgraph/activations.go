package onnxgraph

import (
	"fmt"
	"math"

	"github.com/gomlx/compute-onnx/support/protos"
)

// lowerPRelu: x where x > 0, and slope * x elsewhere. The slope broadcasts to x.
func lowerPRelu(l *lowering, n *protos.NodeProto) error {
	if input(n, 1) == "" {
		return fmt.Errorf("no slope")
	}
	l.leaky(n, n.Input[1])
	return nil
}

func lowerLeakyRelu(l *lowering, n *protos.NodeProto) error {
	l.leaky(n, l.scalar(attrFloat(n, "alpha", 0.01)))
	return nil
}

func (l *lowering) leaky(n *protos.NodeProto, slope string) {
	x, out := n.Input[0], n.Output[0]
	if l.form.Clamped {
		below := l.value("Min", []string{x, l.scalar(0)})
		l.emit(newNode("Add", out, []string{l.value("Relu", []string{x}), l.value("Mul", []string{below, slope})}))
		return
	}
	positive := l.value("Greater", []string{x, l.scalar(0)})
	l.emit(newNode("Where", out, []string{positive, x, l.value("Mul", []string{x, slope})}))
}

// lowerHardSigmoid: max(0, min(1, alpha*x + beta)).
func lowerHardSigmoid(l *lowering, n *protos.NodeProto) error {
	y := l.value("Mul", []string{n.Input[0], l.scalar(attrFloat(n, "alpha", 0.2))})
	y = l.value("Add", []string{y, l.scalar(attrFloat(n, "beta", 0.5))})
	l.emit(newNode("Clip", n.Output[0], []string{y, l.scalar(0), l.scalar(1)}))
	return nil
}

// lowerSum adds any number of values.
func lowerSum(l *lowering, n *protos.NodeProto) error {
	sum := n.Input[0]
	if len(n.Input) == 1 {
		l.emit(newNode("Identity", n.Output[0], n.Input))
		return nil
	}
	for _, name := range n.Input[1 : len(n.Input)-1] {
		sum = l.value("Add", []string{sum, name})
	}
	l.emit(newNode("Add", n.Output[0], []string{sum, n.Input[len(n.Input)-1]}))
	return nil
}

// lowerClip turns the attributes of operator sets before 11 into inputs.
func lowerClip(l *lowering, n *protos.NodeProto) error {
	if l.net.opset >= 11 {
		l.emit(n)
		return nil
	}
	low, high := attrFloat(n, "min", -math.MaxFloat32), attrFloat(n, "max", math.MaxFloat32)
	l.emit(with(n, []string{n.Input[0], l.scalar(low), l.scalar(high)}, "min", "max"))
	return nil
}

// lowerSoftmax: before operator set 13 the default axis was 1, and all axes from there on
// were normalized together.
func lowerSoftmax(l *lowering, n *protos.NodeProto) error {
	x := n.Input[0]
	if l.net.opset >= 13 {
		l.emit(newNode("Softmax", n.Output[0], n.Input[:1], intAttr("axis", attrInt(n, "axis", -1))))
		return nil
	}
	axis := attrInt(n, "axis", 1)
	if rank := l.fact(x).rank; axis == -1 || rank > 0 && int(axis) == rank-1 {
		l.emit(newNode("Softmax", n.Output[0], n.Input[:1], intAttr("axis", axis)))
		return nil
	}
	rows := l.value("Softmax", []string{l.value("Flatten", []string{x}, intAttr("axis", axis))}, intAttr("axis", 1))
	l.emit(newNode("Reshape", n.Output[0], []string{rows, l.value("Shape", []string{x})}))
	l.facts[n.Output[0]] = l.fact(x)
	return nil
}

// lowerSigmoid: 1 / (1 + exp(-x)). Where exp overflows, the result is the right one,
// zero.
func lowerSigmoid(l *lowering, n *protos.NodeProto) error {
	if !l.form.Exponential {
		l.emit(n)
		return nil
	}
	e := l.value("Exp", []string{l.value("Neg", n.Input[:1])})
	l.emit(newNode("Div", n.Output[0], []string{l.scalar(1), l.value("Add", []string{e, l.scalar(1)})}))
	return nil
}
