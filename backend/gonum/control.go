package gonum

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// controlOps are the operations that run functions.
var controlOps = []compute.OpType{compute.OpTypeCall, compute.OpTypeIf, compute.OpTypeWhile, compute.OpTypeSort}

// closureOf checks a function that an operation of f is to run: a closure of f, or a
// named function if named is set.
func (f *function) closureOf(op compute.OpType, role string, fn compute.Function, named bool) (*function, error) {
	c, ok := fn.(*function)
	switch {
	case !ok || c == nil:
		return nil, fmt.Errorf("gonum: %s: %s is %T, no function of this engine", op, role, fn)
	case c.builder != f.builder:
		return nil, fmt.Errorf("gonum: %s: %s belongs to computation %q, not %q", op, role, c.builder.name, f.builder.name)
	case !named && c.parent != f:
		return nil, fmt.Errorf("gonum: %s: %s is no closure of function %q", op, role, f.name)
	case !c.returned:
		return nil, fmt.Errorf("gonum: %s: %s has no Return", op, role)
	}
	return c, nil
}

// outer returns the outer values that a closure uses: they follow its parameters when it
// is run.
func (f *function) outer() []*value {
	vs := make([]*value, len(f.captures))
	for i, c := range f.captures {
		vs[i] = c.outer
	}
	return vs
}

// checkShapes compares the shapes that a function declares with those it is given.
func checkShapes(op compute.OpType, role string, want, got []*value) error {
	if len(want) != len(got) {
		return fmt.Errorf("gonum: %s: %s has %d values, want %d", op, role, len(want), len(got))
	}
	for i := range want {
		if !want[i].shape.Equal(got[i].shape) {
			return fmt.Errorf("gonum: %s: %s: value %d has shape %s, want %s", op, role, i, want[i].shape, got[i].shape)
		}
	}
	return nil
}

// rawMany adds an operation with several outputs that hands memory on as it is stored.
func (f *function) rawMany(op compute.OpType, plan planner, in []*value, outs ...shapes.Shape) []compute.Value {
	vs := f.many(op, plan, in, outs...)
	vs[0].(*value).node.raw = true
	return vs
}

// Call runs a named function of the same builder.
func (f *function) Call(fn compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	in, err := f.values(compute.OpTypeCall, inputs...)
	if err != nil {
		return nil, err
	}
	target, err := f.closureOf(compute.OpTypeCall, "the function", fn, true)
	if err != nil {
		return nil, err
	}
	if err := checkShapes(compute.OpTypeCall, fmt.Sprintf("function %q", target.name), target.params, in); err != nil {
		return nil, err
	}
	for _, v := range target.outer() {
		v, err := f.reach(v)
		if err != nil {
			return nil, fmt.Errorf("gonum: Call: %w", err)
		}
		in = append(in, v)
	}
	plan := func(c *compilation, _, _ []shapes.Shape) (kernel, error) {
		p, err := c.closure(target)
		return kernel{run: func(in, out [][]byte, _ []byte) error { return p.run(in, out) }}, err
	}
	return f.rawMany(compute.OpTypeCall, plan, in, shapesOf(target.outputs)...), nil
}

// If runs one of two closures without parameters.
func (f *function) If(pred compute.Value, trueBranch, falseBranch compute.Function) ([]compute.Value, error) {
	in, err := f.values(compute.OpTypeIf, pred)
	if err != nil {
		return nil, err
	}
	yes, err := f.closureOf(compute.OpTypeIf, "the true branch", trueBranch, false)
	if err != nil {
		return nil, err
	}
	no, err := f.closureOf(compute.OpTypeIf, "the false branch", falseBranch, false)
	if err != nil {
		return nil, err
	}
	switch s := in[0].shape; {
	case !s.IsScalar() || s.DType != dtypes.Bool:
		return nil, fmt.Errorf("gonum: If: the predicate is %s: want a boolean scalar", s)
	case len(yes.params)+len(no.params) > 0:
		return nil, fmt.Errorf("gonum: If: branches have no parameters, got %d and %d", len(yes.params), len(no.params))
	}
	if err := checkShapes(compute.OpTypeIf, "the false branch", yes.outputs, no.outputs); err != nil {
		return nil, err
	}
	split := 1 + len(yes.captures)
	plan := func(c *compilation, _, _ []shapes.Shape) (kernel, error) {
		whenTrue, err := c.closure(yes)
		if err != nil {
			return kernel{}, err
		}
		whenFalse, err := c.closure(no)
		return kernel{run: func(in, out [][]byte, _ []byte) error {
			if view[bool](in[0])[0] {
				return whenTrue.run(in[1:split], out)
			}
			return whenFalse.run(in[split:], out)
		}}, err
	}
	in = slices.Concat(in, yes.outer(), no.outer())
	return f.rawMany(compute.OpTypeIf, plan, in, shapesOf(yes.outputs)...), nil
}

// While runs body on the state for as long as cond is true.
func (f *function) While(cond, body compute.Function, initialState ...compute.Value) ([]compute.Value, error) {
	state, err := f.values(compute.OpTypeWhile, initialState...)
	if err != nil {
		return nil, err
	}
	test, err := f.closureOf(compute.OpTypeWhile, "cond", cond, false)
	if err != nil {
		return nil, err
	}
	step, err := f.closureOf(compute.OpTypeWhile, "body", body, false)
	if err != nil {
		return nil, err
	}
	if err := checkLoopClosures(state, test, step); err != nil {
		return nil, err
	}
	n, tests := len(state), len(test.captures)
	plan := func(c *compilation, in, _ []shapes.Shape) (kernel, error) {
		condition, err := c.closure(test)
		if err != nil {
			return kernel{}, err
		}
		iteration, err := c.closure(step)
		return whileKernel(condition, iteration, in[:n], tests), err
	}
	in := slices.Concat(state, test.outer(), step.outer())
	return f.rawMany(compute.OpTypeWhile, plan, in, shapesOf(state)...), nil
}

func checkLoopClosures(state []*value, test, step *function) error {
	if len(state) == 0 {
		return fmt.Errorf("gonum: While: want at least one state value")
	}
	if err := checkShapes(compute.OpTypeWhile, "the parameters of cond", state, test.params); err != nil {
		return err
	}
	if err := checkShapes(compute.OpTypeWhile, "the parameters of body", state, step.params); err != nil {
		return err
	}
	if err := checkShapes(compute.OpTypeWhile, "the results of body", state, step.outputs); err != nil {
		return err
	}
	if len(test.outputs) != 1 || !test.outputs[0].shape.IsScalar() || test.outputs[0].shape.DType != dtypes.Bool {
		return fmt.Errorf("gonum: While: cond returns %v: want one boolean scalar", shapesOf(test.outputs))
	}
	return nil
}

// whileKernel keeps two copies of the state: an iteration reads one and writes the other.
func whileKernel(condition, iteration *program, state []shapes.Shape, tests int) kernel {
	n := len(state)
	size := 64 // the condition's result
	for _, s := range state {
		size += align(bytesOf(s))
	}
	return kernel{scratch: size, run: func(in, out [][]byte, scratch []byte) error {
		flag, free := scratch[:1], scratch[64:]
		now, next := slices.Clone(out), make([][]byte, n)
		for i, s := range state {
			next[i], free = free[:bytesOf(s)], free[align(bytesOf(s)):]
			copy(now[i], in[i])
		}
		testArgs := slices.Concat(now, in[n:n+tests])
		stepArgs := slices.Concat(now, in[n+tests:])
		for {
			copy(testArgs, now)
			if err := condition.run(testArgs, [][]byte{flag}); err != nil {
				return err
			}
			if !view[bool](flag)[0] {
				break
			}
			copy(stepArgs, now)
			if err := iteration.run(stepArgs, next); err != nil {
				return err
			}
			now, next = next, now
		}
		for i := range out {
			copy(out[i], now[i])
		}
		return nil
	}}
}
