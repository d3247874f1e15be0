package conform

import (
	"cmp"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testControl checks what runs functions inside a computation: Call, If, While and Sort,
// with closures that use outer values; and the barriers, which only order.
func testControl(t *testing.T, e subject) {
	e.check(t, slices.Concat(callCases(), ifCases(), whileCases(), sortCases(), barrierCases()))
}

// scalarParams declares scalar parameters of a function.
func scalarParams(f compute.Function, types ...dtypes.DType) ([]compute.Value, error) {
	params := make([]compute.Value, len(types))
	for i, dtype := range types {
		p, err := f.Parameter(string(rune('a'+i)), shapes.Make(dtype), nil)
		if err != nil {
			return nil, err
		}
		params[i] = p
	}
	return params, nil
}

// closure makes a closure of f with scalar parameters and one result.
func closure(f compute.Function, types []dtypes.DType, body func(f compute.Function, in []compute.Value) ([]compute.Value, error)) (compute.Function, error) {
	c, err := f.Closure()
	if err != nil {
		return nil, err
	}
	params, err := scalarParams(c, types...)
	if err != nil {
		return nil, err
	}
	out, err := body(c, params)
	if err != nil {
		return nil, err
	}
	return c, c.Return(out, nil)
}

// callCases: a named function is called twice, from the main function and with its own
// results.
func callCases() []testCase {
	x, y := uniform("x", dtypes.Float32, 3), uniform("y", dtypes.Float32, 3)
	want := make([]float64, 3)
	for i := range want {
		a, b := x.Float64s()[i], y.Float64s()[i]
		want[i] = (a*b+a)*b + (a*b + a)
	}
	return []testCase{{name: "Control/Call", needs: []compute.OpType{compute.OpTypeCall, compute.OpTypeMul, compute.OpTypeAdd},
		inputs: []golden.Tensor{x, y}, want: []golden.Tensor{golden.New(dtypes.Float32, want, 3)},
		build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			g, err := f.Builder().NewFunction("mul_add")
			if err != nil {
				return nil, err
			}
			var params [2]compute.Value
			for i, name := range []string{"a", "b"} {
				if params[i], err = g.Parameter(name, shapes.Make(dtypes.Float32, 3), nil); err != nil {
					return nil, err
				}
			}
			product, err := g.Mul(params[0], params[1])
			if err != nil {
				return nil, err
			}
			sum, err := g.Add(product, params[0])
			if err != nil {
				return nil, err
			}
			if err := g.Return([]compute.Value{sum}, nil); err != nil {
				return nil, err
			}
			once, err := f.Call(g, in...)
			if err != nil {
				return nil, err
			}
			return f.Call(g, once[0], in[1])
		}}}
}

// ifCases: both branches use outer values.
func ifCases() []testCase {
	var cases []testCase
	for _, taken := range []bool{true, false} {
		x, y := uniform("x", dtypes.Float32, 2, 3), uniform("y", dtypes.Float32, 2, 3)
		name, want := "Control/If/false", golden.New(dtypes.Float32, make([]float64, 6), 2, 3)
		flat := want.Flat.([]float32)
		for i := range flat {
			flat[i] = -y.Flat.([]float32)[i]
		}
		if taken {
			name, want = "Control/If/true", x
		}
		cases = append(cases, testCase{name: name, needs: []compute.OpType{compute.OpTypeIf, compute.OpTypeNeg, compute.OpTypeIdentity}, exact: true,
			inputs: []golden.Tensor{golden.Of([]bool{taken}), x, y}, want: []golden.Tensor{want},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				yes, err := closure(f, nil, func(f compute.Function, _ []compute.Value) ([]compute.Value, error) { return one(f.Identity(in[1])) })
				if err != nil {
					return nil, err
				}
				no, err := closure(f, nil, func(f compute.Function, _ []compute.Value) ([]compute.Value, error) { return one(f.Neg(in[2])) })
				if err != nil {
					return nil, err
				}
				return f.If(in[0], yes, no)
			}})
	}
	return cases
}

// whileCases: count down from n, multiplying by an outer value; for n = 0 the body does
// not run.
func whileCases() []testCase {
	var cases []testCase
	for _, c := range []struct {
		name string
		n    int32
		want float32
	}{{"none", 0, 1}, {"one", 1, 1.5}, {"many", 10, 57.665039}} {
		state := []dtypes.DType{dtypes.Int32, dtypes.Float32}
		cases = append(cases, testCase{name: "Control/While/" + c.name,
			needs: []compute.OpType{compute.OpTypeWhile, compute.OpTypeMul, compute.OpTypeSub, compute.OpTypeGreaterThan},
			inputs: []golden.Tensor{golden.Of([]int32{c.n}), golden.Of([]float32{1}), golden.Of([]float32{1.5}), golden.Of([]int32{0}),
				golden.Of([]int32{1})},
			want: []golden.Tensor{golden.Of([]int32{0}), golden.Of([]float32{c.want})},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				cond, err := closure(f, state, func(f compute.Function, s []compute.Value) ([]compute.Value, error) {
					return one(f.GreaterThan(s[0], in[3]))
				})
				if err != nil {
					return nil, err
				}
				body, err := closure(f, state, func(f compute.Function, s []compute.Value) ([]compute.Value, error) {
					n, err := f.Sub(s[0], in[4])
					if err != nil {
						return nil, err
					}
					product, err := f.Mul(s[1], in[2])
					return []compute.Value{n, product}, err
				})
				if err != nil {
					return nil, err
				}
				return f.While(cond, body, in[0], in[1])
			}})
	}
	return cases
}

// sortCases: keys with a payload; the payload shows whether a stable sort is stable.
func sortCases() []testCase {
	var cases []testCase
	add := func(name string, keys golden.Tensor, axis int, descending bool) {
		dims := keys.Shape.Dimensions
		payload := make([]int32, keys.Len())
		for i := range payload {
			payload[i] = int32(i)
		}
		order := sortedOrder(keys, axis, descending)
		types := []dtypes.DType{keys.Shape.DType, keys.Shape.DType, dtypes.Int32, dtypes.Int32}
		less, op := compute.Function.LessThan, compute.OpTypeLessThan
		if descending {
			less, op = compute.Function.GreaterThan, compute.OpTypeGreaterThan
		}
		cases = append(cases, testCase{name: "Control/Sort/" + name, needs: []compute.OpType{compute.OpTypeSort, op}, exact: true,
			inputs: []golden.Tensor{keys, golden.Of(payload, dims...)},
			want:   []golden.Tensor{permuted(keys, none, order, dims...), permuted(golden.Of(payload, dims...), none, order, dims...)},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				before, err := closure(f, types, func(f compute.Function, p []compute.Value) ([]compute.Value, error) {
					return one(less(f, p[0], p[1]))
				})
				if err != nil {
					return nil, err
				}
				return f.Sort(before, axis, true, in...)
			}})
	}
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32, dtypes.BFloat16, dtypes.Int32, dtypes.Uint64, dtypes.Int8} {
		add(lower(dtype), uniform("sort", dtype, 3, 17), 1, false)
	}
	add("descending", uniform("sort", dtypes.Float32, 3, 17), 1, true)
	add("first_axis", uniform("sort", dtypes.Float32, 5, 3), 0, false)
	add("middle_axis", uniform("sort", dtypes.Int32, 2, 7, 3), 1, false)
	add("single", uniform("sort", dtypes.Float32, 4, 1), 1, false)
	add("equal", golden.New(dtypes.Float32, fill(12, 1.0), 12), 0, false)
	return cases
}

func sortedOrder(keys golden.Tensor, axis int, descending bool) []int {
	dims, x := keys.Shape.Dimensions, keys.Float64s()
	order := make([]int, len(x))
	each(dims, func(_ int, idx []int) {
		if idx[axis] != 0 {
			return
		}
		line, at := make([]int, dims[axis]), slices.Clone(idx)
		for i := range line {
			at[axis] = i
			line[i] = flatten(at, dims)
		}
		positions := slices.Clone(line)
		slices.SortStableFunc(line, func(a, b int) int {
			if descending {
				a, b = b, a
			}
			return cmp.Compare(x[a], x[b])
		})
		for i, p := range positions {
			order[p] = line[i]
		}
	})
	return order
}

func barrierCases() []testCase {
	x, y := uniform("x", dtypes.Float32, 2, 3), uniform("y", dtypes.Int32, 4)
	return []testCase{
		{name: "Control/OptimizationBarrier", needs: []compute.OpType{compute.OpTypeOptimizationBarrier}, exact: true,
			inputs: []golden.Tensor{x, y}, want: []golden.Tensor{x, y},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				return f.OptimizationBarrier(in...)
			}},
		{name: "Control/SchedulingBarrier", needs: []compute.OpType{compute.OpTypeSchedulingBarrier}, exact: true,
			inputs: []golden.Tensor{x, y}, want: []golden.Tensor{x},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				return one(f.SchedulingBarrier(in[0], in[1]))
			}},
	}
}
