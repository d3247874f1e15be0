package conform

import (
	"math"
	"math/bits"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testUnary checks the operations on one operand: floats of all widths with NaN,
// infinities and zeros of both signs, integers with their extreme values, booleans, and
// empty and scalar shapes.
func testUnary(t *testing.T, e subject) { e.check(t, unaryCases()) }

type floatFunc struct {
	op    compute.OpType
	build func(compute.Function, compute.Value) (compute.Value, error)
	f     func(float64) float64
	exact bool
}

func floatFuncs() []floatFunc {
	sign := func(x float64) float64 {
		if x == 0 || math.IsNaN(x) {
			return x
		}
		return math.Copysign(1, x)
	}
	logistic := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	return []floatFunc{
		{compute.OpTypeAbs, compute.Function.Abs, math.Abs, true},
		{compute.OpTypeCeil, compute.Function.Ceil, math.Ceil, true},
		{compute.OpTypeCos, compute.Function.Cos, math.Cos, false},
		{compute.OpTypeErf, compute.Function.Erf, math.Erf, false},
		{compute.OpTypeExp, compute.Function.Exp, math.Exp, false},
		{compute.OpTypeExpm1, compute.Function.Expm1, math.Expm1, false},
		{compute.OpTypeFloor, compute.Function.Floor, math.Floor, true},
		{compute.OpTypeIdentity, compute.Function.Identity, func(x float64) float64 { return x }, true},
		{compute.OpTypeLog, compute.Function.Log, math.Log, false},
		{compute.OpTypeLog1p, compute.Function.Log1p, math.Log1p, false},
		{compute.OpTypeLogistic, compute.Function.Logistic, logistic, false},
		{compute.OpTypeNeg, compute.Function.Neg, func(x float64) float64 { return -x }, true},
		{compute.OpTypeRound, compute.Function.Round, math.RoundToEven, true},
		{compute.OpTypeRsqrt, compute.Function.Rsqrt, func(x float64) float64 { return 1 / math.Sqrt(x) }, false},
		{compute.OpTypeSign, compute.Function.Sign, sign, true},
		{compute.OpTypeSin, compute.Function.Sin, math.Sin, false},
		{compute.OpTypeSqrt, compute.Function.Sqrt, math.Sqrt, false},
		{compute.OpTypeTanh, compute.Function.Tanh, math.Tanh, false},
	}
}

func unaryCases() []testCase {
	samples := []float64{-10, -3.5, -2.5, -2, -1.5, -1, -0.75, -0.5, -0.25, -1.0 / 1024, 1.0 / 1024, 0.25, 0.5, 0.75, 1,
		1.5, 2, 2.5, 3.5, 10}
	var cases []testCase
	for _, fn := range floatFuncs() {
		edges := []float64{nan, inf, -inf, 0, negZero}
		if fn.op == compute.OpTypeRsqrt {
			edges = edges[:4] // the limit at -0 depends on how the root is taken
		}
		add := func(name string, in golden.Tensor) {
			values := in.Float64s()
			for i, x := range values {
				values[i] = fn.f(x)
			}
			want := golden.New(in.Shape.DType, values, in.Shape.Dimensions...)
			cases = append(cases, testCase{name: "Unary/" + fn.op.String() + "/" + name, needs: []compute.OpType{fn.op},
				inputs: []golden.Tensor{in}, build: unary(fn.build), want: []golden.Tensor{want}, exact: fn.exact})
		}
		for _, dtype := range floatTypes {
			add(lower(dtype), golden.New(dtype, samples, 4, 5))
			add(lower(dtype)+"/edges", golden.New(dtype, edges, len(edges)))
		}
		add("scalar", golden.New(dtypes.Float32, []float64{0.5}))
		add("empty", golden.New(dtypes.Float32, nil, 3, 0))
		add("large", uniform(fn.op.String(), dtypes.Float32, 7, 1, 1543))
	}
	return append(append(cases, predicateCases()...), bitCases()...)
}

func predicateCases() []testCase {
	var cases []testCase
	truth := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	for _, dtype := range floatTypes {
		in := golden.New(dtype, []float64{nan, inf, -inf, 0, negZero, 1, -2}, 7)
		var finite, isNaN []float64
		for _, x := range in.Float64s() {
			finite = append(finite, truth(!math.IsNaN(x) && !math.IsInf(x, 0)))
			isNaN = append(isNaN, truth(math.IsNaN(x)))
		}
		cases = append(cases,
			testCase{name: "Unary/IsFinite/" + lower(dtype), needs: []compute.OpType{compute.OpTypeIsFinite}, inputs: []golden.Tensor{in},
				build: unary(compute.Function.IsFinite), want: []golden.Tensor{golden.New(dtypes.Bool, finite, 7)}},
			testCase{name: "Unary/IsNaN/" + lower(dtype), needs: []compute.OpType{compute.OpTypeIsNaN}, inputs: []golden.Tensor{in},
				build: unary(compute.Function.IsNaN), want: []golden.Tensor{golden.New(dtypes.Bool, isNaN, 7)}})
	}
	return append(cases, testCase{name: "Unary/LogicalNot", needs: []compute.OpType{compute.OpTypeLogicalNot},
		inputs: []golden.Tensor{golden.Of([]bool{true, false, true}, 3)}, build: unary(compute.Function.LogicalNot),
		want: []golden.Tensor{golden.Of([]bool{false, true, false}, 3)}})
}

// bitCases are the operations on integers; the smallest integer is its own negative.
func bitCases() []testCase {
	var cases []testCase
	for _, dtype := range intTypes {
		lowest := int64(-1) << (dtype.Bits() - 1) // of an unsigned dtype: the bit pattern with the top bit alone
		in := integers(dtype, []int64{0, 1, 2, 3, 100, -1, -2, -100, lowest, lowest + 1, ^lowest}, 11)
		add := func(op compute.OpType, build func(compute.Function, compute.Value) (compute.Value, error), f func(int64) int64) {
			out := int64s(in)
			for i, x := range out {
				out[i] = f(x)
			}
			cases = append(cases, testCase{name: "Unary/" + op.String() + "/" + lower(dtype), needs: []compute.OpType{op},
				inputs: []golden.Tensor{in}, build: unary(build), want: []golden.Tensor{integers(dtype, out, 11)}})
		}
		cut := func(x int64) uint64 { return uint64(x) << (64 - dtype.Bits()) >> (64 - dtype.Bits()) }
		add(compute.OpTypeBitCount, compute.Function.BitCount, func(x int64) int64 { return int64(bits.OnesCount64(cut(x))) })
		add(compute.OpTypeClz, compute.Function.Clz, func(x int64) int64 {
			return int64(bits.LeadingZeros64(cut(x)) - (64 - dtype.Bits()))
		})
		add(compute.OpTypeBitwiseNot, compute.Function.BitwiseNot, func(x int64) int64 { return ^x })
		add(compute.OpTypeIdentity, compute.Function.Identity, func(x int64) int64 { return x })
		if dtype.IsUnsigned() {
			add(compute.OpTypeSign, compute.Function.Sign, func(x int64) int64 { return min(int64(bits.Len64(uint64(x))), 1) })
			add(compute.OpTypeAbs, compute.Function.Abs, func(x int64) int64 { return x })
			continue
		}
		add(compute.OpTypeNeg, compute.Function.Neg, func(x int64) int64 { return -x })
		add(compute.OpTypeAbs, compute.Function.Abs, func(x int64) int64 { return max(x, -x) })
		add(compute.OpTypeSign, compute.Function.Sign, func(x int64) int64 { return max(min(x, 1), -1) })
	}
	return cases
}
