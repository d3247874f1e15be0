package conform

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testExecution checks what an executable does with buffers: operands stay as they are
// unless they are given away, results are fed back as operands, results that are
// operands, constants or each other are independent buffers.
func testExecution(t *testing.T, e subject) {
	t.Run("Repeated", func(t *testing.T) { testRepeated(t, e) })
	t.Run("Counter", func(t *testing.T) { testCounter(t, e, false) })
	t.Run("CounterDonated", func(t *testing.T) { testCounter(t, e, true) })
	t.Run("SharedResults", func(t *testing.T) { testSharedResults(t, e) })
}

func (e subject) buffer(t *testing.T, in golden.Tensor) compute.Buffer {
	t.Helper()
	b, err := e.backend.BufferFromFlatData(0, in.Flat, in.Shape)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// read copies a buffer to the host.
func (e subject) read(t *testing.T, b compute.Buffer) golden.Tensor {
	t.Helper()
	shape, err := b.Shape()
	if err != nil {
		t.Fatal(err)
	}
	out := golden.Tensor{Shape: shape, Flat: dtypes.MakeAnySlice(shape.DType, shape.Size())}
	if err := b.ToFlatData(out.Flat); err != nil {
		t.Fatal(err)
	}
	return out
}

func (e subject) mustCompile(t *testing.T, c testCase) compute.Executable {
	t.Helper()
	exec, err := e.compile(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	return exec
}

func (e subject) mustExecute(t *testing.T, exec compute.Executable, donate []bool, in ...compute.Buffer) []compute.Buffer {
	t.Helper()
	out, err := exec.Execute(in, donate, 0)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// testRepeated runs one executable on one set of operands after the other: nothing of a
// run may be left in the next.
func testRepeated(t *testing.T, e subject) {
	c := small()
	exec := e.mustCompile(t, c)
	for _, name := range []string{"first", "second", "first"} {
		x, k := uniform(name, dtypes.Float32, c.inputs[0].Shape.Dimensions...), c.inputs[1]
		fresh := testCase{inputs: []golden.Tensor{x, k}, build: c.build}
		want, err := e.execute(fresh)
		if err != nil {
			t.Fatal(err)
		}
		in := []compute.Buffer{e.buffer(t, x), e.buffer(t, k)}
		out := e.mustExecute(t, exec, nil, in...)
		if err := golden.CompareExact(e.read(t, out[0]), want[0]); err != nil {
			t.Errorf("%s operands: %v", name, err)
		}
		if err := golden.CompareExact(e.read(t, in[0]), x); err != nil {
			t.Errorf("%s operands: an operand that was not given away has changed: %v", name, err)
		}
		finalize(out)
		finalize(in)
	}
}

// testCounter feeds results back, as a training loop does with its variables.
func testCounter(t *testing.T, e subject, donate bool) {
	for _, dims := range [][]int{nil, {3}, {100, 70}} {
		for _, dtype := range []dtypes.DType{dtypes.Int64, dtypes.Float32} {
			one := golden.New(dtype, []float64{1})
			start := golden.New(dtype, make([]float64, size(dims)), dims...)
			exec := e.mustCompile(t, testCase{inputs: []golden.Tensor{start}, build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) {
				v, err := f.Constant(one.Flat)
				if err != nil {
					return nil, err
				}
				return f.Add(x, v)
			})})
			counter := e.buffer(t, start)
			for i := range 5 {
				out := e.mustExecute(t, exec, []bool{donate}, counter)
				if !donate {
					finalize([]compute.Buffer{counter})
				}
				counter = out[0]
				want := golden.New(dtype, fill(size(dims), float64(i+1)), dims...)
				if err := golden.CompareExact(e.read(t, counter), want); err != nil {
					t.Errorf("after %d steps: %v", i+1, err)
				}
			}
			finalize([]compute.Buffer{counter})
		}
	}
}

// testSharedResults returns an operand, a constant, and one value twice. Giving one of
// the results away, or finalizing it, must leave the others alone.
func testSharedResults(t *testing.T, e subject) {
	x, two := uniform("x", dtypes.Float32, 4), golden.Of([]float32{2, 2, 2, 2}, 4)
	exec := e.mustCompile(t, testCase{inputs: []golden.Tensor{x}, build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		c, err := f.Constant(two.Flat, 4)
		if err != nil {
			return nil, err
		}
		y, err := f.Mul(in[0], c)
		return []compute.Value{in[0], c, y, y}, err
	}})
	in := e.buffer(t, x)
	doubled := x.Float64s()
	for i := range doubled {
		doubled[i] *= 2
	}
	want := []golden.Tensor{x, two, golden.New(dtypes.Float32, doubled, 4), golden.New(dtypes.Float32, doubled, 4)}
	for range 2 { // the second time shows whether the first one spoilt the constant
		out := e.mustExecute(t, exec, nil, in)
		finalize(out[2:3])
		for _, i := range []int{0, 1, 3} {
			if err := golden.CompareExact(e.read(t, out[i]), want[i]); err != nil {
				t.Errorf("result %d: %v", i, err)
			}
		}
		given := e.mustExecute(t, exec, []bool{true}, out[1]) // gives the constant's buffer away
		finalize(append(given, out[0], out[3]))
		if err := golden.CompareExact(e.read(t, in), x); err != nil {
			t.Errorf("the operand has changed: %v", err)
		}
	}
	finalize([]compute.Buffer{in})
}
