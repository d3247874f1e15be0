package gonum

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

// foldIn reduces in the plainest way: one pass over the elements, in float64.
func foldIn(dims []int, x []float64, axes []int, start float64, op func(a, b float64) float64) []float64 {
	strides := make([]int, len(dims))
	size := 1
	for a := len(dims) - 1; a >= 0; a-- {
		if len(axes) > 0 && !slices.Contains(axes, a) {
			strides[a] = size
			size *= dims[a]
		}
	}
	out := slices.Repeat([]float64{start}, size)
	for i, v := range x {
		at := 0
		for a := len(dims) - 1; a >= 0; a-- {
			at += i % dims[a] * strides[a]
			i /= dims[a]
		}
		out[at] = op(out[at], v)
	}
	return out
}

var reductionCases = []struct {
	dims []int
	axes [][]int
}{
	{[]int{7}, [][]int{nil, {0}}},
	{[]int{1, 1}, [][]int{nil, {0}, {1}}},
	{[]int{5, 1, 6}, [][]int{nil, {0}, {1}, {2}, {0, 2}, {2, 0}, {1, 2}}},
	{[]int{2, 3, 4, 5}, [][]int{{0}, {1}, {2}, {3}, {0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}, {0, 1, 3}, {0, 2, 3}, nil}},
	{[]int{3, 2, 2, 3, 2, 3}, [][]int{{0, 2, 4}, {1, 3, 5}, {0, 3}, {2, 5}}},
	{[]int{3, 1030}, [][]int{{0}, {1}, nil}},
	// Cut in parts: long runs, many short runs, many rows, and rows behind kept axes.
	{[]int{2, 150_001}, [][]int{{1}, nil}},
	{[]int{3001, 2, 33}, [][]int{{0, 2}, {0}, {0, 1}, nil}},
	{[]int{5003, 29}, [][]int{{0}}},
	{[]int{40, 1, 45, 41}, [][]int{{0, 2}, {1, 2}, {3}}},
	{[]int{60, 2, 20, 2, 20}, [][]int{{0, 2}, {0, 2, 4}}},
}

func TestReduceMatchesPlainLoops(t *testing.T) {
	r := newRandom(t)
	for _, c := range reductionCases {
		for _, axes := range c.axes {
			t.Run(fmt.Sprint(c.dims, axes), func(t *testing.T) {
				x := randomTensor(r, dtypes.Float32, c.dims...)
				values := numbers(x.flat)
				for _, engine := range []string{"gonum", "gonum:float64"} {
					sum := evaluate(t, engine, func(f compute.Function, x []compute.Value) (compute.Value, error) {
						return f.ReduceSum(x[0], axes...)
					}, x)
					want := foldIn(c.dims, values, axes, 0, func(a, b float64) float64 { return a + b })
					requireClose(t, want, numbers(sum.flat), 1e-7, "sum")
					greatest := evaluate(t, engine, func(f compute.Function, x []compute.Value) (compute.Value, error) {
						return f.ReduceMax(x[0], axes...)
					}, x)
					want = foldIn(c.dims, values, axes, math.Inf(-1), math.Max)
					requireClose(t, want, numbers(greatest.flat), 0, "max")
				}
			})
		}
	}
}

func TestReduceMatchesGoForAllDTypes(t *testing.T) {
	r := newRandom(t)
	type reduce = func(f compute.Function, x compute.Value, axes ...int) (compute.Value, error)
	arithmetic := map[string]reduce{
		"Sum": compute.Function.ReduceSum, "Product": compute.Function.ReduceProduct,
		"Max": compute.Function.ReduceMax, "Min": compute.Function.ReduceMin,
	}
	bitwise := map[string]reduce{
		"And": compute.Function.ReduceBitwiseAnd, "Or": compute.Function.ReduceBitwiseOr, "Xor": compute.Function.ReduceBitwiseXor,
	}
	logical := map[string]reduce{
		"And": compute.Function.ReduceLogicalAnd, "Or": compute.Function.ReduceLogicalOr, "Xor": compute.Function.ReduceLogicalXor,
	}
	check := func(ops map[string]reduce, dtype dtypes.DType) {
		for name, op := range ops {
			for _, axes := range [][]int{{0}, {1}, {2}, {0, 2}, nil} {
				t.Run(fmt.Sprint(name, dtype, axes), func(t *testing.T) {
					requireSameAsGo(t, 4*toleranceOf(dtype), func(f compute.Function, x []compute.Value) (compute.Value, error) {
						return op(f, x[0], axes...)
					}, randomTensor(r, dtype, 3, 4, 3))
				})
			}
		}
	}
	for _, dtype := range numericDTypes {
		check(arithmetic, dtype)
		if !dtype.IsFloat() {
			check(bitwise, dtype)
		}
	}
	check(logical, dtypes.Bool)
}

func TestReduceOfNothingAndNaN(t *testing.T) {
	inf := math.Inf(1)
	type reduce = func(f compute.Function, x compute.Value, axes ...int) (compute.Value, error)
	for name, c := range map[string]struct {
		op   reduce
		want float64
	}{
		"Sum": {compute.Function.ReduceSum, 0}, "Product": {compute.Function.ReduceProduct, 1},
		"Max": {compute.Function.ReduceMax, -inf}, "Min": {compute.Function.ReduceMin, inf},
	} {
		t.Run(name, func(t *testing.T) {
			for _, dims := range [][]int{{2, 0}, {0, 2}} {
				empty := tensor{shapes.Make(dtypes.Float32, dims...), []float32{}}
				got := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
					return c.op(f, x[0], slices.Index(dims, 0))
				}, empty)
				require.Equal(t, []float64{c.want, c.want}, numbers(got.flat))
			}
			for at := range 11 {
				values := make([]float32, 22)
				values[2*at] = float32(math.NaN())
				for axis, dims := range [][]int{{11, 2}, {2, 11}} {
					x := tensor{shapes.Make(dtypes.Float32, dims...), values}
					got := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
						return c.op(f, x[0], axis)
					}, x)
					y := numbers(got.flat)
					nan := 0
					if axis == 1 {
						nan = 2 * at / 11
					}
					require.True(t, math.IsNaN(y[nan]), "NaN at %d along axis %d: got %v", 2*at, axis, y)
					require.False(t, math.IsNaN(y[1-nan]), "NaN at %d along axis %d: got %v", 2*at, axis, y)
				}
			}
		})
	}
	low := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.ReduceMax(x[0])
	}, tensor{shapes.Make(dtypes.Int8, 0), []int8{}})
	require.Equal(t, []int8{math.MinInt8}, low.flat)
}

func TestSumsOfFloat32AreAccurate(t *testing.T) {
	const n = 1 << 20 // adding 0.1 so often in float32 is off by 1 %
	values := slices.Repeat([]float32{0.1}, n)
	for _, dims := range [][]int{{n}, {1, n}, {n, 1}, {n / 4, 4}} {
		got := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
			return f.ReduceSum(x[0], 0)
		}, tensor{shapes.Make(dtypes.Float32, dims...), values})
		for _, v := range numbers(got.flat) {
			require.InEpsilon(t, float64(float32(0.1))*float64(dims[0]), v, 1e-7)
		}
	}
}

func TestReduceSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	for _, c := range reductionCases {
		for _, axes := range c.axes {
			requireSameBits(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
				return f.ReduceSum(x[0], axes...)
			}, randomTensor(r, dtypes.Float64, c.dims...))
		}
	}
}

func TestReduceRefuses(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	f := b.Builder("test").Main()
	x := must(f.Parameter("x", shapes.Make(dtypes.Float32, 2, 3), nil))
	for _, axes := range [][]int{{2}, {-1}, {0, 0}, {0, 1, 2}} {
		_, err = f.ReduceSum(x, axes...)
		require.ErrorContains(t, err, "ReduceSum((Float32)[2, 3])")
	}
	_, err = f.ReduceBitwiseAnd(x)
	require.ErrorIs(t, err, compute.ErrNotImplemented)
	_, err = f.ReduceLogicalOr(x)
	require.ErrorIs(t, err, compute.ErrNotImplemented)
}

func BenchmarkReduceSum(b *testing.B) {
	for _, c := range []struct {
		name string
		dims []int
		axes []int
	}{
		{"rows", []int{4096, 1000}, []int{1}},
		{"columns", []int{32 * 56 * 56, 64}, []int{0}},
		{"all", []int{1 << 22}, nil},
		{"channels", []int{32, 64, 56 * 56}, []int{0, 2}},
	} {
		b.Run(c.name, func(b *testing.B) {
			engine, err := New("")
			require.NoError(b, err)
			n := 1
			for _, d := range c.dims {
				n *= d
			}
			exe := build(b, engine, [][]int{c.dims}, func(f compute.Function, x []compute.Value) []compute.Value {
				return []compute.Value{must(f.ReduceSum(x[0], c.axes...))}
			})
			x := upload(b, engine, random(n), c.dims...)
			b.SetBytes(int64(4 * n))
			b.ReportAllocs()
			for b.Loop() {
				out, err := exe.Execute([]compute.Buffer{x}, nil, 0)
				require.NoError(b, err)
				require.NoError(b, out[0].Finalize())
			}
		})
	}
}
