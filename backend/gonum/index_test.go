package gonum

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

var indexDTypes = []dtypes.DType{
	dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64,
}

// randomIndices are less than n.
func randomIndices(r *rand.Rand, dtype dtypes.DType, n int, dims ...int) tensor {
	x := randomTensor(r, dtype, dims...)
	switch v := x.flat.(type) {
	case []int32:
		for i := range v {
			v[i] = r.Int32N(int32(n))
		}
	case []int64:
		for i := range v {
			v[i] = r.Int64N(int64(n))
		}
	}
	return x
}

var gatherCases = []struct {
	name                           string
	operand, indices               []int
	vectorAxis                     int
	offset, collapsed, axes, sizes []int
}{
	{"rows", []int{12, 5}, []int{3, 4, 1}, 2, []int{2}, []int{0}, []int{0}, []int{1, 5}},
	{"rows moved to the front", []int{12, 5}, []int{3, 4, 1}, 2, []int{0}, []int{0}, []int{0}, []int{1, 5}},
	{"parts of rows", []int{12, 5}, []int{4, 1}, 1, []int{1}, []int{0}, []int{0}, []int{1, 3}},
	{"columns", []int{5, 12}, []int{7, 1}, 1, []int{0}, []int{1}, []int{1}, []int{5, 1}},
	{"elements", []int{12, 13}, []int{2, 9}, 0, nil, []int{0, 1}, []int{0, 1}, []int{1, 1}},
	{"elements, axes swapped", []int{12, 13}, []int{9, 2}, 1, nil, []int{0, 1}, []int{1, 0}, []int{1, 1}},
	{"boxes", []int{14, 4, 13}, []int{3, 2, 4}, 1, []int{0, 2, 4}, nil, []int{2, 0}, []int{3, 4, 2}},
	{"boxes between batch axes", []int{14, 4, 13}, []int{2, 3, 4}, 0, []int{1, 3}, []int{1}, []int{0, 2}, []int{2, 1, 3}},
	{"whole", []int{3, 4}, []int{2, 1}, 1, []int{1, 2}, nil, []int{1}, []int{3, 4}},
	{"nothing", []int{3, 4}, []int{2, 1}, 1, []int{1, 2}, nil, []int{1}, []int{0, 4}},
	{"many rows", []int{12, 300}, []int{1000, 1}, 1, []int{1}, []int{0}, []int{0}, []int{1, 300}},
}

func TestGatherMatchesGo(t *testing.T) {
	r := newRandom(t)
	for i, c := range gatherCases {
		dataDTypes := append([]dtypes.DType{dtypes.Bool}, numericDTypes...)
		for k, dtype := range dataDTypes {
			index := indexDTypes[(i+k)%len(indexDTypes)]
			t.Run(fmt.Sprint(c.name, dtype, index), func(t *testing.T) {
				// Indices go up to 9 or further, past some of the operands' ends.
				requireSameAsGo(t, 0, func(f compute.Function, x []compute.Value) (compute.Value, error) {
					return f.Gather(x[0], x[1], c.vectorAxis, c.offset, c.collapsed, c.axes, c.sizes, false)
				}, randomTensor(r, dtype, c.operand...), randomIndices(r, index, 20, c.indices...))
			})
		}
	}
}

func TestGatherMovesIndicesInside(t *testing.T) {
	x := tensor{shapes.Make(dtypes.Float32, 4), []float32{0, 1, 2, 3}}
	gather := func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.Gather(x[0], x[1], 1, []int{1}, nil, []int{0}, []int{2}, false)
	}
	i := tensor{shapes.Make(dtypes.Int64, 4), []int64{-5, 3, math.MaxInt64, math.MinInt64}}
	require.Equal(t, []float32{0, 1, 2, 3, 2, 3, 0, 1}, evaluate(t, "gonum", gather, x, i).flat)
	u := tensor{shapes.Make(dtypes.Uint64, 2), []uint64{math.MaxUint64, 1}}
	require.Equal(t, []float32{2, 3, 1, 2}, evaluate(t, "gonum", gather, x, u).flat)
}

func TestGatherWithImplicitVectorAxis(t *testing.T) {
	x := tensor{shapes.Make(dtypes.Float32, 3, 2), []float32{0, 1, 2, 3, 4, 5}}
	i := tensor{shapes.Make(dtypes.Int32, 2, 2), []int32{2, 0, 1, 1}}
	got := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.Gather(x[0], x[1], 2, []int{2}, []int{0}, []int{0}, []int{1, 2}, false)
	}, x, i)
	require.Equal(t, []int{2, 2, 2}, got.shape.Dimensions)
	require.Equal(t, []float32{4, 5, 0, 1, 2, 3, 2, 3}, got.flat)
}

func TestGatherOfPackedElements(t *testing.T) {
	x := tensor{shapes.Make(dtypes.Uint4, 3, 4), []uint8{0x10, 0x32, 0x54, 0x76, 0x98, 0xba}}
	i := tensor{shapes.Make(dtypes.Int32, 2, 1), []int32{2, 0}}
	b, err := New("")
	require.NoError(t, err)
	gather := func(columns int) ([]tensor, error) {
		return evaluateOn(b, []tensor{x, i}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
			y, err := f.Gather(x[0], x[1], 1, []int{1}, []int{0}, []int{0}, []int{1, columns}, false)
			if err != nil {
				return nil, err
			}
			z, err := f.ConvertDType(y, dtypes.Int32)
			return []compute.Value{z}, err
		})
	}
	out, err := gather(4)
	require.NoError(t, err)
	require.Equal(t, []int32{8, 9, 10, 11, 0, 1, 2, 3}, out[0].flat)
	_, err = gather(3)
	require.ErrorIs(t, err, compute.ErrNotImplemented)
}

type scatter = func(f compute.Function, operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, sorted, unique bool) (compute.Value, error)

var scatters = map[string]scatter{
	"Sum": compute.Function.ScatterSum, "Max": compute.Function.ScatterMax, "Min": compute.Function.ScatterMin,
}

var scatterCases = []struct {
	name                      string
	operand, indices, updates []int
	vectorAxis                int
	window, inserted, axes    []int
}{
	{"rows", []int{20, 5}, []int{30, 1}, []int{30, 5}, 1, []int{1}, []int{0}, []int{0}},
	{"parts of rows", []int{20, 5}, []int{3, 4, 1}, []int{3, 4, 2}, 2, []int{2}, []int{0}, []int{0}},
	{"columns", []int{5, 20}, []int{30, 1}, []int{5, 30}, 1, []int{0}, []int{1}, []int{1}},
	{"elements", []int{20, 20}, []int{2, 50}, []int{50}, 0, nil, []int{0, 1}, []int{0, 1}},
	{"elements, axes swapped", []int{20, 20}, []int{50, 2}, []int{50}, 1, nil, []int{0, 1}, []int{1, 0}},
	{"overlapping boxes", []int{22, 3, 23}, []int{40, 2}, []int{2, 40, 3, 3}, 1, []int{0, 2, 3}, nil, []int{0, 2}},
	{"implicit axis", []int{20, 5}, []int{6, 7}, []int{6, 7, 5}, 2, []int{2}, []int{0}, []int{0}},
	{"many rows", []int{20, 300}, []int{1000, 1}, []int{1000, 300}, 1, []int{1}, []int{0}, []int{0}},
}

var combinations = map[string]func(a, b float64) float64{
	"Sum": func(a, b float64) float64 { return a + b }, "Max": math.Max, "Min": math.Min,
}

// coordinates splits a flat position.
func coordinates(i int, dims []int) []int {
	at := make([]int, len(dims))
	for a := len(dims) - 1; a >= 0; a-- {
		at[a] = i % dims[a]
		i /= dims[a]
	}
	return at
}

func flatPosition(at, dims []int) int {
	i := 0
	for a, d := range dims {
		i = i*d + at[a]
	}
	return i
}

// plainScatter follows the definition element by element. The windows must lie inside.
func plainScatter(vectorAxis int, window, inserted, axes []int, x, indices, updates tensor, combine func(a, b float64) float64) []float64 {
	out, at, values := numbers(x.flat), numbers(indices.flat), numbers(updates.flat)
	for i, v := range values {
		position := coordinates(i, updates.shape.Dimensions)
		place := make([]int, x.shape.Rank())
		next := 0
		for a := range place {
			if !slices.Contains(inserted, a) {
				place[a] = position[window[next]]
				next++
			}
		}
		var batch []int
		for a, p := range position {
			if !slices.Contains(window, a) {
				batch = append(batch, p)
			}
		}
		for c, a := range axes {
			vector := batch
			if vectorAxis < indices.shape.Rank() {
				vector = slices.Insert(slices.Clone(batch), vectorAxis, c)
			}
			place[a] += int(at[flatPosition(vector, indices.shape.Dimensions)])
		}
		k := flatPosition(place, x.shape.Dimensions)
		out[k] = combine(out[k], v)
	}
	return out
}

func TestScatterMatchesPlainLoopsAndGo(t *testing.T) {
	r := newRandom(t)
	for i, c := range scatterCases {
		for k, dtype := range numericDTypes {
			if dtype == dtypes.Float16 {
				continue // GoMLX's engine does not scatter it
			}
			if c.updates[0] == 1000 && dtype != dtypes.Float32 && dtype != dtypes.Int64 {
				continue // its sums are too large for some
			}
			index := indexDTypes[(i+k)%len(indexDTypes)]
			// Integers, added up exactly.
			x, updates := randomTensor(r, dtypes.Int8, c.operand...), randomTensor(r, dtypes.Int8, c.updates...)
			indices := randomIndices(r, index, 20, c.indices...)
			for name, op := range scatters {
				t.Run(fmt.Sprint(c.name, name, dtype, index), func(t *testing.T) {
					body := func(f compute.Function, x []compute.Value) (compute.Value, error) {
						operand, updates := must(f.ConvertDType(x[0], dtype)), must(f.ConvertDType(x[2], dtype))
						return op(f, operand, x[1], updates, c.vectorAxis, c.window, c.inserted, c.axes, false, false)
					}
					// GoMLX's engine has boxes run on to the end of the operand's axes
					if c.name != "overlapping boxes" {
						requireSameAsGo(t, 0, body, x, indices, updates)
					}
					want := plainScatter(c.vectorAxis, c.window, c.inserted, c.axes, x, indices, updates, combinations[name])
					for _, engine := range []string{"gonum", "gonum:float64"} {
						requireClose(t, want, numbers(evaluate(t, engine, body, x, indices, updates).flat), 0, engine)
					}
				})
			}
		}
	}
}

func TestScatterLeavesOutWhatSticksOut(t *testing.T) {
	x := tensor{shapes.Make(dtypes.Float32, 4), []float32{1, 1, 1, 1}}
	i := tensor{shapes.Make(dtypes.Int32, 5, 1), []int32{0, -1, 3, 2, 4}}
	u := tensor{shapes.Make(dtypes.Float32, 5, 2), []float32{1, 2, 10, 20, 100, 200, 1000, 2000, 1e4, 1e4}}
	got := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.ScatterSum(x[0], x[1], x[2], 1, []int{1}, nil, []int{0}, false, false)
	}, x, i, u)
	require.Equal(t, []float32{2, 3, 1001, 2001}, got.flat)
}

func TestScatterSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	for _, c := range scatterCases {
		requireSameBits(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
			return f.ScatterSum(x[0], x[1], x[2], c.vectorAxis, c.window, c.inserted, c.axes, false, false)
		}, randomTensor(r, dtypes.Float32, c.operand...), randomIndices(r, dtypes.Int32, 20, c.indices...),
			randomTensor(r, dtypes.Float32, c.updates...))
	}
}

func TestIndexErrors(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	f := b.Builder("test").Main()
	x := must(f.Parameter("x", shapes.Make(dtypes.Float32, 4, 3), nil))
	i := must(f.Parameter("i", shapes.Make(dtypes.Int32, 2, 1), nil))
	_, err = f.Gather(x, x, 1, []int{1}, []int{0}, []int{0, 1, 1}, []int{1, 3}, false)
	require.ErrorContains(t, err, "Gather((Float32)[4, 3], (Float32)[4, 3]): indices are (Float32)[4, 3]")
	_, err = f.Gather(x, i, 1, []int{1}, []int{0}, []int{0}, []int{1, 5}, false)
	require.ErrorContains(t, err, "Gather((Float32)[4, 3], (Int32)[2, 1])")
	_, err = f.ScatterSum(x, i, i, 1, []int{1}, []int{0}, []int{0}, false, false)
	require.ErrorContains(t, err, "ScatterSum((Float32)[4, 3], (Int32)[2, 1], (Int32)[2, 1])")
}

func TestGatherOfDynamicRows(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	bl := b.Builder("test")
	f := bl.Main()
	x := must(f.Parameter("x", shapes.MakeDynamic(dtypes.Float32, []int{4, shapes.DynamicDim}, []string{"", "width"}), nil))
	i := must(f.Parameter("i", shapes.Make(dtypes.Int32, 2, 1), nil))
	y := must(f.Gather(x, i, 1, []int{1}, []int{0}, []int{0}, []int{1, shapes.DynamicDim}, false))
	require.NoError(t, f.Return([]compute.Value{y}, nil))
	exe, err := bl.Compile()
	require.NoError(t, err)
	for _, width := range []int{1, 3} {
		values := make([]float32, 4*width)
		for k := range values {
			values[k] = float32(k)
		}
		at, err := b.BufferFromFlatData(0, []int32{3, 1}, shapes.Make(dtypes.Int32, 2, 1))
		require.NoError(t, err)
		out, err := exe.Execute([]compute.Buffer{upload(t, b, values, 4, width), at}, nil, 0)
		require.NoError(t, err)
		want := append(append([]float32{}, values[3*width:]...), values[width:2*width]...)
		require.Equal(t, want, download(t, out[0]))
	}
}
