package gonum

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/sets"
)

// function records nodes in the order in which they were added, which is an order in
// which they can run.
type function struct {
	notimplemented.Function
	builder *builder
	parent  *function // of a closure
	name    string

	nodes    []*node
	params   []*value
	names    []string
	captures []capture // of a closure
	outputs  []*value
	returned bool
	axes     sets.Set[string] // names of dynamic axes that parameters bring in
}

var _ compute.Function = (*function)(nil)

// capture is an outer value that a closure uses, and the node that stands for it inside.
type capture struct{ outer, local *value }

// value is one output of a node: the engine's compute.Value.
type value struct {
	fn    *function
	node  *node
	shape shapes.Shape // as declared; may have dynamic axes
}

// node is one operation.
type node struct {
	op     compute.OpType
	inputs []*value
	outs   []*value
	plan   planner

	// raw says that the planner takes stored dtypes; others are given computed ones, half
	// precision being converted to float32 and back around the kernel.
	raw      bool
	constant []byte       // of OpTypeConstant, as stored
	element  *elementwise // of operations that work element by element
	window   windower     // of operations that element-wise readers can look through
	bind     binder       // of operations that give dynamic axes their sizes

	// relay plans the operation for another order of axes, see layout.go; nil where it
	// cannot. permutation is that of a transposition.
	relay         func(order []int) relaid
	channelsFirst bool // a convolution of images [batch, channels, height, width]
	permutation   []int
}

// planner prepares the operation for concrete shapes, with dtypes as they are computed
// (or stored: see node.raw).
type planner func(c *compilation, in, out []shapes.Shape) (kernel, error)

// windower tells how the elements of an operation's output lie in its operand: how far
// apart along each output axis, given how far apart the operand's own lie in memory, and
// how far from the operand's first element they begin.
type windower func(in shapes.Shape, strides []int) (along []int, offset int)

// kernel is an operation ready to run.
type kernel struct {
	// run computes out from in. The scratch memory has the asked size, and undefined
	// contents.
	run func(in, out [][]byte, scratch []byte) error
	// scratch is the number of bytes of working memory that run asks for.
	scratch int
	// alias says that the only output has the bytes of the first input: nothing is to be
	// run.
	alias bool
	// tiled is run, where the kernel can say after which elements [lo, hi) of the result it
	// is done: multiples of tileUnit, possibly at the same time. Nil where it cannot.
	tiled    func(in, out [][]byte, scratch []byte, after func(lo, hi int)) error
	tileUnit int
}

func newFunction(bl *builder, parent *function, name string) *function {
	f := &function{builder: bl, parent: parent, name: name, axes: sets.Make[string]()}
	f.ErrFn = func(op compute.OpType) error {
		return fmt.Errorf("gonum: %s: %w", op, compute.ErrNotImplemented)
	}
	return f
}

func (f *function) Name() string             { return f.name }
func (f *function) Builder() compute.Builder { return f.builder }

// Parent returns the function around a closure, nil for others.
func (f *function) Parent() compute.Function {
	if f.parent == nil {
		return nil // a nil *function would be a non-nil interface
	}
	return f.parent
}

// Closure starts a nameless function that may use the values of this one.
func (f *function) Closure() (compute.Function, error) {
	if err := f.open("Closure"); err != nil {
		return nil, err
	}
	c := newFunction(f.builder, f, "")
	c.axes = f.axes
	return c, nil
}

// Shape returns the declared shape of a value.
func (f *function) Shape(v compute.Value) (shapes.Shape, error) { return f.builder.OpShape(v) }

func (f *function) open(what any) error {
	if f.builder.compiled {
		return fmt.Errorf("gonum: %v: computation %q is compiled already", what, f.builder.name)
	}
	if f.returned {
		return fmt.Errorf("gonum: %v: function %q has returned already", what, f.name)
	}
	return nil
}

// Parameter adds an input. Shardings are refused: the engine has one device.
func (f *function) Parameter(name string, s shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	if err := f.open("Parameter"); err != nil {
		return nil, err
	}
	if sharding != nil {
		return nil, fmt.Errorf("gonum: Parameter %q: sharding: %w", name, compute.ErrNotImplemented)
	}
	if err := f.builder.backend.supports(s.DType); err != nil {
		return nil, fmt.Errorf("gonum: Parameter %q of shape %s: %w", name, s, err)
	}
	n := f.add(compute.OpTypeParameter, nil, nil, s)
	f.params = append(f.params, n.outs[0])
	f.names = append(f.names, name)
	for axis := range s.Rank() {
		if name := s.AxisName(axis); s.IsAxisDynamic(axis) && name != "" {
			f.axes.Insert(name)
		}
	}
	return n.outs[0], nil
}

// Constant adds a tensor of fixed values, given as a slice of the dtype's Go type. The
// values are copied.
func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	if err := f.open("Constant"); err != nil {
		return nil, err
	}
	dtype, err := sliceDType(flat)
	if err != nil {
		return nil, fmt.Errorf("gonum: Constant: %w", err)
	}
	b := f.builder.backend
	if err := b.supports(dtype); err != nil {
		return nil, fmt.Errorf("gonum: Constant: %w", err)
	}
	s := shapes.Make(dtype, dims...)
	src, err := flatBytes(flat, s)
	if err != nil {
		return nil, fmt.Errorf("gonum: Constant: %w", err)
	}
	n := f.add(compute.OpTypeConstant, nil, nil, s)
	n.constant = allocate(bytesOf(b.stored(s)))
	b.store(n.constant, src, dtype)
	return n.outs[0], nil
}

// Return closes the function. Shardings are refused: the engine has one device.
func (f *function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	if err := f.open("Return"); err != nil {
		return err
	}
	for _, s := range shardings {
		if s != nil {
			return fmt.Errorf("gonum: Return: sharding: %w", compute.ErrNotImplemented)
		}
	}
	if len(outputs) == 0 {
		return fmt.Errorf("gonum: Return of function %q: want at least one output", f.name)
	}
	vs, err := f.values("Return", outputs...)
	if err != nil {
		return err
	}
	f.outputs, f.returned = vs, true
	return nil
}

// add appends a node with outputs of the given declared shapes.
func (f *function) add(op compute.OpType, plan planner, inputs []*value, outs ...shapes.Shape) *node {
	n := &node{op: op, inputs: slices.Clone(inputs), plan: plan}
	for _, s := range outs {
		if !s.IsDynamic() {
			s.AxisNames = nil // names are of dynamic axes; shape inference leaves empty ones behind
		}
		n.outs = append(n.outs, &value{fn: f, node: n, shape: s})
	}
	f.nodes = append(f.nodes, n)
	return n
}

// one appends a node with one output, unless shape inference failed: then the error names
// the operation and the shapes.
func (f *function) one(op compute.OpType, plan planner, inputs []*value, out shapes.Shape, err error) (compute.Value, error) {
	if err != nil {
		return nil, opError(op, inputs, err)
	}
	return f.add(op, plan, inputs, out).outs[0], nil
}

// move is one for an operation that only moves data: its planner is given dtypes as they
// are stored.
func (f *function) move(op compute.OpType, plan planner, inputs []*value, out shapes.Shape, err error) (compute.Value, error) {
	v, err := f.one(op, plan, inputs, out, err)
	if err == nil {
		v.(*value).node.raw = true
	}
	return v, err
}

// many appends a node with several outputs.
func (f *function) many(op compute.OpType, plan planner, inputs []*value, outs ...shapes.Shape) []compute.Value {
	n := f.add(op, plan, inputs, outs...)
	vs := make([]compute.Value, len(n.outs))
	for i, v := range n.outs {
		vs[i] = v
	}
	return vs
}

// values checks the operands of an operation. Values of an enclosing function are
// captured.
func (f *function) values(op any, vs ...compute.Value) ([]*value, error) {
	if err := f.open(op); err != nil {
		return nil, err
	}
	out := make([]*value, len(vs))
	for i, v := range vs {
		x, ok := v.(*value)
		if !ok || x == nil {
			return nil, fmt.Errorf("gonum: %v: operand %d is %T, no value of this engine", op, i, v)
		}
		if x.fn.builder != f.builder {
			return nil, fmt.Errorf("gonum: %v: operand %d belongs to computation %q, not %q", op, i, x.fn.builder.name, f.builder.name)
		}
		x, err := f.reach(x)
		if err != nil {
			return nil, fmt.Errorf("gonum: %v: operand %d: %w", op, i, err)
		}
		out[i] = x
	}
	return out, nil
}

// reach returns the value as seen in f: itself, or the parameter by which an outer value
// is captured.
func (f *function) reach(x *value) (*value, error) {
	if x.fn == f {
		return x, nil
	}
	if f.parent == nil {
		return nil, fmt.Errorf("value of shape %s belongs to function %q, which does not enclose %q", x.shape, x.fn.name, f.name)
	}
	outer, err := f.parent.reach(x)
	if err != nil {
		return nil, err
	}
	for _, c := range f.captures {
		if c.outer == outer {
			return c.local, nil
		}
	}
	local := f.add(compute.OpTypeParameter, nil, nil, outer.shape).outs[0]
	f.captures = append(f.captures, capture{outer: outer, local: local})
	return local, nil
}

// opError wraps an error with the operation and the shapes it was given.
func opError(op compute.OpType, inputs []*value, err error) error {
	list := make([]string, len(inputs))
	for i, x := range inputs {
		list[i] = x.shape.String()
	}
	return fmt.Errorf("gonum: %s(%s): %w", op, strings.Join(list, ", "), err)
}

func shapesOf(vs []*value) []shapes.Shape {
	out := make([]shapes.Shape, len(vs))
	for i, v := range vs {
		out[i] = v.shape
	}
	return out
}
