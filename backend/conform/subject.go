package conform

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/pifr-go/pifr/internal/golden"
)

// subject is an engine under test.
type subject struct {
	// name is the full one, such as "gonum:float64".
	name    string
	backend compute.Backend
	options Options
	// defects are the reasons why cases fail, by the name of the case.
	defects map[string]string
}

// tolerance for a dtype: the caller's, or else the table's.
func (e subject) tolerance(dtype dtypes.DType) golden.Tolerance {
	if given, ok := e.options.Tolerances[dtype]; ok {
		return golden.Tolerance(given)
	}
	return golden.ToleranceFor(e.name, dtype)
}

// testCase is one computation with known results.
type testCase struct {
	name   string           // unique; topic first: "Conv/float32/stride2"
	needs  []compute.OpType // operations that the engine has to declare
	inputs []golden.Tensor
	params []shapes.Shape // declared shapes of the inputs, where they have dynamic axes; nil: their own
	dtypes []dtypes.DType // needed beside those of inputs and want
	build  builder
	want   []golden.Tensor
	exact  bool // compare without tolerance, and with the sign of zeros
}

// builder records the computation.
type builder func(f compute.Function, in []compute.Value) ([]compute.Value, error)

// unary makes a builder from an operation on one operand.
func unary(op func(compute.Function, compute.Value) (compute.Value, error)) builder {
	return func(f compute.Function, in []compute.Value) ([]compute.Value, error) { return one(op(f, in[0])) }
}

// binary makes a builder from an operation on two operands.
func binary(op func(f compute.Function, a, b compute.Value) (compute.Value, error)) builder {
	return func(f compute.Function, in []compute.Value) ([]compute.Value, error) { return one(op(f, in[0], in[1])) }
}

func one(v compute.Value, err error) ([]compute.Value, error) { return []compute.Value{v}, err }

// missing names what the engine lacks for the case, or "".
func (e subject) missing(c testCase) string {
	caps := e.backend.Capabilities()
	if c.params != nil && caps.DynamicShapes == compute.DynamicShapesNone {
		return "dynamic axes"
	}
	for _, op := range c.needs {
		if !caps.Operations[op] {
			return "operation " + op.String()
		}
	}
	all := slices.Clone(c.dtypes)
	for _, t := range slices.Concat(c.inputs, c.want) {
		all = append(all, t.Shape.DType)
	}
	for _, d := range all {
		if !caps.DTypes[d] {
			return "dtype " + d.String()
		}
	}
	return ""
}

// crash begins the reason of a defect that ends the process (a panic on a goroutine of
// the engine): such a case cannot be run at all.
const crash = "crashes: "

// check runs the cases as subtests.
func (e subject) check(t *testing.T, cases []testCase) {
	for _, c := range cases {
		_, short, _ := strings.Cut(c.name, "/") // the topic is in the name of the test already
		t.Run(short, func(t *testing.T) {
			if what := e.missing(c); what != "" {
				t.Skipf("%s has no %s", e.name, what)
			}
			reason, listed := e.defects[c.name]
			if strings.HasPrefix(reason, crash) {
				t.Skipf("known defect of %s: %s", e.name, reason)
			}
			err := e.verify(c)
			switch {
			case listed && err == nil:
				t.Errorf("passes: remove %q from the defects of %s", c.name, e.name)
			case listed:
				t.Logf("known defect of %s: %s: %v", e.name, reason, err)
			case err != nil:
				t.Error(err)
			}
		})
	}
}

// verify runs one case and compares its results.
func (e subject) verify(c testCase) error {
	got, err := e.execute(c)
	if err != nil {
		return err
	}
	if len(got) != len(c.want) {
		return fmt.Errorf("%s: got %d results, want %d", e.name, len(got), len(c.want))
	}
	for i, want := range c.want {
		if want.Name == "" {
			want.Name = fmt.Sprintf("%s: result %d", e.name, i)
		}
		if c.exact {
			err = golden.CompareExact(got[i], want)
		} else {
			err = golden.Compare(got[i], want, e.tolerance(want.Shape.DType))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// execute builds, compiles and runs the case once. A panic of the engine becomes an
// error.
func (e subject) execute(c testCase) (results []golden.Tensor, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: panic: %v", e.name, r)
		}
	}()
	exec, err := e.compile(c)
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	inputs := make([]compute.Buffer, len(c.inputs))
	for i, in := range c.inputs {
		if inputs[i], err = e.backend.BufferFromFlatData(0, in.Flat, in.Shape); err != nil {
			return nil, fmt.Errorf("%s: input %d: %w", e.name, i, err)
		}
	}
	defer finalize(inputs)
	return e.run(exec, inputs)
}

func (e subject) compile(c testCase) (compute.Executable, error) {
	b := e.backend.Builder("conform")
	f := b.Main()
	params := make([]compute.Value, len(c.inputs))
	var err error
	for i, in := range c.inputs {
		shape := in.Shape
		if c.params != nil {
			shape = c.params[i]
		}
		if params[i], err = f.Parameter(fmt.Sprintf("x%d", i), shape, nil); err != nil {
			return nil, fmt.Errorf("%s: parameter %d: %w", e.name, i, err)
		}
	}
	outputs, err := c.build(f, params)
	if err != nil {
		return nil, fmt.Errorf("%s: build: %w", e.name, err)
	}
	if err := e.checkShapes(f, c, outputs); err != nil {
		return nil, err
	}
	if err := f.Return(outputs, nil); err != nil {
		return nil, fmt.Errorf("%s: return: %w", e.name, err)
	}
	exec, err := b.Compile()
	if err != nil {
		return nil, fmt.Errorf("%s: compile: %w", e.name, err)
	}
	return exec, nil
}

// checkShapes compares the shapes that the engine declares, before it runs anything, with
// those that are wanted.
func (e subject) checkShapes(f compute.Function, c testCase, outputs []compute.Value) error {
	if c.params != nil {
		return nil // dynamic axes have no size yet
	}
	for i, want := range c.want[:min(len(c.want), len(outputs))] {
		shape, err := f.Shape(outputs[i])
		if err != nil {
			return fmt.Errorf("%s: declared shape of result %d: %w", e.name, i, err)
		}
		if shape.DType != want.Shape.DType || !slices.Equal(shape.Dimensions, want.Shape.Dimensions) {
			return fmt.Errorf("%s: declared shape of result %d: got %s, want %s", e.name, i, shape, want.Shape)
		}
	}
	return nil
}

// run executes once, and reads the results back to the host.
func (e subject) run(exec compute.Executable, inputs []compute.Buffer) ([]golden.Tensor, error) {
	outputs, err := exec.Execute(inputs, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: execute: %w", e.name, err)
	}
	defer finalize(outputs)
	results := make([]golden.Tensor, len(outputs))
	for i, out := range outputs {
		shape, err := out.Shape()
		if err != nil {
			return nil, fmt.Errorf("%s: result %d: %w", e.name, i, err)
		}
		flat := dtypes.MakeAnySlice(shape.DType, shape.Size())
		if err := out.ToFlatData(flat); err != nil {
			return nil, fmt.Errorf("%s: result %d: %w", e.name, i, err)
		}
		results[i] = golden.Tensor{Shape: shape, Flat: flat}
	}
	return results, nil
}

// finalize gives buffers back. An error of it would be an error of the engine's own
// bookkeeping: it is made a panic, which execute turns into an error again.
func finalize(buffers []compute.Buffer) {
	for _, b := range buffers {
		if err := b.Finalize(); err != nil {
			panic(fmt.Sprintf("finalize buffer: %v", err))
		}
	}
}
