package conform

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testWindow checks ReduceWindow and SelectAndScatter, the two halves of pooling:
// overlapping windows, gaps between them, padding, dilation, ties.
func testWindow(t *testing.T, e subject) {
	e.check(t, slices.Concat(reduceWindowCases(), selectAndScatterCases()))
}

// windowSpec places windows over an array. Nil lists are passed as nil: strides then
// equal the window.
type windowSpec struct {
	name             string
	dims, window     []int
	strides          []int
	inputDil, winDil []int
	pads             [][2]int
}

func (s windowSpec) steps() []int {
	if s.strides == nil {
		return s.window
	}
	return s.strides
}

func (s windowSpec) outDims() []int {
	n := len(s.dims)
	out := make([]int, n)
	for i := range out {
		extent := (s.dims[i]-1)*orOnes(s.inputDil, n)[i] + 1
		if s.pads != nil {
			extent += s.pads[i][0] + s.pads[i][1]
		}
		out[i] = (extent-(s.window[i]-1)*orOnes(s.winDil, n)[i]-1)/s.steps()[i] + 1
	}
	return out
}

// visit calls see for every operand element in the window of output element o, in
// row-major order.
func (s windowSpec) visit(o []int, see func(flat int)) {
	n := len(s.dims)
	src := make([]int, n)
	each(s.window, func(_ int, w []int) {
		for i := range n {
			at := o[i]*s.steps()[i] + w[i]*orOnes(s.winDil, n)[i]
			if s.pads != nil {
				at -= s.pads[i][0]
			}
			dil := orOnes(s.inputDil, n)[i]
			if at < 0 || at%dil != 0 || at/dil >= s.dims[i] {
				return
			}
			src[i] = at / dil
		}
		see(flatten(src, s.dims))
	})
}

func windowSpecs() []windowSpec {
	return []windowSpec{
		{name: "1d", dims: []int{7}, window: []int{3}, strides: []int{1}},
		{name: "default_strides", dims: []int{2, 6, 4, 3}, window: []int{1, 2, 2, 1}},
		{name: "overlap", dims: []int{2, 7, 8, 3}, window: []int{1, 3, 3, 1}, strides: []int{1, 2, 2, 1}},
		{name: "overlap_padded", dims: []int{2, 7, 8, 3}, window: []int{1, 3, 3, 1}, strides: []int{1, 2, 2, 1}, pads: [][2]int{{0, 0}, {1, 1}, {1, 1}, {0, 0}}},
		{name: "even_uneven_padding", dims: []int{1, 5, 6, 2}, window: []int{1, 2, 4, 1}, strides: []int{1, 1, 2, 1}, pads: [][2]int{{0, 0}, {0, 1}, {2, 1}, {0, 0}}},
		{name: "stride_beyond_window", dims: []int{1, 9, 9, 2}, window: []int{1, 2, 2, 1}, strides: []int{1, 3, 4, 1}},
		{name: "one", dims: []int{1, 1, 1, 1}, window: []int{1, 1, 1, 1}, strides: []int{1, 1, 1, 1}},
		{name: "global", dims: []int{3, 5, 4, 2}, window: []int{1, 5, 4, 1}},
		{name: "all_axes", dims: []int{4, 5, 6}, window: []int{2, 3, 2}, strides: []int{1, 2, 3}},
		{name: "nchw", dims: []int{2, 3, 8, 7}, window: []int{1, 1, 3, 3}, strides: []int{1, 1, 2, 2}, pads: [][2]int{{0, 0}, {0, 0}, {1, 1}, {1, 1}}},
		{name: "window_dilation", dims: []int{1, 9, 9, 2}, window: []int{1, 3, 2, 1}, strides: []int{1, 1, 2, 1}, winDil: []int{1, 2, 3, 1}},
		{name: "input_dilation", dims: []int{1, 4, 5, 2}, window: []int{1, 3, 2, 1}, strides: []int{1, 2, 1, 1}, inputDil: []int{1, 2, 3, 1}},
		{name: "wide", dims: []int{2, 3, 131, 7}, window: []int{1, 2, 3, 1}, strides: []int{1, 1, 2, 1}},
	}
}

func reduceWindowCases() []testCase {
	var cases []testCase
	for _, r := range []struct {
		kind  compute.ReduceOpType
		start float64
		f     func(a, x float64) float64
	}{
		{compute.ReduceOpSum, 0, func(a, x float64) float64 { return a + x }},
		{compute.ReduceOpProduct, 1, func(a, x float64) float64 { return a * x }},
		{compute.ReduceOpMax, -inf, maxOf},
		{compute.ReduceOpMin, inf, minOf},
	} {
		add := func(dtype dtypes.DType, s windowSpec) {
			in := uniform(s.name, dtype, s.dims...)
			x, out := in.Float64s(), s.outDims()
			values := make([]float64, size(out))
			each(out, func(flat int, o []int) {
				values[flat] = r.start
				s.visit(o, func(src int) { values[flat] = r.f(values[flat], x[src]) })
			})
			cases = append(cases, testCase{name: "Window/ReduceWindow/" + r.kind.String() + "/" + s.name + "/" + lower(dtype),
				needs: []compute.OpType{compute.OpTypeReduceWindow}, inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.New(dtype, values, out...)},
				build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) {
					return f.ReduceWindow(x, r.kind, s.window, s.strides, s.inputDil, s.winDil, s.pads)
				})})
		}
		for _, s := range windowSpecs() {
			if s.inputDil != nil && (r.kind == compute.ReduceOpMax || r.kind == compute.ReduceOpMin) {
				continue // a window may hold no element but holes; what they count as is left to the engine
			}
			add(dtypes.Float32, s)
		}
		for _, dtype := range numberTypes {
			if dtype != dtypes.Float32 {
				add(dtype, windowSpecs()[2])
			}
		}
	}
	return cases
}

// selectAndScatterCases: each source value is added where the window has its extreme; the
// first of equal ones is taken. Padding is never selected, since every window holds at
// least one element.
func selectAndScatterCases() []testCase {
	var cases []testCase
	add := func(name string, s windowSpec, in golden.Tensor, isMin bool) {
		x, out := in.Float64s(), s.outDims()
		source := uniform(name+"source", in.Shape.DType, out...)
		values := make([]float64, in.Len())
		each(out, func(flat int, o []int) {
			best := -1
			s.visit(o, func(src int) {
				if best < 0 || x[src] > x[best] && !isMin || x[src] < x[best] && isMin {
					best = src
				}
			})
			values[best] += source.Float64s()[flat]
		})
		op, build := compute.OpTypeSelectAndScatterMax, compute.Function.SelectAndScatterMax
		if isMin {
			op, build = compute.OpTypeSelectAndScatterMin, compute.Function.SelectAndScatterMin
		}
		cases = append(cases, testCase{name: "Window/" + op.String() + "/" + name, needs: []compute.OpType{op},
			inputs: []golden.Tensor{in, source}, want: []golden.Tensor{golden.New(in.Shape.DType, values, s.dims...)},
			build: binary(func(f compute.Function, x, source compute.Value) (compute.Value, error) {
				return build(f, x, source, s.window, s.strides, s.pads)
			})})
	}
	for _, isMin := range []bool{false, true} {
		for _, s := range windowSpecs() {
			if s.inputDil == nil && s.winDil == nil {
				add(s.name, s, distinct(s.name, dtypes.Float32, s.dims...), isMin)
			}
		}
		overlap := windowSpecs()[3]
		for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float16, dtypes.BFloat16} {
			add(lower(dtype), overlap, uniform("scatter", dtype, overlap.dims...), isMin)
		}
		ties := golden.New(dtypes.Float32, fill(size(overlap.dims), 0.5), overlap.dims...)
		add("ties", overlap, ties, isMin)
	}
	return cases
}
