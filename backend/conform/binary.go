package conform

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testBinary checks the operations on two operands: arithmetic, comparisons (ordinary and
// in total order), logic, bits and shifts; with broadcasting of scalars and of axes of
// size 1, and with the edge values of every dtype.
func testBinary(t *testing.T, e subject) { e.check(t, binaryCases()) }

type binaryBuild = func(f compute.Function, a, b compute.Value) (compute.Value, error)

type floatFunc2 struct {
	op    compute.OpType
	build binaryBuild
	f     func(a, b float64) float64
}

func floatFuncs2() []floatFunc2 {
	return []floatFunc2{
		{compute.OpTypeAdd, compute.Function.Add, func(a, b float64) float64 { return a + b }},
		{compute.OpTypeSub, compute.Function.Sub, func(a, b float64) float64 { return a - b }},
		{compute.OpTypeMul, compute.Function.Mul, func(a, b float64) float64 { return a * b }},
		{compute.OpTypeDiv, compute.Function.Div, func(a, b float64) float64 { return a / b }},
		{compute.OpTypeMax, compute.Function.Max, maxOf},
		{compute.OpTypeMin, compute.Function.Min, minOf},
		{compute.OpTypePow, compute.Function.Pow, math.Pow},
		{compute.OpTypeRem, compute.Function.Rem, math.Mod},
		{compute.OpTypeAtan2, compute.Function.Atan2, math.Atan2},
	}
}

// shapePairs are operand shapes that broadcast.
var shapePairs = [][2][]int{
	{{}, {}}, {{5}, {}}, {{}, {2, 3}}, {{2, 3}, {2, 3}}, {{2, 1, 3}, {1, 4, 3}}, {{1, 1}, {3, 2}}, {{4, 1}, {1, 1}}, {{0, 3}, {0, 3}}, {{0, 3}, {}},
	{{37, 1}, {37, 53}}, {{3, 1, 17}, {1, 11, 17}}, {{2, 3, 4, 5}, {1, 3, 1, 5}},
}

// fewPairs are those that every operation is run with; one operation of each kind is run
// with all of them.
var fewPairs = [][2][]int{shapePairs[0], shapePairs[4], shapePairs[7]}

func pairsFor(op compute.OpType) [][2][]int {
	switch op {
	case compute.OpTypeAdd, compute.OpTypeLessThan, compute.OpTypeLogicalAnd:
		return shapePairs
	}
	return fewPairs
}

// broadcast applies f to two row-major arrays whose dimensions are equal, or 1, or that
// are scalars.
func broadcast[T, R any](a []T, aDims []int, b []T, bDims []int, f func(a, b T) R) (out []R, dims []int) {
	dims = append(dims, aDims...)
	if len(bDims) > len(aDims) {
		dims = append([]int{}, bDims...)
	}
	if len(aDims) == len(bDims) {
		for i := range dims {
			if dims[i] == 1 {
				dims[i] = bDims[i]
			}
		}
	}
	at := func(x []T, xDims, idx []int) T {
		if len(xDims) == 0 {
			return x[0]
		}
		flat := 0
		for i, d := range xDims {
			flat = flat*d + min(idx[i], d-1)
		}
		return x[flat]
	}
	out = make([]R, size(dims))
	each(dims, func(flat int, idx []int) { out[flat] = f(at(a, aDims, idx), at(b, bDims, idx)) })
	return out, dims
}

func binaryCases() []testCase {
	var cases []testCase
	for _, fn := range floatFuncs2() {
		add := func(name string, a, b golden.Tensor) {
			out, dims := broadcast(a.Float64s(), a.Shape.Dimensions, b.Float64s(), b.Shape.Dimensions, fn.f)
			cases = append(cases, testCase{name: "Binary/" + fn.op.String() + "/" + name, needs: []compute.OpType{fn.op},
				inputs: []golden.Tensor{a, b}, build: binary(fn.build), want: []golden.Tensor{golden.New(a.Shape.DType, out, dims...)}})
		}
		for _, dtype := range floatTypes {
			a, b := floatPairs(fn.op, dtype)
			add(lower(dtype), a, b)
			a, b = edgePairs(fn.op, dtype)
			add(lower(dtype)+"/edges", a, b)
		}
		for _, s := range pairsFor(fn.op) {
			name := dimsName(s[0]) + "_" + dimsName(s[1])
			a, b := uniform(name+"a", dtypes.Float32, s[0]...), uniform(name+"b", dtypes.Float32, s[1]...)
			switch fn.op {
			case compute.OpTypePow:
				a = absolute(a)
			case compute.OpTypeRem, compute.OpTypeDiv:
				b = absolute(b)
			}
			add("shapes/"+name, a, b)
		}
	}
	cases = append(cases, comparisonCases()...)
	cases = append(cases, integerCases()...)
	return append(cases, logicalCases()...)
}

// floatPairs gives all pairs of a few ordinary numbers, as the operation can take them. A
// remainder jumps where the quotient is a whole number: its operands are kept away from
// there.
func floatPairs(op compute.OpType, dtype dtypes.DType) (a, b golden.Tensor) {
	left := []float64{-3, -1.5, -1, -0.25, 0.25, 1, 2.5, 7}
	right := []float64{-2, -1, -0.5, 0.5, 1.5, 3}
	if op == compute.OpTypePow {
		left = []float64{0.25, 0.5, 1, 1.5, 2, 3}
	}
	var as, bs []float64
	for _, x := range left {
		for _, y := range right {
			as, bs = append(as, x), append(bs, y)
		}
	}
	return golden.New(dtype, as, len(as)), golden.New(dtype, bs, len(bs))
}

// edgePairs gives all pairs of special values, less those on which libraries disagree by
// design: the maximum of zeros of different sign compares equal in any case, and the
// remainder of infinities is left out.
func edgePairs(op compute.OpType, dtype dtypes.DType) (a, b golden.Tensor) {
	values := []float64{nan, inf, -inf, 0, negZero, 1, -1}
	switch op {
	case compute.OpTypeRem:
		values = []float64{nan, 1, -1, 3}
	case compute.OpTypePow:
		values = []float64{nan, inf, 2, 3, 0.5}
	}
	var as, bs []float64
	for _, x := range values {
		for _, y := range values {
			as, bs = append(as, x), append(bs, y)
		}
	}
	n := len(values)
	return golden.New(dtype, as, n, n), golden.New(dtype, bs, n, n)
}

func absolute(t golden.Tensor) golden.Tensor {
	values := t.Float64s()
	for i, x := range values {
		values[i] = math.Abs(x) + 0.125
	}
	return golden.New(t.Shape.DType, values, t.Shape.Dimensions...)
}

func logicalCases() []testCase {
	var cases []testCase
	for _, c := range []struct {
		op    compute.OpType
		build binaryBuild
		f     func(a, b bool) bool
	}{
		{compute.OpTypeLogicalAnd, compute.Function.LogicalAnd, func(a, b bool) bool { return a && b }},
		{compute.OpTypeLogicalOr, compute.Function.LogicalOr, func(a, b bool) bool { return a || b }},
		{compute.OpTypeLogicalXor, compute.Function.LogicalXor, func(a, b bool) bool { return a != b }},
	} {
		for _, s := range pairsFor(c.op) {
			name := dimsName(s[0]) + "_" + dimsName(s[1])
			a, b := uniform(name+"a", dtypes.Bool, s[0]...), uniform(name+"b", dtypes.Bool, s[1]...)
			out, dims := broadcast(a.Flat.([]bool), s[0], b.Flat.([]bool), s[1], c.f)
			cases = append(cases, testCase{name: "Binary/" + c.op.String() + "/" + name, needs: []compute.OpType{c.op},
				inputs: []golden.Tensor{a, b}, build: binary(c.build), want: []golden.Tensor{golden.Of(out, dims...)}})
		}
	}
	return cases
}
