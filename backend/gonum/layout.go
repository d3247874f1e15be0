package gonum

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// lastOrder is the order of axes in which images are computed: axis i of such a value is
// axis lastOrder[i] of [batch, channels, height, width].
var lastOrder = []int{0, 2, 3, 1}

// relaid is an operation on operands in another order of axes.
type relaid struct {
	plan   planner
	inputs int  // how many of the operands, the first ones, are in the new order
	result bool // the result is in the new order too
}

// layouts rewrites a function so that convolutions of images whose channels come first, and
// what lies between them, run on images whose channels come last: the order that the kernels
// read. An image is transposed where it enters such a stretch and where it leaves it, not
// around every convolution. The values are the same.
type layouts struct {
	c     *compilation
	nodes []*node
	now   map[*value]*value // a value of the function -> what stands for it, in its own order
	last  map[*value]*value // -> the same with channels last
}

// withChannelsLast returns the nodes and outputs of the function rewritten, or as they are if no
// convolution asks for it or sizes depend on data.
func (c *compilation) withChannelsLast(live map[*node]bool, outputs []*value) ([]*node, []*value) {
	wanted := false
	for _, n := range c.fn.nodes {
		if live[n] && n.bind != nil {
			return c.fn.nodes, outputs
		}
		wanted = wanted || live[n] && n.channelsFirst
	}
	if !wanted {
		return c.fn.nodes, outputs
	}
	l := &layouts{c: c, now: map[*value]*value{}, last: map[*value]*value{}}
	for _, n := range c.fn.nodes {
		if live[n] {
			l.add(n)
		}
	}
	out := make([]*value, len(outputs))
	for i, v := range outputs {
		out[i] = l.plain(v)
	}
	return l.nodes, out
}

// moved tells whether a value exists with its channels last only.
func (l *layouts) moved(v *value) bool { return l.now[v] == nil && l.last[v] != nil }

// add rewrites one node.
func (l *layouts) add(n *node) {
	some := slices.ContainsFunc(n.inputs, l.moved)
	switch {
	case n.channelsFirst, some && n.relay != nil && l.moved(n.inputs[0]):
		l.relay(n)
	case some && n.element != nil && l.rank(n.outs[0]) == 4:
		l.element(n)
	case some && n.window != nil && l.rank(n.outs[0]) == 4:
		l.last[n.outs[0]] = l.window(n)
	case some && n.permutation != nil:
		l.transpose(n)
	default:
		l.keep(n)
	}
}

func (l *layouts) rank(v *value) int { return l.c.shape[v].Rank() }

// keep leaves a node as it is, on operands in their own order.
func (l *layouts) keep(n *node) {
	same := true
	inputs := make([]*value, len(n.inputs))
	for i, v := range n.inputs {
		inputs[i] = l.plain(v)
		same = same && inputs[i] == v
	}
	if same {
		l.nodes = append(l.nodes, n)
		for _, v := range n.outs {
			l.now[v] = v
		}
		return
	}
	shapes := make([]shapes.Shape, len(n.outs))
	for i, v := range n.outs {
		shapes[i] = l.c.shape[v]
	}
	copied := l.copy(n, inputs, shapes...)
	for i, v := range n.outs {
		l.now[v] = copied.outs[i]
	}
}

// copy appends a node that does what n does on other operands.
func (l *layouts) copy(n *node, inputs []*value, outs ...shapes.Shape) *node {
	m := *n
	m.inputs, m.outs = inputs, nil
	for i, s := range outs {
		declared := n.outs[i].shape
		if !declared.IsDynamic() {
			declared = declared.Clone()
			declared.Dimensions = slices.Clone(s.Dimensions)
		}
		v := &value{fn: l.c.fn, node: &m, shape: declared}
		l.c.shape[v] = s
		m.outs = append(m.outs, v)
	}
	l.nodes = append(l.nodes, &m)
	return &m
}

// relay rewrites an operation that knows how to.
func (l *layouts) relay(n *node) {
	r := n.relay(lastOrder)
	if r.plan == nil {
		l.keep(n)
		return
	}
	inputs := make([]*value, len(n.inputs))
	for i, v := range n.inputs {
		if i < r.inputs {
			inputs[i] = l.channelsLast(v)
		} else {
			inputs[i] = l.plain(v)
		}
	}
	s := l.c.shape[n.outs[0]]
	if r.result {
		s = reordered(s)
	}
	m := l.copy(n, inputs, s)
	m.plan, m.channelsFirst, m.relay = r.plan, false, nil
	if r.result {
		l.last[n.outs[0]] = m.outs[0]
	} else {
		l.now[n.outs[0]] = m.outs[0]
	}
}

// element rewrites an element-wise operation. Scalars are the same in any order.
func (l *layouts) element(n *node) {
	inputs := make([]*value, len(n.inputs))
	for i, v := range n.inputs {
		if inputs[i] = l.plainOrNil(v); l.rank(v) == 4 {
			inputs[i] = l.channelsLast(v)
		}
	}
	l.last[n.outs[0]] = l.copy(n, inputs, reordered(l.c.shape[n.outs[0]])).outs[0]
}

// plainOrNil is plain for values that are not images.
func (l *layouts) plainOrNil(v *value) *value {
	if l.rank(v) == 4 {
		return nil
	}
	return l.plain(v)
}

// window returns a broadcast or slice whose result has its channels last.
func (l *layouts) window(n *node) *value {
	x := n.inputs[0]
	moved := l.moved(x)
	inner, from := n.window, l.now[x]
	if moved {
		from = l.last[x]
	}
	window := func(in shapes.Shape, strides []int) ([]int, int) {
		if moved {
			in, strides = restored(in), restore(strides)
		}
		along, offset := inner(in, strides)
		return reorder(along), offset
	}
	m := l.copy(n, []*value{from}, reordered(l.c.shape[n.outs[0]]))
	m.window = window
	m.plan = func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		along, offset := window(in[0], rowStrides(in[0].Dimensions))
		return gatherKernel(out[0], along, offset), nil
	}
	return m.outs[0]
}

// transpose rewrites a transposition of an image that exists with its channels last. The
// usual one, to just that order, is that image.
func (l *layouts) transpose(n *node) {
	order := make([]int, len(n.permutation))
	for i, axis := range n.permutation {
		order[i] = slices.Index(lastOrder, axis)
	}
	x := l.last[n.inputs[0]]
	if slices.IsSorted(order) {
		l.now[n.outs[0]] = x
		return
	}
	l.now[n.outs[0]] = l.transposed(x, order, l.c.shape[n.outs[0]])
}

// transposed appends a transposition.
func (l *layouts) transposed(x *value, order []int, out shapes.Shape) *value {
	n := &node{op: compute.OpTypeTranspose, plan: transposePlanner(order), raw: true, permutation: order}
	n.outs = []*value{{fn: l.c.fn, node: n, shape: x.shape}}
	return l.copy(n, []*value{x}, out).outs[0]
}

// plain returns a value in its own order.
func (l *layouts) plain(v *value) *value {
	if l.now[v] == nil {
		if l.last[v] == nil {
			return v
		}
		l.now[v] = l.transposed(l.last[v], restore(identityAxes(4)), l.c.shape[v])
	}
	return l.now[v]
}

// channelsLast returns an image with its channels last.
func (l *layouts) channelsLast(v *value) *value {
	if l.last[v] == nil {
		switch x := l.now[v]; {
		case x.node.window != nil && x.node == v.node:
			l.last[v] = l.window(x.node)
		default:
			l.last[v] = l.transposed(x, lastOrder, reordered(l.c.shape[v]))
		}
	}
	return l.last[v]
}

// reorder returns what the axes of an image have, in the new order; restore undoes it.
func reorder(axes []int) []int { return pick(axes, lastOrder) }

func restore(axes []int) []int {
	out := make([]int, len(axes))
	for i, axis := range lastOrder {
		out[axis] = axes[i]
	}
	return out
}

func reordered(s shapes.Shape) shapes.Shape {
	s.Dimensions = reorder(s.Dimensions)
	return s
}

func restored(s shapes.Shape) shapes.Shape {
	s.Dimensions = restore(s.Dimensions)
	return s
}
