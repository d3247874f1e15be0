package onnxgraph

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// lowerReshape lets the batch through. Exporters write the batch of one that they traced
// with into the shape; 0 copies the size at hand.
func lowerReshape(l *lowering, n *protos.NodeProto) error {
	if attrInt(n, "allowzero", 0) != 0 {
		return unsupported("allowzero")
	}
	shape, ok := l.ints(input(n, 1))
	if !ok {
		l.emit(n)
		return nil
	}
	if len(shape) > maxRank {
		return unsupported("rank %d", len(shape))
	}
	if len(shape) > 1 && shape[0] == 1 && l.fact(n.Input[0]).batch {
		shape = slices.Clone(shape)
		shape[0] = 0
	}
	l.emit(with(n, []string{n.Input[0], l.constant(intArray(shape...))}))
	return nil
}

// lowerSlice turns the attributes of operator sets before 10 into inputs.
func lowerSlice(l *lowering, n *protos.NodeProto) error {
	if l.net.opset >= 10 {
		l.emit(n)
		return nil
	}
	starts, ends, axes := attrInts(n, "starts"), attrInts(n, "ends"), attrInts(n, "axes")
	if axes == nil {
		for i := range starts {
			axes = append(axes, int64(i))
		}
	}
	if len(starts) == 0 || len(starts) != len(ends) || len(axes) != len(starts) {
		return fmt.Errorf("%d starts, %d ends, %d axes", len(starts), len(ends), len(axes))
	}
	inputs := []string{n.Input[0], l.constant(intArray(starts...)), l.constant(intArray(ends...)), l.constant(intArray(axes...))}
	l.emit(with(n, inputs, "starts", "ends", "axes"))
	return nil
}

// lowerPad turns the attributes of operator sets before 11 into inputs.
func lowerPad(l *lowering, n *protos.NodeProto) error {
	mode := attrString(n, "mode", "constant")
	if mode != "constant" && mode != "reflect" || input(n, 3) != "" {
		return unsupported("mode %q, or axes", mode)
	}
	inputs := n.Input
	if l.net.opset < 11 {
		inputs = []string{n.Input[0], l.constant(intArray(attrInts(n, "pads")...)), l.scalar(attrFloat(n, "value", 0))}
	}
	if len(inputs) > 2 {
		if v := l.net.consts[inputs[2]]; v != nil {
			if v.size() != 1 || v.dtype != protos.TensorProto_FLOAT {
				return unsupported("padding with %d values of type %s", v.size(), v.dtype)
			}
			inputs = slices.Clone(inputs)
			inputs[2] = l.constant(v.reshaped())
		}
	}
	l.emit(with(n, inputs, "pads", "value"))
	return nil
}

// lowerSplit turns the sizes that were an attribute before operator set 13 into an input.
func lowerSplit(l *lowering, n *protos.NodeProto) error {
	if slices.Contains(n.Output, "") {
		return unsupported("outputs left out")
	}
	inputs := n.Input
	if sizes := attrInts(n, "split"); len(sizes) > 0 && len(inputs) == 1 {
		inputs = []string{n.Input[0], l.constant(intArray(sizes...))}
	}
	if len(inputs) > 1 && inputs[1] != "" {
		if sizes, ok := l.ints(inputs[1]); !ok || len(sizes) != len(n.Output) {
			return unsupported("sizes that are not constant, or not one for each output")
		}
	} else {
		inputs = inputs[:1]
	}
	l.emit(with(n, inputs, "split", "num_outputs"))
	return nil
}
