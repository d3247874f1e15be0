package conform

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// intFunc is an operation on integers. Where signed and unsigned differ, both forms are
// given; operands arrive extended to 64 bits, and the result is cut to the dtype.
type intFunc struct {
	op       compute.OpType
	build    binaryBuild
	signed   func(a, b int64) int64
	unsigned func(a, b uint64) uint64
	fits     func(a, b int64, bits int) bool // whether the pair is defined; nil: always
}

func intFuncs() []intFunc {
	divisor := func(a, b int64, bits int) bool {
		return b != 0 && !(b == -1 && a == math.MinInt64>>(64-bits)) // the quotient would overflow
	}
	shift := func(_, b int64, bits int) bool { return b >= 0 && b < int64(bits) }
	power := func(_, b int64, _ int) bool { return b >= 0 && b < 8 }
	return []intFunc{
		{compute.OpTypeAdd, compute.Function.Add, func(a, b int64) int64 { return a + b }, nil, nil},
		{compute.OpTypeSub, compute.Function.Sub, func(a, b int64) int64 { return a - b }, nil, nil},
		{compute.OpTypeMul, compute.Function.Mul, func(a, b int64) int64 { return a * b }, nil, nil},
		{compute.OpTypeDiv, compute.Function.Div, func(a, b int64) int64 { return a / b }, func(a, b uint64) uint64 { return a / b }, divisor},
		{compute.OpTypeRem, compute.Function.Rem, func(a, b int64) int64 { return a % b }, func(a, b uint64) uint64 { return a % b }, divisor},
		{compute.OpTypeMax, compute.Function.Max, func(a, b int64) int64 { return max(a, b) }, func(a, b uint64) uint64 { return max(a, b) }, nil},
		{compute.OpTypeMin, compute.Function.Min, func(a, b int64) int64 { return min(a, b) }, func(a, b uint64) uint64 { return min(a, b) }, nil},
		{compute.OpTypePow, compute.Function.Pow, intPow, nil, power},
		{compute.OpTypeBitwiseAnd, compute.Function.BitwiseAnd, func(a, b int64) int64 { return a & b }, nil, nil},
		{compute.OpTypeBitwiseOr, compute.Function.BitwiseOr, func(a, b int64) int64 { return a | b }, nil, nil},
		{compute.OpTypeBitwiseXor, compute.Function.BitwiseXor, func(a, b int64) int64 { return a ^ b }, nil, nil},
		{compute.OpTypeShiftLeft, compute.Function.ShiftLeft, func(a, b int64) int64 { return a << b }, nil, shift},
	}
}

func intPow(a, b int64) int64 {
	p := int64(1)
	for range b {
		p *= a
	}
	return p
}

func integerCases() []testCase {
	var cases []testCase
	for _, dtype := range intTypes {
		for _, fn := range intFuncs() {
			f := fn.signed
			if dtype.IsUnsigned() && fn.unsigned != nil {
				f = func(a, b int64) int64 { return int64(fn.unsigned(uint64(a), uint64(b))) }
			}
			cases = append(cases, intCase(fn.op, fn.build, dtype, f, fn.fits))
		}
		cases = append(cases, rightShiftCases(dtype)...)
	}
	return cases
}

// rightShiftCases: the logical shift fills with zeros, the arithmetic one with the top
// bit, of unsigned dtypes too.
func rightShiftCases(dtype dtypes.DType) []testCase {
	spare := 64 - dtype.Bits()
	inRange := func(_, b int64, bits int) bool { return b >= 0 && b < int64(bits) }
	logical := func(a, b int64) int64 { return int64(uint64(a) << spare >> spare >> b) }
	arithmetic := func(a, b int64) int64 { return a << spare >> spare >> b }
	cases := []testCase{intCase(compute.OpTypeShiftRightLogical, compute.Function.ShiftRightLogical, dtype, logical, inRange)}
	if !dtype.IsUnsigned() {
		cases = append(cases, intCase(compute.OpTypeShiftRightArithmetic, compute.Function.ShiftRightArithmetic, dtype, arithmetic, inRange))
	}
	return cases
}

// extremes are the operands of integer cases: small numbers, and the ends of the dtype's
// range.
func extremes(dtype dtypes.DType) []int64 {
	lowest := int64(-1) << (dtype.Bits() - 1)
	return int64s(integers(dtype, []int64{0, 1, 2, 3, 7, 100, -1, -2, -3, -100, lowest, lowest + 1, ^lowest}, 13))
}

func intCase(op compute.OpType, build binaryBuild, dtype dtypes.DType, f func(a, b int64) int64, fits func(a, b int64, bits int) bool) testCase {
	var as, bs, out []int64
	for _, a := range extremes(dtype) {
		for _, b := range extremes(dtype) {
			if fits == nil || fits(a, b, dtype.Bits()) {
				as, bs, out = append(as, a), append(bs, b), append(out, f(a, b))
			}
		}
	}
	n := len(as)
	return testCase{name: "Binary/" + op.String() + "/" + lower(dtype), needs: []compute.OpType{op}, build: binary(build),
		inputs: []golden.Tensor{integers(dtype, as, n), integers(dtype, bs, n)}, want: []golden.Tensor{integers(dtype, out, n)}}
}

// comparison is an operation with a boolean result, decided by the order of its operands.
type comparison struct {
	op    compute.OpType
	build binaryBuild
	holds func(order int) bool
	total bool // in total order: -NaN < -Inf < ... < -0 < +0 < ... < +Inf < +NaN
}

func comparisons() []comparison {
	eq, ne := func(o int) bool { return o == 0 }, func(o int) bool { return o != 0 }
	lt, le := func(o int) bool { return o < 0 }, func(o int) bool { return o <= 0 }
	gt, ge := func(o int) bool { return o > 0 }, func(o int) bool { return o >= 0 }
	return []comparison{
		{compute.OpTypeEqual, compute.Function.Equal, eq, false},
		{compute.OpTypeNotEqual, compute.Function.NotEqual, ne, false},
		{compute.OpTypeLessThan, compute.Function.LessThan, lt, false},
		{compute.OpTypeLessOrEqual, compute.Function.LessOrEqual, le, false},
		{compute.OpTypeGreaterThan, compute.Function.GreaterThan, gt, false},
		{compute.OpTypeGreaterOrEqual, compute.Function.GreaterOrEqual, ge, false},
		{compute.OpTypeEqualTotalOrder, compute.Function.EqualTotalOrder, eq, true},
		{compute.OpTypeNotEqualTotalOrder, compute.Function.NotEqualTotalOrder, ne, true},
		{compute.OpTypeLessThanTotalOrder, compute.Function.LessThanTotalOrder, lt, true},
		{compute.OpTypeLessOrEqualTotalOrder, compute.Function.LessOrEqualTotalOrder, le, true},
		{compute.OpTypeGreaterThanTotalOrder, compute.Function.GreaterThanTotalOrder, gt, true},
		{compute.OpTypeGreaterOrEqualTotalOrder, compute.Function.GreaterOrEqualTotalOrder, ge, true},
	}
}

func comparisonCases() []testCase {
	floats := []float64{nan, math.Copysign(nan, -1), inf, -inf, 0, negZero, 1, -1, 1.5}
	var cases []testCase
	for _, c := range comparisons() {
		types, shaped := numberTypes, dtypes.Int32
		if c.total {
			types, shaped = floatTypes, dtypes.Float32 // a total order of integers is the ordinary one
		}
		for _, dtype := range types {
			var a, b golden.Tensor
			var out []bool
			if dtype.IsFloat() {
				a, b, out = compareFloats(dtype, floats, c)
			} else {
				a, b, out = compareInts(dtype, c)
			}
			cases = append(cases, testCase{name: "Binary/" + c.op.String() + "/" + lower(dtype), needs: []compute.OpType{c.op},
				inputs: []golden.Tensor{a, b}, build: binary(c.build), want: []golden.Tensor{golden.Of(out, len(out))}})
		}
		if c.op == compute.OpTypeEqual || c.op == compute.OpTypeNotEqual {
			a, b := golden.Of([]bool{true, true, false, false}, 4), golden.Of([]bool{true, false, true, false}, 4)
			cases = append(cases, testCase{name: "Binary/" + c.op.String() + "/bool", needs: []compute.OpType{c.op}, build: binary(c.build),
				inputs: []golden.Tensor{a, b}, want: []golden.Tensor{golden.Of([]bool{c.holds(0), c.holds(1), c.holds(1), c.holds(0)}, 4)}})
		}
		for _, s := range pairsFor(c.op) {
			name := dimsName(s[0]) + "_" + dimsName(s[1])
			a, b := uniform(name+"a", shaped, s[0]...), uniform(name+"b", shaped, s[1]...)
			out, dims := broadcast(a.Float64s(), s[0], b.Float64s(), s[1], func(x, y float64) bool { return c.holds(cmp.Compare(x, y)) })
			cases = append(cases, testCase{name: "Binary/" + c.op.String() + "/shapes/" + name, needs: []compute.OpType{c.op},
				inputs: []golden.Tensor{a, b}, build: binary(c.build), want: []golden.Tensor{golden.Of(out, dims...)}})
		}
	}
	return cases
}

func compareFloats(dtype dtypes.DType, values []float64, c comparison) (a, b golden.Tensor, out []bool) {
	var as, bs []float64
	values = golden.New(dtype, values, len(values)).Float64s() // a narrow dtype may not keep the sign of NaN
	for _, x := range values {
		for _, y := range values {
			as, bs = append(as, x), append(bs, y)
			switch {
			case c.total:
				out = append(out, c.holds(totalOrder(x, y)))
			case math.IsNaN(x) || math.IsNaN(y):
				out = append(out, c.op == compute.OpTypeNotEqual)
			default:
				out = append(out, c.holds(ordinary(x, y)))
			}
		}
	}
	return golden.New(dtype, as, len(as)), golden.New(dtype, bs, len(bs)), out
}

func ordinary(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// totalOrder compares by sign first, then by magnitude with NaN above infinity.
func totalOrder(x, y float64) int {
	key := func(x float64) int64 {
		bits := int64(math.Float64bits(x))
		if bits < 0 {
			return bits ^ math.MaxInt64
		}
		return bits
	}
	return cmp.Compare(key(x), key(y))
}

func compareInts(dtype dtypes.DType, c comparison) (a, b golden.Tensor, out []bool) {
	var as, bs []int64
	for _, x := range extremes(dtype) {
		for _, y := range extremes(dtype) {
			as, bs = append(as, x), append(bs, y)
			order := cmp.Compare(x, y)
			if dtype.IsUnsigned() {
				order = cmp.Compare(uint64(x), uint64(y))
			}
			out = append(out, c.holds(order))
		}
	}
	return integers(dtype, as, len(as)), integers(dtype, bs, len(bs)), out
}

// dimsName writes dimensions for a case's name: "2x3", "scalar".
func dimsName(dims []int) string {
	if len(dims) == 0 {
		return "scalar"
	}
	parts := slices.Collect(func(yield func(string) bool) {
		for _, d := range dims {
			if !yield(fmt.Sprint(d)) {
				return
			}
		}
	})
	return strings.Join(parts, "x")
}
