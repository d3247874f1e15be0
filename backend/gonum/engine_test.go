package gonum

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

const seed = 42

// build compiles a function of float32 parameters of the given dimensions.
func build(t testing.TB, b compute.Backend, params [][]int, body func(f compute.Function, x []compute.Value) []compute.Value) compute.Executable {
	t.Helper()
	bl := b.Builder(t.Name())
	f := bl.Main()
	xs := make([]compute.Value, len(params))
	for i, dims := range params {
		x, err := f.Parameter("x", shapes.Make(dtypes.Float32, dims...), nil)
		require.NoError(t, err)
		xs[i] = x
	}
	require.NoError(t, f.Return(body(f, xs), nil))
	exe, err := bl.Compile()
	require.NoError(t, err)
	return exe
}

func must(v compute.Value, err error) compute.Value {
	if err != nil {
		panic(err)
	}
	return v
}

func upload(t testing.TB, b compute.Backend, values []float32, dims ...int) compute.Buffer {
	t.Helper()
	x, err := b.BufferFromFlatData(0, values, shapes.Make(dtypes.Float32, dims...))
	require.NoError(t, err)
	return x
}

func download(t testing.TB, x compute.Buffer) []float32 {
	t.Helper()
	s, err := x.Shape()
	require.NoError(t, err)
	out := make([]float32, s.Size())
	require.NoError(t, x.ToFlatData(out))
	return out
}

func random(n int) []float32 {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

// expression is a chain with a diamond, a broadcast row, a broadcast column, a scalar,
// and a comparison.
func expression(f compute.Function, x []compute.Value) []compute.Value {
	row := must(f.BroadcastInDim(x[1], shapes.Make(dtypes.Float32, 300, 17), []int{1}))
	column := must(f.BroadcastInDim(x[2], shapes.Make(dtypes.Float32, 300, 17), []int{0}))
	two := must(f.Constant([]float32{2}))
	a := must(f.Mul(x[0], row))
	b := must(f.Add(a, column))
	c := must(f.Logistic(b))
	d := must(f.Mul(b, c))
	e := must(f.GreaterThan(d, must(f.BroadcastInDim(two, shapes.Make(dtypes.Float32, 300, 17), nil))))
	g := must(f.Where(e, d, must(f.Neg(x[0]))))
	h := must(f.Div(g, two))
	return []compute.Value{h, g, d, c, b, a}
}

func TestFusionKeepsBits(t *testing.T) {
	for _, config := range []string{"", "float64"} {
		b, err := New(config)
		require.NoError(t, err)
		params := [][]int{{300, 17}, {17}, {300}}
		// An output is kept in memory, so that returning every value leaves nothing to
		// fuse.
		whole := build(t, b, params, func(f compute.Function, x []compute.Value) []compute.Value { return expression(f, x)[:1] })
		apart := build(t, b, params, expression)
		in := []compute.Buffer{upload(t, b, random(5100), 300, 17), upload(t, b, random(17), 17), upload(t, b, random(300), 300)}
		got, err := whole.Execute(in, nil, 0)
		require.NoError(t, err)
		want, err := apart.Execute(in, nil, 0)
		require.NoError(t, err)
		require.Equal(t, download(t, want[0]), download(t, got[0]))

		x, r, c := random(5100), random(17), random(300)
		for i, y := range download(t, got[0]) {
			v := float64(x[i])*float64(r[i%17]) + float64(c[i/17])
			if v *= 1 / (1 + math.Exp(-v)); v <= 2 {
				v = -float64(x[i])
			}
			require.InDelta(t, v/2, y, 1e-5)
		}
	}
}

func TestFusionRunsAsOneStep(t *testing.T) {
	b, _ := New("")
	exe := build(t, b, [][]int{{300, 17}, {17}, {300}}, func(f compute.Function, x []compute.Value) []compute.Value {
		return expression(f, x)[:1]
	}).(*executable)
	p, ok := exe.programs.Load("")
	require.True(t, ok)
	require.Len(t, p.(*program).steps, 1)
	require.Zero(t, p.(*program).arena, "every intermediate value lives in registers")
}

func TestMemoryIsReused(t *testing.T) {
	b, _ := New("")
	const n = 1 << 12
	exe := build(t, b, [][]int{{n}}, func(f compute.Function, x []compute.Value) []compute.Value {
		y := x[0]
		for range 20 {
			y = must(f.Reverse(must(f.Neg(y)), 0)) // Reverse is never fused
		}
		return []compute.Value{y}
	}).(*executable)
	p, _ := exe.programs.Load("")
	require.LessOrEqual(t, p.(*program).arena, 2*4*n)
	out, err := exe.Execute([]compute.Buffer{upload(t, b, random(n), n)}, nil, 0)
	require.NoError(t, err)
	require.Equal(t, random(n), download(t, out[0]), "an even number of turns and signs")
}

func TestResultsThatAreNotComputed(t *testing.T) {
	b, _ := New("")
	exe := build(t, b, [][]int{{4}}, func(f compute.Function, x []compute.Value) []compute.Value {
		c := must(f.Constant([]float32{5, 6}, 2))
		y := must(f.Neg(x[0]))
		return []compute.Value{x[0], c, y, y, must(f.Reshape(y, 2, 2)), must(f.Identity(x[0]))}
	})
	out, err := exe.Execute([]compute.Buffer{upload(t, b, []float32{1, 2, 3, 4}, 4)}, nil, 0)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 3, 4}, download(t, out[0]))
	require.Equal(t, []float32{5, 6}, download(t, out[1]))
	for _, i := range []int{2, 3, 4} {
		require.Equal(t, []float32{-1, -2, -3, -4}, download(t, out[i]))
	}
	require.Equal(t, []float32{1, 2, 3, 4}, download(t, out[5]))
}

func TestNestedClosuresCaptureOuterValues(t *testing.T) {
	b, _ := New("")
	exe := build(t, b, [][]int{{}, {}}, func(f compute.Function, x []compute.Value) []compute.Value {
		// while state < x1: state += (state > 3 ? x0 : 2*x0)
		cond, err := f.Closure()
		require.NoError(t, err)
		s := must(cond.Parameter("s", shapes.Make(dtypes.Float32), nil))
		require.NoError(t, cond.Return([]compute.Value{must(cond.LessThan(s, x[1]))}, nil))
		body, err := f.Closure()
		require.NoError(t, err)
		s = must(body.Parameter("s", shapes.Make(dtypes.Float32), nil))
		yes, err := body.Closure()
		require.NoError(t, err)
		require.NoError(t, yes.Return([]compute.Value{must(yes.Add(s, x[0]))}, nil))
		no, err := body.Closure()
		require.NoError(t, err)
		require.NoError(t, no.Return([]compute.Value{must(no.Add(s, must(no.Add(x[0], x[0]))))}, nil))
		pred := must(body.GreaterThan(s, must(body.Constant([]float32{3}))))
		next, err := body.If(pred, yes, no)
		require.NoError(t, err)
		require.NoError(t, body.Return(next, nil))
		out, err := f.While(cond, body, must(f.Constant([]float32{0})))
		require.NoError(t, err)
		return out
	})
	out, err := exe.Execute([]compute.Buffer{upload(t, b, []float32{1}), upload(t, b, []float32{7})}, nil, 0)
	require.NoError(t, err)
	require.Equal(t, []float32{7}, download(t, out[0])) // 0 2 4 5 6 7
}

func TestDynamicAxesCompileOncePerSize(t *testing.T) {
	b, _ := New("")
	bl := b.Builder("dynamic")
	f := bl.Main()
	x := must(f.Parameter("x", shapes.MakeDynamic(dtypes.Float32, []int{shapes.DynamicDim, 3}, []string{"batch", ""}), nil))
	n := must(f.DynamicDimensionSize(x, 0))
	y := must(f.DynamicReshape(must(f.Neg(x)), compute.DynamicDimensionSpec{Name: "all"}))
	require.NoError(t, f.Return([]compute.Value{y, n}, nil))
	compiled, err := bl.Compile()
	require.NoError(t, err)
	exe := compiled.(*executable)
	for range 3 {
		for batch := 1; batch <= 4; batch++ {
			out, err := exe.Execute([]compute.Buffer{upload(t, b, random(3*batch), batch, 3)}, nil, 0)
			require.NoError(t, err)
			s, _ := out[0].Shape()
			require.Equal(t, []int{3 * batch}, s.Dimensions)
			require.Equal(t, -random(3 * batch)[0], download(t, out[0])[0])
			size := make([]int32, 1)
			require.NoError(t, out[1].ToFlatData(size))
			require.EqualValues(t, batch, size[0])
		}
	}
	count := 0
	exe.programs.Range(func(_, _ any) bool { count++; return true })
	require.Equal(t, 4, count)
}

func TestDonatedBuffersAreTaken(t *testing.T) {
	b, _ := New("")
	exe := build(t, b, [][]int{{3}}, func(f compute.Function, x []compute.Value) []compute.Value {
		return []compute.Value{must(f.Neg(x[0]))}
	})
	x := upload(t, b, []float32{1, 2, 3}, 3)
	_, err := exe.Execute([]compute.Buffer{x}, []bool{true}, 0)
	require.NoError(t, err)
	_, err = exe.Execute([]compute.Buffer{x}, nil, 0)
	require.ErrorContains(t, err, "finalized or donated")
	require.NoError(t, x.Finalize(), "finalizing twice does nothing")
}

func TestErrorsNameOperationAndShapes(t *testing.T) {
	b, _ := New("")
	f := b.Builder("errors").Main()
	x := must(f.Parameter("x", shapes.Make(dtypes.Float32, 2, 3), nil))
	y := must(f.Parameter("y", shapes.Make(dtypes.Float32, 4, 3), nil))
	_, err := f.Add(x, y)
	require.ErrorContains(t, err, "Add((Float32)[2, 3], (Float32)[4, 3])")
	_, err = f.BitwiseNot(x)
	require.ErrorContains(t, err, "BitwiseNot((Float32)[2, 3])")
	_, err = f.FFT(x, compute.FFTForward, []int{3})
	require.ErrorIs(t, err, compute.ErrNotImplemented)
	_, err = f.Add(x, "no value")
	require.ErrorContains(t, err, "operand 1 is string")
	other := b.Builder("other").Main()
	_, err = other.Neg(x)
	require.ErrorContains(t, err, `computation "errors"`)
}

func TestExecuteRefusesWrongInputs(t *testing.T) {
	b, _ := New("")
	wide, _ := New("float64")
	exe := build(t, b, [][]int{{3}}, func(f compute.Function, x []compute.Value) []compute.Value { return x })
	for name, in := range map[string][]compute.Buffer{
		"none":         nil,
		"shape":        {upload(t, b, []float32{1, 2}, 2)},
		"other engine": {upload(t, wide, []float32{1, 2, 3}, 3)},
	} {
		_, err := exe.Execute(in, nil, 0)
		require.Error(t, err, name)
	}
	_, err := exe.Execute([]compute.Buffer{upload(t, b, []float32{1, 2, 3}, 3)}, nil, 1)
	require.ErrorContains(t, err, "no device 1")
	exe.Finalize()
	_, err = exe.Execute([]compute.Buffer{upload(t, b, []float32{1, 2, 3}, 3)}, nil, 0)
	require.ErrorContains(t, err, "finalized")
}

func TestConcurrentExecutionsGiveTheSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	b, _ := New("")
	exe := build(t, b, [][]int{{300, 17}, {17}, {300}}, func(f compute.Function, x []compute.Value) []compute.Value {
		y := expression(f, x)
		return []compute.Value{must(f.DotGeneral(y[0], []int{0}, nil, y[1], []int{0}, nil, compute.DotGeneralConfig{}))}
	})
	in := []compute.Buffer{upload(t, b, random(5100), 300, 17), upload(t, b, random(17), 17), upload(t, b, random(300), 300)}
	first, err := exe.Execute(in, nil, 0)
	require.NoError(t, err)
	want := download(t, first[0])
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				out, err := exe.Execute(in, nil, 0)
				if err != nil {
					t.Error(err)
					return
				}
				got := make([]float32, 17*17)
				if err := out[0].ToFlatData(got); err != nil {
					t.Error(err)
				}
				for i := range got {
					if got[i] != want[i] {
						t.Errorf("element %d: %v, want %v", i, got[i], want[i])
						return
					}
				}
				_ = out[0].Finalize()
			}
		})
	}
	wait.Wait()
}

func TestNoGrowthOverManyExecutions(t *testing.T) {
	b, _ := New("")
	exe := build(t, b, [][]int{{300, 17}, {17}, {300}}, func(f compute.Function, x []compute.Value) []compute.Value {
		y := expression(f, x)
		return []compute.Value{must(f.Transpose(y[0], 1, 0))}
	})
	in := []compute.Buffer{upload(t, b, random(5100), 300, 17), upload(t, b, random(17), 17), upload(t, b, random(300), 300)}
	run := func(n int) {
		for range n {
			out, err := exe.Execute(in, nil, 0)
			require.NoError(t, err)
			require.NoError(t, out[0].Finalize())
		}
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	run(100)
	before, goroutines := heap(), runtime.NumGoroutine()
	run(10_000)
	require.LessOrEqual(t, heap(), before+1<<18)
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
}

// Slices are read in place, and memory that is read out of order must not be overwritten
// while a group runs.
func TestGroupsReadSlicesInPlace(t *testing.T) {
	b, _ := New("")
	const n = 5000
	exe := build(t, b, [][]int{{n}}, func(f compute.Function, x []compute.Value) []compute.Value {
		y := must(f.Neg(must(f.Reverse(must(f.Reverse(x[0], 0)), 0)))) // a value in the program's own memory
		y = must(f.Reverse(y, 0))
		table := must(f.Reshape(y, n/100, 100))
		column := must(f.Slice(table, []int{0, 0}, []int{n / 100, 1}, nil))
		even := must(f.Slice(y, []int{0}, []int{n}, []int{2}))
		odd := must(f.Slice(y, []int{1}, []int{n}, []int{2}))
		pairs := must(f.Sub(even, odd))
		sum := must(f.Add(table, column)) // the last reader of y, whose memory it could take
		return []compute.Value{must(f.Reverse(sum, 0, 1)), pairs}
	})
	x := random(n)
	out, err := exe.Execute([]compute.Buffer{upload(t, b, x, n)}, nil, 0)
	require.NoError(t, err)
	sum, pairs := download(t, out[0]), download(t, out[1])
	y := func(i int) float32 { return -x[n-1-i] }
	for i := range sum {
		require.Equal(t, y(i)+y(i/100*100), sum[n-1-i], "element %d", i)
	}
	for i := range pairs {
		require.Equal(t, y(2*i)-y(2*i+1), pairs[i])
	}
}

// Sums by gonum's kernels depend on how operands lie to 16 bytes: memory that did not
// always lie alike would give other bits from one execution to the next.
func TestMemoryLiesAlike(t *testing.T) {
	var pool pool
	for n := 1; n < 200; n++ {
		for range 10 {
			require.Zero(t, uintptr(unsafe.Pointer(unsafe.SliceData(allocate(n))))%16, "%d bytes", n)
			require.Zero(t, uintptr(unsafe.Pointer(unsafe.SliceData(pool.get(n))))%16, "%d bytes", n)
		}
	}
}
