package conform

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testReduce checks reductions over any axes (arithmetic, logical, bitwise), the position
// of the extreme value, and running sums; long ones, empty ones, and ones with NaN among
// them.
func testReduce(t *testing.T, e subject) {
	e.check(t, slices.Concat(reduceCases(), argCases(), cumSumCases()))
}

type reduceBuild = func(f compute.Function, x compute.Value, axes ...int) (compute.Value, error)

// fold reduces a row-major array over axes (none: all), in float64.
func fold(x []float64, dims, axes []int, start float64, f func(acc, x float64) float64) (out []float64, kept []int) {
	if len(axes) == 0 {
		axes = others(len(dims))
	}
	rest := others(len(dims), axes)
	kept = pick(dims, rest)
	out = fill(size(kept), start)
	each(dims, func(flat int, idx []int) {
		o := flatten(pick(idx, rest), kept)
		out[o] = f(out[o], x[flat])
	})
	return out, kept
}

// reducedShapes pairs operand shapes with axes; no axes means all.
var reducedShapes = []struct {
	dims, axes []int
}{
	{[]int{7}, nil}, {[]int{3, 5}, []int{0}}, {[]int{3, 5}, []int{1}}, {[]int{3, 5}, []int{0, 1}}, {[]int{2, 3, 4}, []int{1}},
	{[]int{2, 3, 4}, []int{0, 2}}, {[]int{2, 3, 4}, []int{2, 0}}, {[]int{1, 5, 1}, []int{0, 2}}, {[]int{1, 1}, []int{1}},
	{[]int{2, 7, 5, 3}, []int{0, 1, 2}}, {[]int{2, 7, 5, 3}, []int{1, 2}}, {nil, nil},
}

type floatFold struct {
	op    compute.OpType
	build reduceBuild
	start float64
	f     func(acc, x float64) float64
	exact bool
}

func floatFolds() []floatFold {
	return []floatFold{
		{compute.OpTypeReduceSum, compute.Function.ReduceSum, 0, func(a, x float64) float64 { return a + x }, false},
		{compute.OpTypeReduceProduct, compute.Function.ReduceProduct, 1, func(a, x float64) float64 { return a * x }, false},
		{compute.OpTypeReduceMax, compute.Function.ReduceMax, -inf, maxOf, true},
		{compute.OpTypeReduceMin, compute.Function.ReduceMin, inf, minOf, true},
	}
}

func reduceCases() []testCase {
	var cases []testCase
	for _, fn := range floatFolds() {
		add := func(name string, in golden.Tensor, axes ...int) {
			out, kept := fold(in.Float64s(), in.Shape.Dimensions, axes, fn.start, fn.f)
			cases = append(cases, testCase{name: "Reduce/" + fn.op.String() + "/" + name, needs: []compute.OpType{fn.op}, exact: fn.exact,
				inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.New(in.Shape.DType, out, kept...)},
				build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return fn.build(f, x, axes...) })})
		}
		for _, s := range reducedShapes {
			add(reducedName(s.dims, s.axes), uniform("reduce", dtypes.Float32, s.dims...), s.axes...)
		}
		for _, dtype := range floatTypes {
			add(lower(dtype), uniform("reduce", dtype, 4, 6), 1)
			add(lower(dtype)+"/nan", golden.New(dtype, []float64{1, nan, 2, nan, 1, 2, 3, 1, nan}, 3, 3), 1)
			add(lower(dtype)+"/inf", golden.New(dtype, []float64{1, inf, 2, 3, -inf, 2}, 2, 3), 1)
		}
		add("empty", golden.New(dtypes.Float32, nil, 3, 0), 1)
		add("empty_result", golden.New(dtypes.Float32, nil, 3, 0), 0)
	}
	add := func(name string, in golden.Tensor, axes ...int) {
		out, kept := fold(in.Float64s(), in.Shape.Dimensions, axes, 0, func(a, x float64) float64 { return a + x })
		cases = append(cases, testCase{name: "Reduce/ReduceSum/" + name, needs: []compute.OpType{compute.OpTypeReduceSum},
			inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.New(in.Shape.DType, out, kept...)},
			build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.ReduceSum(x, axes...) })})
	}
	add("long", uniform("long", dtypes.Float32, 100_003))
	add("long64", uniform("long", dtypes.Float64, 100_003))
	add("long_columns", uniform("long", dtypes.Float32, 30_011, 3), 0)
	add("long_rows", uniform("long", dtypes.Float32, 3, 30_011), 1)
	return slices.Concat(cases, intReduceCases(), boolReduceCases())
}

func reducedName(dims, axes []int) string {
	return dimsName(dims) + "_" + strings.ReplaceAll(strings.Trim(fmt.Sprint(axes), "[]"), " ", "_")
}

func intReduceCases() []testCase {
	var cases []testCase
	for _, fn := range []struct {
		op    compute.OpType
		build reduceBuild
		f     func(a, x int64) int64
	}{
		{compute.OpTypeReduceSum, compute.Function.ReduceSum, func(a, x int64) int64 { return a + x }},
		{compute.OpTypeReduceProduct, compute.Function.ReduceProduct, func(a, x int64) int64 { return a * x }},
		{compute.OpTypeReduceMax, compute.Function.ReduceMax, func(a, x int64) int64 { return max(a, x) }},
		{compute.OpTypeReduceMin, compute.Function.ReduceMin, func(a, x int64) int64 { return min(a, x) }},
		{compute.OpTypeReduceBitwiseAnd, compute.Function.ReduceBitwiseAnd, func(a, x int64) int64 { return a & x }},
		{compute.OpTypeReduceBitwiseOr, compute.Function.ReduceBitwiseOr, func(a, x int64) int64 { return a | x }},
		{compute.OpTypeReduceBitwiseXor, compute.Function.ReduceBitwiseXor, func(a, x int64) int64 { return a ^ x }},
	} {
		for _, dtype := range intTypes {
			in := uniform("ints", dtype, 3, 4)
			x := int64s(in)
			// reduced over the first axis, starting with the first row: no neutral
			// element needed
			out := slices.Clone(x[:4])
			for i, v := range x[4:] {
				out[i%4] = fn.f(out[i%4], v)
			}
			cases = append(cases, testCase{name: "Reduce/" + fn.op.String() + "/" + lower(dtype), needs: []compute.OpType{fn.op},
				inputs: []golden.Tensor{in}, want: []golden.Tensor{integers(dtype, out, 4)},
				build: unary(func(f compute.Function, v compute.Value) (compute.Value, error) { return fn.build(f, v, 0) })})
		}
	}
	return cases
}

func boolReduceCases() []testCase {
	var cases []testCase
	for _, fn := range []struct {
		op    compute.OpType
		build reduceBuild
		start float64
		f     func(a, x float64) float64
	}{
		{compute.OpTypeReduceLogicalAnd, compute.Function.ReduceLogicalAnd, 1, math.Min},
		{compute.OpTypeReduceLogicalOr, compute.Function.ReduceLogicalOr, 0, math.Max},
		{compute.OpTypeReduceLogicalXor, compute.Function.ReduceLogicalXor, 0, func(a, x float64) float64 { return math.Abs(a - x) }},
	} {
		for _, s := range append(reducedShapes[:6:6], reducedShapes[9], struct{ dims, axes []int }{[]int{2, 0}, []int{1}}) {
			in := uniform("bools", dtypes.Bool, s.dims...)
			out, kept := fold(in.Float64s(), s.dims, s.axes, fn.start, fn.f)
			cases = append(cases, testCase{name: "Reduce/" + fn.op.String() + "/" + reducedName(s.dims, s.axes), needs: []compute.OpType{fn.op},
				inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.New(dtypes.Bool, out, kept...)},
				build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return fn.build(f, x, s.axes...) })})
		}
	}
	return cases
}

// argCases: the first of equal values wins, and NaN is chosen wherever it is.
func argCases() []testCase {
	var cases []testCase
	add := func(name string, in golden.Tensor, axis int, outType dtypes.DType) {
		for _, isMin := range []bool{false, true} {
			out, kept := argExtreme(in, axis, isMin)
			full := "Reduce/ArgMinMax/max/" + name
			if isMin {
				full = "Reduce/ArgMinMax/min/" + name
			}
			cases = append(cases, testCase{name: full, needs: []compute.OpType{compute.OpTypeArgMinMax}, inputs: []golden.Tensor{in},
				want: []golden.Tensor{golden.New(outType, out, kept...)},
				build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) {
					return f.ArgMinMax(x, axis, outType, isMin)
				})})
		}
	}
	for _, dtype := range numberTypes {
		add(lower(dtype), uniform("arg", dtype, 5, 7), 1, dtypes.Int32)
	}
	for _, outType := range []dtypes.DType{dtypes.Int64, dtypes.Uint8, dtypes.Int16} {
		add("to_"+lower(outType), uniform("arg", dtypes.Float32, 5, 7), 0, outType)
	}
	add("middle", uniform("arg", dtypes.Float32, 2, 5, 3), 1, dtypes.Int32)
	add("single", uniform("arg", dtypes.Float32, 3, 1), 1, dtypes.Int32)
	add("ties", golden.New(dtypes.Float32, []float64{1, 3, 3, 1, 2, 2, 2, 2}, 2, 4), 1, dtypes.Int32)
	add("nan", golden.New(dtypes.Float32, []float64{1, nan, 3, 0, nan, 1, 2, 0}, 2, 4), 1, dtypes.Int32)
	return cases
}

func argExtreme(in golden.Tensor, axis int, isMin bool) (out []float64, kept []int) {
	dims, x := in.Shape.Dimensions, in.Float64s()
	rest := others(len(dims), []int{axis})
	kept = pick(dims, rest)
	best := fill(size(kept), 0)
	out = make([]float64, size(kept))
	each(dims, func(flat int, idx []int) {
		o := flatten(pick(idx, rest), kept)
		v, b := x[flat], x[best[o]]
		better := v > b && !isMin || v < b && isMin || math.IsNaN(v)
		if idx[axis] == 0 || better && !math.IsNaN(b) {
			best[o], out[o] = flat, float64(idx[axis])
		}
	})
	return out, kept
}

func cumSumCases() []testCase {
	var cases []testCase
	add := func(name string, in golden.Tensor, axis int) {
		for _, o := range []compute.CumSumOptions{{}, {Exclusive: true}, {Reverse: true}, {Exclusive: true, Reverse: true}} {
			dims, x := in.Shape.Dimensions, in.Float64s()
			out := make([]float64, len(x))
			each(dims, func(flat int, idx []int) {
				src := slices.Clone(idx)
				for i := range dims[axis] {
					inside := i < idx[axis] && !o.Reverse || i > idx[axis] && o.Reverse || i == idx[axis] && !o.Exclusive
					if src[axis] = i; inside {
						out[flat] += x[flatten(src, dims)]
					}
				}
			})
			cases = append(cases, testCase{name: fmt.Sprintf("Reduce/CumSum/%s/exclusive=%t,reverse=%t", name, o.Exclusive, o.Reverse),
				needs: []compute.OpType{compute.OpTypeCumSum}, inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.New(in.Shape.DType, out, dims...)},
				build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.CumSum(x, axis, o) })})
		}
	}
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32, dtypes.Float16, dtypes.BFloat16, dtypes.Int32, dtypes.Int64, dtypes.Uint8} {
		add(lower(dtype), uniform("cumsum", dtype, 3, 5), 1)
	}
	add("first", uniform("cumsum", dtypes.Float32, 3, 5), 0)
	add("middle", uniform("cumsum", dtypes.Float32, 2, 4, 3), 1)
	add("single", uniform("cumsum", dtypes.Float32, 2, 1), 1)
	return cases
}
