package conform

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testShape checks the operations that move data without changing it, for every dtype:
// broadcast, concatenate, pad, reshape, reverse, slice, transpose, where, clamp, iota,
// dynamic slice and update. They have to be exact.
func testShape(t *testing.T, e subject) { e.check(t, shapeCases()) }

// move is a case in which each result element is one operand element (or the fill value,
// index -1).
func move(name string, op compute.OpType, in golden.Tensor, fill golden.Tensor, build builder, indices []int, dims ...int) testCase {
	inputs := []golden.Tensor{in}
	if fill.Flat != nil {
		inputs = append(inputs, fill)
	}
	return testCase{name: "Shape/" + op.String() + "/" + name, needs: []compute.OpType{op}, inputs: inputs, build: build,
		want: []golden.Tensor{permuted(in, fill, indices, dims...)}, exact: true}
}

func shapeCases() []testCase {
	cases := slices.Concat(transposeCases(), sliceCases(), reverseCases(), padCases(), broadcastCases(), concatenateCases(),
		reshapeCases(), whereCases(), clampCases(), iotaCases(), dynamicSliceCases())
	return cases
}

var none golden.Tensor

func transposeCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, dims, perm []int) {
		out := pick(dims, perm)
		indices := make([]int, size(out))
		each(out, func(flat int, idx []int) {
			src := make([]int, len(dims))
			for i, p := range perm {
				src[p] = idx[i]
			}
			indices[flat] = flatten(src, dims)
		})
		cases = append(cases, move(name, compute.OpTypeTranspose, uniform(name, dtype, dims...), none,
			unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.Transpose(x, perm...) }), indices, out...))
	}
	for _, dtype := range allTypes {
		add(lower(dtype), dtype, []int{3, 5}, []int{1, 0})
	}
	for _, s := range []struct {
		name       string
		dims, perm []int
	}{
		{"identity", []int{2, 3}, []int{0, 1}},
		{"scalar", nil, nil},
		{"empty", []int{0, 4}, []int{1, 0}},
		{"ones", []int{1, 3, 1}, []int{2, 0, 1}},
		{"nhwc_nchw", []int{2, 5, 7, 3}, []int{0, 3, 1, 2}},
		{"rotate", []int{2, 3, 4, 5}, []int{3, 0, 1, 2}},
		{"reverse5", []int{2, 3, 2, 3, 2}, []int{4, 3, 2, 1, 0}},
		{"large", []int{67, 131}, []int{1, 0}},
	} {
		add(s.name, dtypes.Float32, s.dims, s.perm)
	}
	return cases
}

func sliceCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, dims, starts, limits, steps []int) {
		by := steps
		if by == nil {
			by = fill(len(dims), 1)
		}
		out := make([]int, len(dims))
		for i := range dims {
			out[i] = (limits[i] - starts[i] + by[i] - 1) / by[i]
		}
		indices := make([]int, size(out))
		each(out, func(flat int, idx []int) {
			src := make([]int, len(dims))
			for i := range src {
				src[i] = starts[i] + idx[i]*by[i]
			}
			indices[flat] = flatten(src, dims)
		})
		cases = append(cases, move(name, compute.OpTypeSlice, uniform(name, dtype, dims...), none,
			unary(func(f compute.Function, x compute.Value) (compute.Value, error) {
				return f.Slice(x, starts, limits, steps)
			}), indices, out...))
	}
	for _, dtype := range allTypes {
		add(lower(dtype), dtype, []int{4, 5}, []int{1, 0}, []int{3, 4}, []int{1, 2})
	}
	add("whole", dtypes.Float32, []int{3, 4}, []int{0, 0}, []int{3, 4}, nil)
	add("one", dtypes.Float32, []int{3, 4}, []int{2, 3}, []int{3, 4}, []int{1, 1})
	add("stride_beyond", dtypes.Float32, []int{3, 4}, []int{0, 1}, []int{3, 4}, []int{5, 7})
	add("empty", dtypes.Float32, []int{3, 4}, []int{1, 0}, []int{1, 4}, []int{1, 1})
	add("rank4", dtypes.Float32, []int{2, 9, 7, 3}, []int{0, 1, 2, 0}, []int{2, 8, 7, 3}, []int{1, 2, 2, 1})
	return cases
}

func reverseCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, dims []int, axes ...int) {
		indices := make([]int, size(dims))
		each(dims, func(flat int, idx []int) {
			src := slices.Clone(idx)
			for _, a := range axes {
				src[a] = dims[a] - 1 - idx[a]
			}
			indices[flat] = flatten(src, dims)
		})
		cases = append(cases, move(name, compute.OpTypeReverse, uniform(name, dtype, dims...), none,
			unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.Reverse(x, axes...) }), indices, dims...))
	}
	for _, dtype := range allTypes {
		add(lower(dtype), dtype, []int{2, 3}, 1)
	}
	add("two", dtypes.Float32, []int{3, 4, 5}, 0, 2)
	add("size1", dtypes.Float32, []int{1, 4}, 0)
	add("empty", dtypes.Float32, []int{2, 0}, 1)
	add("all", dtypes.Float32, []int{3, 4, 5, 2}, 0, 1, 2, 3)
	return cases
}

func padCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, dims []int, pads ...compute.PadAxis) {
		all := append(slices.Clone(pads), fill(len(dims)-len(pads), compute.PadAxis{})...)
		out := make([]int, len(dims))
		for i, p := range all {
			out[i] = p.Start + p.End + dims[i] + max(dims[i]-1, 0)*p.Interior
		}
		indices := make([]int, size(out))
		each(out, func(flat int, idx []int) {
			src := make([]int, len(dims))
			for i, p := range all {
				at := idx[i] - p.Start
				if at < 0 || at%(p.Interior+1) != 0 || at/(p.Interior+1) >= dims[i] {
					indices[flat] = -1
					return
				}
				src[i] = at / (p.Interior + 1)
			}
			indices[flat] = flatten(src, dims)
		})
		cases = append(cases, move(name, compute.OpTypePad, uniform(name, dtype, dims...), golden.New(dtype, []float64{1}),
			binary(func(f compute.Function, x, v compute.Value) (compute.Value, error) { return f.Pad(x, v, pads...) }), indices, out...))
	}
	for _, dtype := range allTypes {
		add(lower(dtype), dtype, []int{2, 3}, compute.PadAxis{Start: 1}, compute.PadAxis{End: 2})
	}
	add("interior", dtypes.Float32, []int{3, 4}, compute.PadAxis{Interior: 2}, compute.PadAxis{Start: 1, End: 2, Interior: 1})
	add("fewer_axes", dtypes.Float32, []int{2, 2, 2}, compute.PadAxis{Start: 2})
	add("none", dtypes.Float32, []int{2, 2})
	add("empty_operand", dtypes.Float32, []int{0, 2}, compute.PadAxis{Start: 1, End: 1})
	add("image", dtypes.Float32, []int{2, 5, 7, 3}, compute.PadAxis{}, compute.PadAxis{Start: 1, End: 2}, compute.PadAxis{Start: 3, End: 0}, compute.PadAxis{})
	return cases
}

func broadcastCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, dims, out, axes []int) {
		indices := make([]int, size(out))
		each(out, func(flat int, idx []int) {
			src := make([]int, len(dims))
			for i, a := range axes {
				src[i] = min(idx[a], dims[i]-1)
			}
			indices[flat] = flatten(src, dims)
		})
		cases = append(cases, move(name, compute.OpTypeBroadcastInDim, uniform(name, dtype, dims...), none,
			unary(func(f compute.Function, x compute.Value) (compute.Value, error) {
				return f.BroadcastInDim(x, shapes.Make(dtype, out...), axes)
			}), indices, out...))
	}
	for _, dtype := range allTypes {
		add(lower(dtype), dtype, []int{3}, []int{2, 3}, []int{1})
	}
	add("scalar", dtypes.Float32, nil, []int{2, 3}, nil)
	add("front", dtypes.Float32, []int{2}, []int{2, 3}, []int{0})
	add("stretch", dtypes.Float32, []int{1, 3, 1}, []int{2, 3, 4}, []int{0, 1, 2})
	add("between", dtypes.Float32, []int{2, 4}, []int{2, 3, 4, 5}, []int{0, 2})
	add("same", dtypes.Float32, []int{2, 3}, []int{2, 3}, []int{0, 1})
	add("empty", dtypes.Float32, []int{1}, []int{0, 3}, []int{1})
	return cases
}

func concatenateCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, axis int, operands ...[]int) {
		c := testCase{name: "Shape/Concatenate/" + name, needs: []compute.OpType{compute.OpTypeConcatenate}, exact: true,
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				return one(f.Concatenate(axis, in...))
			}}
		out := slices.Clone(operands[0])
		out[axis] = 0
		flat := golden.New(dtype, nil, 0) // all operands one after the other
		for i, dims := range operands {
			in := uniform(name+string(rune('a'+i)), dtype, dims...)
			c.inputs = append(c.inputs, in)
			out[axis] += dims[axis]
			flat = golden.New(dtype, append(flat.Float64s(), in.Float64s()...), flat.Len()+in.Len())
		}
		indices := make([]int, size(out))
		each(out, func(i int, idx []int) {
			src, base := slices.Clone(idx), 0
			for _, dims := range operands {
				if src[axis] < dims[axis] {
					indices[i] = base + flatten(src, dims)
					return
				}
				src[axis] -= dims[axis]
				base += size(dims)
			}
		})
		c.want = []golden.Tensor{permuted(flat, none, indices, out...)}
		cases = append(cases, c)
	}
	for _, dtype := range allTypes {
		add(lower(dtype), dtype, 1, []int{2, 3}, []int{2, 1})
	}
	add("single", dtypes.Float32, 0, []int{2, 3})
	add("first", dtypes.Float32, 0, []int{2, 3}, []int{1, 3}, []int{4, 3})
	add("middle", dtypes.Float32, 1, []int{2, 3, 4}, []int{2, 1, 4})
	add("with_empty", dtypes.Float32, 1, []int{2, 0}, []int{2, 3}, []int{2, 0})
	add("channels", dtypes.Float32, 3, []int{2, 3, 3, 5}, []int{2, 3, 3, 2})
	return cases
}

func reshapeCases() []testCase {
	var cases []testCase
	for _, s := range []struct {
		name     string
		dims, to []int
	}{{"flatten", []int{2, 3, 4}, []int{24}}, {"split", []int{6}, []int{2, 3}}, {"to_scalar", []int{1, 1}, nil}, {"from_scalar", nil, []int{1, 1, 1}},
		{"empty", []int{0, 3}, []int{7, 0}}, {"squeeze", []int{2, 1, 3}, []int{2, 3}}, {"same", []int{2, 3}, []int{2, 3}}} {
		in := uniform(s.name, dtypes.Float32, s.dims...)
		cases = append(cases, testCase{name: "Shape/Reshape/" + s.name, needs: []compute.OpType{compute.OpTypeReshape}, exact: true,
			inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.Of(in.Flat, s.to...)},
			build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.Reshape(x, s.to...) })})
	}
	return cases
}
