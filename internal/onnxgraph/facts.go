package onnxgraph

import (
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// fact is what is known of a value before any sizes are: its rank, 0 if unknown, and
// whether its first axis is certainly the batch.
type fact struct {
	rank  int
	batch bool
}

// fact returns what is known of a value.
func (l *lowering) fact(name string) fact {
	if a := l.net.consts[name]; a != nil {
		return fact{rank: len(a.dims)}
	}
	return l.facts[name]
}

// derive finds what is known of a node's outputs. Not knowing is always right: it only
// leaves a node as it is in the file.
func (l *lowering) derive(n *protos.NodeProto) fact {
	x := l.fact(input(n, 0))
	switch n.OpType {
	case "Abs", "AveragePool", "Cast", "Ceil", "Clip", "Conv", "Cos", "Erf", "Exp", "Floor", "GlobalAveragePool", "HardSwish", "Identity",
		"Log", "MaxPool", "Neg", "Reciprocal", "Relu", "Sigmoid", "Sign", "Sin", "Sqrt", "Tanh", "Softmax", "Not", "BatchNormalization":
		return x
	case "Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Where", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or":
		return l.broadcast(n.Input)
	case "Flatten":
		return fact{rank: 2, batch: x.batch && attrInt(n, "axis", 1) == 1}
	case "Gemm":
		return fact{rank: 2, batch: x.batch && attrInt(n, "transA", 0) == 0}
	case "MatMul":
		if y := l.fact(input(n, 1)); x.rank >= y.rank && x.rank > 1 && y.rank > 1 {
			return x
		}
	case "Transpose":
		perm := attrInts(n, "perm")
		return fact{rank: x.rank, batch: x.batch && len(perm) > 0 && perm[0] == 0}
	case "Concat":
		return l.joined(n, x)
	case "Split":
		return fact{rank: x.rank, batch: x.batch && attrInt(n, "axis", 0) > 0}
	case "Slice", "Pad", "Tile":
		return l.partial(n, x)
	case "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "Squeeze", "Unsqueeze":
		return l.changedRank(n, x)
	case "Reshape":
		if shape, ok := l.ints(input(n, 1)); ok {
			return fact{rank: len(shape), batch: x.batch && len(shape) > 0 && shape[0] == 0}
		}
	}
	return fact{}
}

// broadcast is of the operand with the most axes.
func (l *lowering) broadcast(inputs []string) fact {
	var most fact
	for _, name := range inputs {
		f := l.fact(name)
		if f.rank == 0 {
			if a := l.net.consts[name]; a == nil {
				return fact{}
			}
		}
		if f.rank > most.rank {
			most = f
		} else if f.rank == most.rank {
			most.batch = most.batch || f.batch
		}
	}
	return most
}

func (l *lowering) joined(n *protos.NodeProto, x fact) fact {
	for _, name := range n.Input {
		f := l.fact(name)
		x.rank, x.batch = max(x.rank, f.rank), x.batch || f.batch
	}
	axis := attrInt(n, "axis", 0)
	x.batch = x.batch && (axis > 0 || axis < 0 && int(axis) > -x.rank)
	return x
}

// partial is for operations that may act on the first axis: they keep the batch if they
// certainly do not.
func (l *lowering) partial(n *protos.NodeProto, x fact) fact {
	touches := true
	switch n.OpType {
	case "Slice":
		if axes, ok := l.ints(input(n, 3)); ok {
			touches = slices.ContainsFunc(axes, func(a int64) bool { return a == 0 || a < 0 && int(a) <= -x.rank })
		}
	case "Pad":
		if pads, ok := l.ints(input(n, 1)); ok && len(pads) > 1 {
			touches = pads[0] != 0 || pads[len(pads)/2] != 0
		}
	case "Tile":
		if repeats, ok := l.ints(input(n, 1)); ok && len(repeats) > 0 {
			touches = repeats[0] != 1
		}
	}
	x.batch = x.batch && !touches
	return x
}

func (l *lowering) changedRank(n *protos.NodeProto, x fact) fact {
	rank := x.rank
	if rank == 0 {
		return fact{}
	}
	if n.OpType == "Unsqueeze" {
		rank += max(len(attrInts(n, "axes")), l.count(input(n, 1)))
	}
	if rank > maxRank {
		return fact{}
	}
	axes, err := l.net.axes(n, rank)
	if err != nil || len(axes) == 0 {
		return fact{}
	}
	f := fact{rank: rank, batch: x.batch && !slices.Contains(axes, 0)}
	if n.OpType == "Squeeze" || n.OpType != "Unsqueeze" && attrInt(n, "keepdims", 1) == 0 {
		f.rank -= len(axes)
	}
	return f
}

func (l *lowering) count(name string) int {
	values, _ := l.ints(name)
	return len(values)
}
