package gonum

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
)

// compare adds an element-wise comparison, whose result is boolean.
func (f *function) compare(op compute.OpType, x, y compute.Value) (compute.Value, error) {
	in, err := f.values(op, x, y)
	if err != nil {
		return nil, err
	}
	infer := op
	if op == compute.OpTypeNotEqualTotalOrder {
		infer = compute.OpTypeEqualTotalOrder // shapeinference does not know its opposite
	}
	s, err := si.ComparisonOp(infer, in[0].shape, in[1].shape)
	return f.element(op, in, s, err, func(in []dtypes.DType, _ dtypes.DType) (loop, error) { return compareLoop(op, in[0]) })
}

func (f *function) Equal(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeEqual, x, y)
}
func (f *function) NotEqual(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeNotEqual, x, y)
}
func (f *function) GreaterOrEqual(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeGreaterOrEqual, x, y)
}
func (f *function) GreaterThan(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeGreaterThan, x, y)
}
func (f *function) LessOrEqual(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessOrEqual, x, y)
}
func (f *function) LessThan(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessThan, x, y)
}
func (f *function) EqualTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeEqualTotalOrder, x, y)
}
func (f *function) NotEqualTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeNotEqualTotalOrder, x, y)
}
func (f *function) GreaterOrEqualTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeGreaterOrEqualTotalOrder, x, y)
}
func (f *function) GreaterThanTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeGreaterThanTotalOrder, x, y)
}
func (f *function) LessOrEqualTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessOrEqualTotalOrder, x, y)
}
func (f *function) LessThanTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessThanTotalOrder, x, y)
}

// compareLoop returns the inner loop of a comparison for a computed dtype.
func compareLoop(op compute.OpType, dtype dtypes.DType) (loop, error) {
	l := vectorLoop(op, dtype)
	if l != nil {
		return l, nil
	}
	plain, total := plainOrder[op]
	switch dtype {
	case dtypes.Float32:
		if l = comparison[float32](op); total {
			l = totalOrder(comparison[int32](plain), totalKey32)
		}
	case dtypes.Float64:
		if l = comparison[float64](op); total {
			l = totalOrder(comparison[int64](plain), totalKey64)
		}
	case dtypes.Bool:
		l = boolComparison(op)
	default:
		if total {
			op = plain // integers have one order only
		}
		l = integerComparison(op, dtype)
	}
	if l == nil {
		return nil, fmt.Errorf("%s of %s: %w", op, dtype, compute.ErrNotImplemented)
	}
	return l, nil
}

func integerComparison(op compute.OpType, dtype dtypes.DType) loop {
	switch dtype {
	case dtypes.Int8:
		return comparison[int8](op)
	case dtypes.Int16:
		return comparison[int16](op)
	case dtypes.Int32:
		return comparison[int32](op)
	case dtypes.Int64:
		return comparison[int64](op)
	case dtypes.Uint8:
		return comparison[uint8](op)
	case dtypes.Uint16:
		return comparison[uint16](op)
	case dtypes.Uint32:
		return comparison[uint32](op)
	case dtypes.Uint64:
		return comparison[uint64](op)
	}
	return nil
}

// comparison has a loop of its own for >, which gates every rectifier, and a call for
// each element for the others.
func comparison[T number](op compute.OpType) loop {
	switch op {
	case compute.OpTypeEqual:
		return map2(func(a, b T) bool { return a == b })
	case compute.OpTypeNotEqual:
		return map2(func(a, b T) bool { return a != b })
	case compute.OpTypeGreaterOrEqual:
		return map2(func(a, b T) bool { return a >= b })
	case compute.OpTypeGreaterThan:
		return func(dst, a, b, _ []byte) {
			y, x, z := view[bool](dst), view[T](a), view[T](b)
			x, z = x[:len(y)], z[:len(y)]
			for i := range y {
				y[i] = x[i] > z[i]
			}
		}
	case compute.OpTypeLessOrEqual:
		return map2(func(a, b T) bool { return a <= b })
	case compute.OpTypeLessThan:
		return map2(func(a, b T) bool { return a < b })
	}
	return nil
}

func boolComparison(op compute.OpType) loop {
	switch op {
	case compute.OpTypeEqual, compute.OpTypeEqualTotalOrder:
		return map2(func(a, b bool) bool { return a == b })
	case compute.OpTypeNotEqual, compute.OpTypeNotEqualTotalOrder:
		return map2(func(a, b bool) bool { return a != b })
	}
	return nil
}

// plainOrder gives, for each comparison in the total order -NaN < -Inf < ... < -0 < +0 <
// ... < +Inf < +NaN, the one that holds between the keys of its operands.
var plainOrder = map[compute.OpType]compute.OpType{
	compute.OpTypeEqualTotalOrder:          compute.OpTypeEqual,
	compute.OpTypeNotEqualTotalOrder:       compute.OpTypeNotEqual,
	compute.OpTypeGreaterOrEqualTotalOrder: compute.OpTypeGreaterOrEqual,
	compute.OpTypeGreaterThanTotalOrder:    compute.OpTypeGreaterThan,
	compute.OpTypeLessOrEqualTotalOrder:    compute.OpTypeLessOrEqual,
	compute.OpTypeLessThanTotalOrder:       compute.OpTypeLessThan,
}

// totalKey32 and totalKey64 map floats to integers in the total order: the bits of
// negative values, all but the sign, are turned around.
func totalKey32(x float32) int32 {
	b := int32(math.Float32bits(x))
	return b ^ int32(uint32(b>>31)>>1)
}

func totalKey64(x float64) int64 {
	b := int64(math.Float64bits(x))
	return b ^ int64(uint64(b>>63)>>1)
}

// totalOrder compares the keys of the operands.
func totalOrder[F floating, K int32 | int64](compare loop, key func(F) K) loop {
	return func(dst, a, b, _ []byte) {
		x, z := view[F](a), view[F](b)
		var kx, kz [1]K
		for i := range x {
			kx[0], kz[0] = key(x[i]), key(z[i])
			compare(dst[i:i+1], rawBytes(kx[:]), rawBytes(kz[:]), nil)
		}
	}
}
