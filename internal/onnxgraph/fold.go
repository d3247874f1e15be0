package onnxgraph

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// folders compute operations on constants. They return nil if the operation has to stay
// in the graph after all.
var folders = map[string]func(net *network, n *protos.NodeProto) (*array, error){
	"Constant":         foldConstant,
	"Reshape":          foldReshape,
	"Squeeze":          foldSqueeze,
	"Unsqueeze":        foldUnsqueeze,
	"DequantizeLinear": foldDequantize,
}

// fold removes what depends on no input, and what only hands a value on.
func (net *network) fold() error {
	net.alias = map[string]string{}
	nodes := net.nodes
	net.nodes = nil
	// Each weight is dequantized once in an honest file. Without a bound a small file
	// could do it to one weight a thousand times.
	budget := 1 << 16
	for _, a := range net.consts {
		budget += 4 * a.size()
	}
	for _, n := range nodes {
		if renamed := net.renamed(n.Input); renamed != nil {
			n = with(n, renamed)
		}
		if len(n.Output) == 0 {
			continue
		}
		if (n.OpType == "Identity" || n.OpType == "Dropout") && standard(n.Domain) && len(n.Input) > 0 {
			// Dropout's second output, a mask of ones, has no meaning in inference:
			// whoever reads it gets an error.
			net.alias[n.Output[0]] = n.Input[0]
			continue
		}
		a, err := net.foldNode(n)
		if err != nil {
			return fmt.Errorf("%s: %w", describeNode(n), err)
		}
		if a != nil {
			if budget -= a.size(); budget < 0 {
				return unsupported("%s: constants several times the size of the weights", describeNode(n))
			}
			net.consts[n.Output[0]] = a
			continue
		}
		net.nodes = append(net.nodes, n)
	}
	return nil
}

// renamed returns the inputs with aliases replaced, or nil if there are none.
func (net *network) renamed(inputs []string) []string {
	var out []string
	for i, name := range inputs {
		if to := net.resolve(name); to != name {
			if out == nil {
				out = slices.Clone(inputs)
			}
			out[i] = to
		}
	}
	return out
}

func (net *network) foldNode(n *protos.NodeProto) (*array, error) {
	f := folders[n.OpType]
	if f == nil || !standard(n.Domain) {
		return nil, nil
	}
	for _, name := range n.Input {
		if name != "" && net.consts[name] == nil {
			return nil, nil
		}
	}
	if n.OpType != "Constant" && net.consts[input(n, 0)] == nil {
		return nil, fmt.Errorf("no input")
	}
	return f(net, n)
}

func foldConstant(_ *network, n *protos.NodeProto) (*array, error) {
	for _, a := range n.Attribute {
		switch a.Name {
		case "value":
			return decode(a.T)
		case "value_float":
			return floatArray([]float32{a.F}), nil
		case "value_floats":
			return floatArray(a.Floats, len(a.Floats)), nil
		case "value_int":
			return intArray(a.I).reshaped(), nil
		case "value_ints":
			return intArray(a.Ints...), nil
		}
	}
	return nil, unsupported("a constant of this kind")
}

func foldReshape(net *network, n *protos.NodeProto) (*array, error) {
	x, shape := net.consts[n.Input[0]], net.consts[input(n, 1)]
	if shape == nil || len(shape.ints) > maxRank {
		return nil, fmt.Errorf("no valid shape")
	}
	dims, free, rest := make([]int, len(shape.ints)), -1, 1
	for i, d := range shape.ints {
		switch {
		case d == -1 && free < 0:
			free = i
			continue
		case d == 0 && i < len(x.dims) && attrInt(n, "allowzero", 0) == 0:
			d = int64(x.dims[i])
		}
		if d < 0 || d > int64(x.size()) {
			return nil, fmt.Errorf("shape %v does not fit sizes %v", shape.ints, x.dims)
		}
		if dims[i] = int(d); rest <= x.size() {
			rest *= int(d)
		}
	}
	if free >= 0 && rest > 0 {
		dims[free] = x.size() / rest
	}
	if free >= 0 {
		rest *= dims[free]
	}
	if rest != x.size() {
		return nil, fmt.Errorf("shape %v does not fit sizes %v", shape.ints, x.dims)
	}
	return x.reshaped(dims...), nil
}

// axes returns the axes that a node names by attribute (old) or by a constant input
// (new), made non-negative for that rank.
func (net *network) axes(n *protos.NodeProto, rank int) ([]int, error) {
	values := attrInts(n, "axes")
	if a := net.consts[input(n, 1)]; a != nil {
		values = a.ints
	}
	axes := make([]int, 0, len(values))
	for _, v := range values {
		if v < 0 {
			v += int64(rank)
		}
		if v < 0 || v >= int64(rank) || slices.Contains(axes, int(v)) {
			return nil, fmt.Errorf("axes %v do not fit rank %d", values, rank)
		}
		axes = append(axes, int(v))
	}
	return axes, nil
}

func foldSqueeze(net *network, n *protos.NodeProto) (*array, error) {
	x := net.consts[n.Input[0]]
	axes, err := net.axes(n, len(x.dims))
	if err != nil {
		return nil, err
	}
	dims := []int{}
	for i, d := range x.dims {
		remove := slices.Contains(axes, i) || len(axes) == 0 && d == 1
		if remove && d != 1 {
			return nil, fmt.Errorf("axes %v do not fit sizes %v", axes, x.dims)
		}
		if !remove {
			dims = append(dims, d)
		}
	}
	return x.reshaped(dims...), nil
}

func foldUnsqueeze(net *network, n *protos.NodeProto) (*array, error) {
	x := net.consts[n.Input[0]]
	count := len(attrInts(n, "axes"))
	if a := net.consts[input(n, 1)]; a != nil {
		count = len(a.ints)
	}
	rank := len(x.dims) + count
	if rank > maxRank {
		return nil, unsupported("rank %d", rank)
	}
	axes, err := net.axes(n, rank)
	if err != nil {
		return nil, err
	}
	dims, next := make([]int, rank), 0
	for i := range dims {
		if slices.Contains(axes, i) {
			dims[i] = 1
			continue
		}
		dims[i] = x.dims[next]
		next++
	}
	return x.reshaped(dims...), nil
}
