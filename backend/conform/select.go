package conform

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/pifr-go/pifr/internal/golden"
)

func whereCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, cond, a, b []int) {
		c, x, y := uniform(name+"c", dtypes.Bool, cond...), uniform(name+"x", dtype, a...), uniform(name+"y", dtype, b...)
		out := slices.MaxFunc([][]int{cond, a, b}, func(p, q []int) int { return len(p) - len(q) })
		cv, xv, yv := c.Float64s(), x.Float64s(), y.Float64s()
		at := func(v []float64, i int) float64 { return v[min(i, len(v)-1)] } // scalars serve every element
		values := make([]float64, size(out))
		for i := range values {
			if values[i] = at(yv, i); at(cv, i) != 0 {
				values[i] = at(xv, i)
			}
		}
		cases = append(cases, testCase{name: "Shape/Where/" + name, needs: []compute.OpType{compute.OpTypeWhere}, exact: true,
			inputs: []golden.Tensor{c, x, y}, want: []golden.Tensor{golden.New(dtype, values, out...)},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				return one(f.Where(in[0], in[1], in[2]))
			}})
	}
	for _, dtype := range allTypes {
		add(lower(dtype), dtype, []int{3, 5}, []int{3, 5}, []int{3, 5})
	}
	add("scalars", dtypes.Float32, nil, nil, nil)
	add("scalar_condition", dtypes.Float32, nil, []int{2, 3}, []int{2, 3})
	add("scalar_true", dtypes.Float32, []int{2, 3}, nil, []int{2, 3})
	add("scalar_false", dtypes.Float32, []int{2, 3}, []int{2, 3}, nil)
	add("scalar_branches", dtypes.Float32, []int{2, 3}, nil, nil)
	return cases
}

func clampCases() []testCase {
	var cases []testCase
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32, dtypes.Int32, dtypes.Uint8} {
		for _, scalar := range []bool{true, false} {
			name, dims := lower(dtype)+"/scalar", []int(nil)
			if !scalar {
				name, dims = lower(dtype)+"/full", []int{6}
			}
			x := golden.New(dtype, []float64{0, 1, 2, 3, 5, 9}, 6)
			lo, hi := golden.New(dtype, fill(size(dims), 2.0), dims...), golden.New(dtype, fill(size(dims), 5.0), dims...)
			cases = append(cases, testCase{name: "Shape/Clamp/" + name, needs: []compute.OpType{compute.OpTypeClamp}, exact: true,
				inputs: []golden.Tensor{lo, x, hi}, want: []golden.Tensor{golden.New(dtype, []float64{2, 2, 2, 3, 5, 5}, 6)},
				build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
					return one(f.Clamp(in[0], in[1], in[2]))
				}})
		}
	}
	return append(cases, testCase{name: "Shape/Clamp/edges", needs: []compute.OpType{compute.OpTypeClamp}, exact: true,
		inputs: []golden.Tensor{golden.New(dtypes.Float32, []float64{-1}), golden.New(dtypes.Float32, []float64{nan, inf, -inf}, 3),
			golden.New(dtypes.Float32, []float64{1})},
		want: []golden.Tensor{golden.New(dtypes.Float32, []float64{nan, 1, -1}, 3)},
		build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return one(f.Clamp(in[0], in[1], in[2]))
		}})
}

func iotaCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, axis int, dims ...int) {
		values := make([]float64, size(dims))
		each(dims, func(flat int, idx []int) { values[flat] = float64(idx[axis]) })
		cases = append(cases, testCase{name: "Shape/Iota/" + name, needs: []compute.OpType{compute.OpTypeIota}, exact: true,
			want: []golden.Tensor{golden.New(dtype, values, dims...)},
			build: func(f compute.Function, _ []compute.Value) ([]compute.Value, error) {
				return one(f.Iota(shapes.Make(dtype, dims...), axis))
			}})
	}
	for _, dtype := range numberTypes {
		add(lower(dtype), dtype, 1, 2, 3)
	}
	add("first", dtypes.Int32, 0, 4, 3)
	add("middle", dtypes.Float32, 1, 2, 5, 3)
	add("empty", dtypes.Float32, 0, 0, 3)
	return cases
}

// dynamicSliceCases: start indices are clamped so that the slice lies inside the operand.
func dynamicSliceCases() []testCase {
	var cases []testCase
	dims := []int{4, 5}
	for _, s := range []struct {
		name   string
		starts []float64
		sizes  []int
	}{{"inside", []float64{1, 2}, []int{2, 3}}, {"beyond", []float64{3, 9}, []int{2, 3}}, {"negative", []float64{-5, 0}, []int{2, 5}},
		{"one", []float64{3, 4}, []int{1, 1}}, {"whole", []float64{0, 0}, []int{4, 5}}} {
		start := make([]int, 2)
		for i := range start {
			start[i] = int(math.Max(0, math.Min(s.starts[i], float64(dims[i]-s.sizes[i]))))
		}
		at := []golden.Tensor{golden.New(dtypes.Int32, s.starts[:1]), golden.New(dtypes.Int32, s.starts[1:])}
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Int64, dtypes.Bool} {
			in, patch := uniform(s.name, dtype, dims...), uniform(s.name+"update", dtype, s.sizes...)
			taken := make([]int, size(s.sizes))
			updated := in.Float64s()
			each(s.sizes, func(flat int, idx []int) {
				taken[flat] = flatten([]int{start[0] + idx[0], start[1] + idx[1]}, dims)
				updated[taken[flat]] = patch.Float64s()[flat]
			})
			cases = append(cases,
				testCase{name: "Shape/DynamicSlice/" + s.name + "/" + lower(dtype), needs: []compute.OpType{compute.OpTypeDynamicSlice}, exact: true,
					inputs: append([]golden.Tensor{in}, at...), want: []golden.Tensor{permuted(in, none, taken, s.sizes...)},
					build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
						return one(f.DynamicSlice(in[0], in[1:], s.sizes))
					}},
				testCase{name: "Shape/DynamicUpdateSlice/" + s.name + "/" + lower(dtype), needs: []compute.OpType{compute.OpTypeDynamicUpdateSlice},
					exact: true, inputs: append([]golden.Tensor{in, patch}, at...), want: []golden.Tensor{golden.New(dtype, updated, dims...)},
					build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
						return one(f.DynamicUpdateSlice(in[0], in[1], in[2:]))
					}})
		}
	}
	return cases
}
