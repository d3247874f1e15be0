package gonum

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

var windowCases = []struct {
	name                 string
	dims                 []int
	size, stride         []int
	holes, spread        []int
	padding              [][2]int
	alsoSelects, float32 bool // without dilations; for float32 alone
}{
	{name: "scalar"},
	{name: "nothing moves", dims: []int{3, 4}, size: []int{1, 1}, alsoSelects: true},
	{name: "defaults", dims: []int{6, 4}, size: []int{3, 2}, alsoSelects: true},
	{name: "cumulative sum", dims: []int{9}, size: []int{9}, stride: []int{1}, padding: [][2]int{{8, 0}}, alsoSelects: true},
	{name: "pool 2x2 channels last", dims: []int{2, 6, 8, 3}, size: []int{1, 2, 2, 1}, alsoSelects: true},
	{name: "pool 3x3 stride 2 padded", dims: []int{2, 7, 8, 5}, size: []int{1, 3, 3, 1}, stride: []int{1, 2, 2, 1},
		padding: [][2]int{{0, 0}, {1, 1}, {1, 0}, {0, 0}}, alsoSelects: true},
	{name: "pool 3x3 stride 1 channels first", dims: []int{2, 3, 7, 5}, size: []int{1, 1, 3, 3}, stride: []int{1, 1, 1, 1},
		padding: [][2]int{{0, 0}, {0, 0}, {1, 1}, {1, 1}}, alsoSelects: true},
	{name: "stride over the window", dims: []int{10, 9}, size: []int{2, 1}, stride: []int{3, 4}, alsoSelects: true},
	{name: "only padding under some windows", dims: []int{2, 3}, size: []int{2, 2}, stride: []int{2, 1},
		padding: [][2]int{{4, 3}, {2, 2}}, alsoSelects: true},
	{name: "window dilation", dims: []int{2, 9, 9, 2}, size: []int{1, 2, 3, 1}, stride: []int{1, 1, 2, 1}, spread: []int{1, 3, 2, 1}},
	{name: "input dilation", dims: []int{3, 5, 4}, size: []int{1, 3, 2}, stride: []int{1, 1, 1}, holes: []int{2, 3, 2},
		padding: [][2]int{{0, 1}, {2, 1}, {1, 3}}},
	{name: "both dilations", dims: []int{7, 6}, size: []int{3, 4}, stride: []int{2, 1}, holes: []int{4, 3}, spread: []int{6, 2},
		padding: [][2]int{{4, 2}, {1, 4}}},
	{name: "moves on the outer axes", dims: []int{5, 4, 3, 2}, size: []int{2, 3, 1, 1}, stride: []int{1, 1, 1, 1}, alsoSelects: true},
	{name: "rank 5", dims: []int{2, 3, 4, 3, 2}, size: []int{1, 2, 2, 2, 1}, stride: []int{1, 1, 2, 1, 1},
		padding: [][2]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 0}}, alsoSelects: true},
	{name: "many columns", dims: []int{2, 5, 5, 1100}, size: []int{1, 3, 3, 1}, stride: []int{1, 2, 2, 1}, alsoSelects: true, float32: true},
	{name: "many rows", dims: []int{3, 40, 40, 9}, size: []int{1, 3, 3, 1}, stride: []int{1, 1, 1, 1}, alsoSelects: true, float32: true},
}

func TestReduceWindowMatchesGo(t *testing.T) {
	r := newRandom(t)
	for _, c := range windowCases {
		for _, op := range []compute.ReduceOpType{compute.ReduceOpMax, compute.ReduceOpMin, compute.ReduceOpSum, compute.ReduceOpProduct} {
			for _, dtype := range numericDTypes {
				if c.float32 && dtype != dtypes.Float32 {
					continue
				}
				t.Run(fmt.Sprint(c.name, op, dtype), func(t *testing.T) {
					requireSameAsGo(t, 8*toleranceOf(dtype), func(f compute.Function, x []compute.Value) (compute.Value, error) {
						return f.ReduceWindow(x[0], op, c.size, c.stride, c.holes, c.spread, c.padding)
					}, randomTensor(r, dtype, c.dims...))
				})
			}
		}
	}
}

func TestReduceWindowByHand(t *testing.T) {
	x := tensor{shapes.Make(dtypes.Float32, 4), []float32{1, 2, 4, 8}}
	got := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.ReduceWindow(x[0], compute.ReduceOpSum, []int{2}, []int{1}, []int{2}, []int{3}, [][2]int{{1, 2}})
	}, x)
	// With holes and padding: _ 1 _ 2 _ 4 _ 8 _ _, the window taking places p and p+3.
	require.Equal(t, []float32{2, 1, 4, 2, 8, 4, 0}, got.flat)
	x.flat = []float32{1, float32(math.NaN()), 4, 8}
	got = evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.ReduceWindow(x[0], compute.ReduceOpMax, []int{2}, []int{1}, nil, nil, [][2]int{{2, 0}})
	}, x)
	y := numbers(got.flat)
	require.Equal(t, []float64{math.Inf(-1), 1}, y[:2])
	require.True(t, math.IsNaN(y[2]) && math.IsNaN(y[3]))
	require.Equal(t, 8.0, y[4])
}

func TestReduceWindowSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	for _, c := range windowCases {
		requireSameBits(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
			return f.ReduceWindow(x[0], compute.ReduceOpSum, c.size, c.stride, c.holes, c.spread, c.padding)
		}, randomTensor(r, dtypes.Float32, c.dims...))
	}
}

func TestReduceWindowRefuses(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	f := b.Builder("test").Main()
	x := must(f.Parameter("x", shapes.Make(dtypes.Float32, 2, 3), nil))
	_, err = f.ReduceWindow(x, compute.ReduceOpUndefined, []int{1, 2}, nil, nil, nil, nil)
	require.ErrorIs(t, err, compute.ErrNotImplemented)
	_, err = f.ReduceWindow(x, compute.ReduceOpMax, []int{1, 2, 3}, nil, nil, nil, [][2]int{{0, 0}, {0, 0}, {0, 0}})
	require.ErrorContains(t, err, "ReduceWindow((Float32)[2, 3])")
	_, err = f.ReduceWindow(x, compute.ReduceOpMax, []int{1, 4}, nil, nil, nil, nil)
	require.ErrorContains(t, err, "ReduceWindow((Float32)[2, 3])")
}

func BenchmarkMaxPool(b *testing.B) {
	dims, size, stride := []int{8, 112, 112, 64}, []int{1, 3, 3, 1}, []int{1, 2, 2, 1}
	padding := [][2]int{{0, 0}, {1, 1}, {1, 1}, {0, 0}}
	pool := func(f compute.Function, x []compute.Value) []compute.Value {
		return []compute.Value{must(f.ReduceWindow(x[0], compute.ReduceOpMax, size, stride, nil, nil, padding))}
	}
	gradient := func(f compute.Function, x []compute.Value) []compute.Value {
		return []compute.Value{must(f.SelectAndScatterMax(x[0], pool(f, x)[0], size, stride, padding))}
	}
	for name, body := range map[string]func(compute.Function, []compute.Value) []compute.Value{"forward": pool, "both": gradient} {
		b.Run(name, func(b *testing.B) {
			engine, err := New("")
			require.NoError(b, err)
			exe := build(b, engine, [][]int{dims}, body)
			n := sizeOf(dims)
			x := upload(b, engine, random(n), dims...)
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
