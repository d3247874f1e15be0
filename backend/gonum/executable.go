package gonum

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// executable runs a compiled computation. It is safe for concurrent use.
type executable struct {
	backend *Backend
	name    string
	main    *function
	// programs holds one program for each concrete set of axis sizes: string -> *program.
	// Computations without dynamic axes have one, compiled ahead.
	programs sync.Map
	// volatile says that sizes depend on data, so that programs cannot be kept.
	volatile  bool
	finalized atomic.Bool
}

var _ compute.Executable = (*executable)(nil)

func newExecutable(bl *builder) (*executable, error) {
	e := &executable{backend: bl.backend, name: bl.name, main: bl.main, volatile: sizesReadData(bl.main)}
	for _, p := range bl.main.params {
		if p.shape.IsDynamic() {
			return e, nil // compiled at the first execution
		}
	}
	if e.volatile {
		return e, nil
	}
	p, err := bl.backend.compile(bl.main, shapes.AxisBindings{}, nil, bl.main.outputs)
	if err != nil {
		return nil, err
	}
	e.programs.Store("", p)
	return e, nil
}

// sizesReadData tells whether a size of some dynamic axis is computed from the data of a
// parameter.
func sizesReadData(f *function) bool {
	reads := map[*value]bool{}
	for _, p := range f.params {
		reads[p] = true
	}
	for _, n := range f.nodes {
		any := false
		for _, v := range n.inputs {
			any = any || reads[v]
		}
		if n.bind != nil && any && sizesFrom(n, reads) {
			return true
		}
		if n.op == compute.OpTypeDynamicShape || n.op == compute.OpTypeDynamicDimensionSize {
			continue // known from the shapes alone
		}
		for _, v := range n.outs {
			reads[v] = reads[v] || any
		}
	}
	return false
}

// sizesFrom tells whether one of the size operands of a node is in the set. They follow
// the data.
func sizesFrom(n *node, reads map[*value]bool) bool {
	data := 1
	switch n.op {
	case compute.OpTypeDynamicIota:
		data = 0
	case compute.OpTypeDynamicPad:
		data = 2
	}
	return slices.ContainsFunc(n.inputs[data:], func(v *value) bool { return reads[v] })
}

// Finalize drops the programs.
func (e *executable) Finalize() {
	e.finalized.Store(true)
	e.programs.Clear()
}

// MemoryBytes is the memory that one run takes beside its arguments, results and
// constants, 0 where that depends on sizes that come with the arguments. It is no part of
// compute.Executable: ask for it with a type assertion.
func (e *executable) MemoryBytes() int {
	if p, ok := e.programs.Load(""); ok {
		return p.(*program).arena
	}
	return 0
}

// Inputs returns the names and declared shapes of the parameters.
func (e *executable) Inputs() (names []string, inputShapes []shapes.Shape) {
	return e.main.names, shapesOf(e.main.params)
}

// Outputs returns the declared shapes of the results.
func (e *executable) Outputs() []shapes.Shape { return shapesOf(e.main.outputs) }

// Execute runs the computation. Donated buffers are taken whatever the outcome of the run
// itself; when the arguments are refused, they are left as they were.
func (e *executable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	if e.finalized.Load() || e.backend.IsFinalized() {
		return nil, fmt.Errorf("gonum: computation %q is finalized", e.name)
	}
	if device != 0 {
		return nil, fmt.Errorf("gonum: computation %q: no device %d: the host is device 0", e.name, device)
	}
	if len(donate) != 0 && len(donate) != len(inputs) {
		return nil, fmt.Errorf("gonum: computation %q: %d inputs, but %d donation marks", e.name, len(inputs), len(donate))
	}
	in, axes, err := e.arguments(inputs)
	if err != nil {
		return nil, fmt.Errorf("gonum: computation %q: %w", e.name, err)
	}
	p, err := e.program(axes, in)
	if err != nil {
		return nil, fmt.Errorf("gonum: computation %q: %w", e.name, err)
	}
	results := make([]compute.Buffer, len(p.results))
	out := make([][]byte, len(p.results))
	for i, s := range p.results {
		x := e.backend.newBuffer(s)
		results[i], out[i] = x, x.data
	}
	if err := p.run(in, out); err != nil {
		return nil, fmt.Errorf("gonum: computation %q: %w", e.name, err)
	}
	for i, d := range donate {
		if d {
			if err := inputs[i].Finalize(); err != nil {
				return nil, fmt.Errorf("gonum: computation %q: input %d: %w", e.name, i, err)
			}
		}
	}
	return results, nil
}

// arguments checks the inputs against the parameters, and binds the dynamic axes.
func (e *executable) arguments(inputs []compute.Buffer) ([][]byte, shapes.AxisBindings, error) {
	if len(inputs) != len(e.main.params) {
		return nil, nil, fmt.Errorf("want %d inputs, got %d", len(e.main.params), len(inputs))
	}
	in := make([][]byte, len(inputs))
	axes := shapes.AxisBindings{}
	for i, p := range e.main.params {
		x, ok := inputs[i].(*buffer)
		if !ok || x == nil || x.backend != e.backend {
			return nil, nil, fmt.Errorf("input %d (%s): %T does not belong to this engine", i, e.main.names[i], inputs[i])
		}
		if err := x.check("Execute"); err != nil {
			return nil, nil, fmt.Errorf("input %d (%s): %w", i, e.main.names[i], err)
		}
		if p.shape.IsDynamic() && x.shape.DType == p.shape.DType {
			if err := axes.Extract(p.shape, x.shape); err != nil {
				return nil, nil, fmt.Errorf("input %d (%s): want shape %s, got %s: %w", i, e.main.names[i], p.shape, x.shape, err)
			}
		} else if !x.shape.Equal(p.shape) {
			return nil, nil, fmt.Errorf("input %d (%s): want shape %s, got %s", i, e.main.names[i], p.shape, x.shape)
		}
		in[i] = x.data
	}
	return in, axes, nil
}

// program returns the program for these axis sizes.
func (e *executable) program(axes shapes.AxisBindings, in [][]byte) (*program, error) {
	key := axes.Key()
	if p, ok := e.programs.Load(key); ok {
		return p.(*program), nil
	}
	p, err := e.backend.compile(e.main, axes, in, e.main.outputs)
	if err != nil {
		return nil, err
	}
	if !e.volatile {
		kept, _ := e.programs.LoadOrStore(key, p)
		p = kept.(*program)
	}
	return p, nil
}
