package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// compilation turns a function into a program, for concrete sizes of its dynamic axes.
type compilation struct {
	backend *Backend
	fn      *function
	nodes   []*node // of fn, in the order of axes in which they run
	axes    shapes.AxisBindings
	shape   map[*value]shapes.Shape // concrete, as stored
	// inputs holds the arguments of this execution, for sizes that depend on data; nil
	// when compiling ahead.
	inputs [][]byte
	// alias maps outputs that are their first operand's bytes to that operand.
	alias map[*value]*value
}

// binder gives sizes to the dynamic axes that an operation brings in.
type binder func(c *compilation) error

// step is a kernel with the places of its operands.
type step struct {
	op      compute.OpType
	kernel  kernel
	in, out []*value
	// overwrite is the input whose memory the output may take when nobody needs it any
	// more, or -1.
	overwrite int
	group     *group // of a step that is a group
}

// compile compiles a function, outputs being values of it.
func (b *Backend) compile(f *function, axes shapes.AxisBindings, inputs [][]byte, outputs []*value) (*program, error) {
	c := &compilation{backend: b, fn: f, axes: axes, shape: map[*value]shapes.Shape{}, inputs: inputs, alias: map[*value]*value{}}
	live := liveNodes(outputs)
	if err := c.resolve(live); err != nil {
		return nil, err
	}
	c.nodes, outputs = c.withChannelsLast(live, outputs)
	live = liveNodes(outputs)
	groups := fuse(c, live, outputs)
	var steps []step
	for _, n := range c.nodes {
		if !live[n] || n.plan == nil && n.element == nil || groups.inside[n] {
			continue
		}
		s, err := c.plan(n, groups)
		if err != nil {
			return nil, opError(n.op, n.inputs, err)
		}
		if s.kernel.alias {
			c.alias[n.outs[0]] = s.in[0]
			continue
		}
		steps = append(steps, s)
	}
	return c.assemble(c.attachGroups(steps, outputs), outputs), nil
}

// plan prepares one node, or the group of element-wise nodes that ends in it.
func (c *compilation) plan(n *node, groups *grouping) (step, error) {
	if n.element != nil {
		return c.planGroup(n, groups)
	}
	in, out := c.shapes(n.inputs), c.shapes(n.outs)
	var k kernel
	var err error
	if n.raw {
		k, err = n.plan(c, in, out)
	} else {
		k, err = planThroughFloat32(c, n.plan, in, out)
	}
	return step{op: n.op, kernel: k, in: n.inputs, out: n.outs, overwrite: -1}, err
}

// root returns the value whose memory holds v.
func (c *compilation) root(v *value) *value {
	for c.alias[v] != nil {
		v = c.alias[v]
	}
	return v
}

// closure compiles a function that an operation of this one calls.
func (c *compilation) closure(f *function) (*program, error) {
	return c.backend.compile(f, c.axes, nil, f.outputs)
}

func (c *compilation) shapes(vs []*value) []shapes.Shape {
	out := make([]shapes.Shape, len(vs))
	for i, v := range vs {
		out[i] = c.shape[v]
	}
	return out
}

// resolve finds the concrete shape of every live value.
func (c *compilation) resolve(live map[*node]bool) error {
	for _, n := range c.fn.nodes {
		if !live[n] {
			continue
		}
		if n.bind != nil {
			if err := n.bind(c); err != nil {
				return opError(n.op, n.inputs, err)
			}
		}
		for _, v := range n.outs {
			s, err := v.shape.Resolve(c.axes)
			if err != nil {
				return opError(n.op, n.inputs, err)
			}
			s.AxisNames = nil
			c.shape[v] = c.backend.stored(s)
		}
	}
	return nil
}

// liveNodes marks the nodes that outputs depend on.
func liveNodes(outputs []*value) map[*node]bool {
	live := map[*node]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		if live[n] {
			return
		}
		live[n] = true
		for _, v := range n.inputs {
			visit(v.node)
		}
	}
	for _, v := range outputs {
		visit(v.node)
	}
	return live
}

// planThroughFloat32 plans an operation whose half-precision operands are converted to
// float32 before and back after.
func planThroughFloat32(c *compilation, plan planner, in, out []shapes.Shape) (kernel, error) {
	cin, hin := computedShapes(in)
	cout, hout := computedShapes(out)
	k, err := plan(c, cin, cout)
	if err != nil || !hin && !hout || k.alias {
		return k, err
	}
	inner, own := k.run, align(k.scratch)
	extra := 0
	for i, s := range in {
		extra += halfScratch(s, cin[i])
	}
	for i, s := range out {
		extra += halfScratch(s, cout[i])
	}
	return kernel{scratch: own + extra, run: func(ins, outs [][]byte, scratch []byte) error {
		free := scratch[own:]
		take := func(m []byte, from, to shapes.Shape) []byte {
			if from.DType == to.DType {
				return m
			}
			n := halfScratch(from, to)
			wide := free[:bytesOf(to):n]
			free = free[n:]
			return wide
		}
		wideIn, wideOut := make([][]byte, len(ins)), make([][]byte, len(outs))
		for i, m := range ins {
			if wideIn[i] = take(m, in[i], cin[i]); in[i].DType != cin[i].DType {
				convertFloats(wideIn[i], cin[i].DType, m, in[i].DType)
			}
		}
		for i, m := range outs {
			wideOut[i] = take(m, out[i], cout[i])
		}
		if err := inner(wideIn, wideOut, scratch[:own]); err != nil {
			return err
		}
		for i, m := range outs {
			if out[i].DType != cout[i].DType {
				convertFloats(m, out[i].DType, wideOut[i], cout[i].DType)
			}
		}
		return nil
	}}, nil
}

// computedShapes gives the shapes with dtypes as they are computed, and tells whether any
// differs.
func computedShapes(stored []shapes.Shape) (out []shapes.Shape, differ bool) {
	out = make([]shapes.Shape, len(stored))
	for i, s := range stored {
		out[i] = s
		out[i].DType = computed(s.DType)
		differ = differ || out[i].DType != s.DType
	}
	return out, differ
}

func halfScratch(stored, computed shapes.Shape) int {
	if stored.DType == computed.DType {
		return 0
	}
	return align(bytesOf(computed))
}

// evaluate computes an integer scalar that sizes depend on, from the arguments of this
// execution.
func (c *compilation) evaluate(v *value) (int, error) {
	p, err := c.backend.compile(c.fn, c.axes, c.inputs, []*value{v})
	if err != nil {
		return 0, err
	}
	if c.inputs == nil && p.reads {
		return 0, fmt.Errorf("a size depends on data inside a closure: %w", compute.ErrNotImplemented)
	}
	out := allocate(bytesOf(c.backend.stored(v.shape)))
	if err := p.run(c.inputs, [][]byte{out}); err != nil {
		return 0, err
	}
	return integerAt(out, v.shape.DType)
}
