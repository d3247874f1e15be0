package gonum

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
)

// binary adds an element-wise operation of two operands, which are broadcast to each
// other.
func (f *function) binary(op compute.OpType, x, y compute.Value) (compute.Value, error) {
	in, err := f.values(op, x, y)
	if err != nil {
		return nil, err
	}
	s, err := si.BinaryOp(op, in[0].shape, in[1].shape)
	return f.element(op, in, s, err, func(in []dtypes.DType, _ dtypes.DType) (loop, error) { return binaryLoop(op, in[0]) })
}

func (f *function) Add(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAdd, x, y)
}
func (f *function) Atan2(y, x compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAtan2, y, x)
}
func (f *function) BitwiseAnd(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseAnd, x, y)
}
func (f *function) BitwiseOr(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseOr, x, y)
}
func (f *function) BitwiseXor(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseXor, x, y)
}
func (f *function) Div(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeDiv, x, y)
}
func (f *function) LogicalAnd(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalAnd, x, y)
}
func (f *function) LogicalOr(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalOr, x, y)
}
func (f *function) LogicalXor(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalXor, x, y)
}
func (f *function) Max(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMax, x, y)
}
func (f *function) Min(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMin, x, y)
}
func (f *function) Mul(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMul, x, y)
}
func (f *function) Pow(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypePow, x, y)
}
func (f *function) Rem(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeRem, x, y)
}
func (f *function) ShiftLeft(x, n compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftLeft, x, n)
}
func (f *function) ShiftRightArithmetic(x, n compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftRightArithmetic, x, n)
}
func (f *function) ShiftRightLogical(x, n compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftRightLogical, x, n)
}
func (f *function) Sub(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeSub, x, y)
}

// binaryLoop returns the inner loop of an operation for a computed dtype.
func binaryLoop(op compute.OpType, dtype dtypes.DType) (loop, error) {
	l := vectorLoop(op, dtype)
	if l != nil {
		return l, nil
	}
	switch dtype {
	case dtypes.Float32:
		l = floatBinary[float32](op)
	case dtypes.Float64:
		l = floatBinary[float64](op)
	case dtypes.Int8:
		l = integerBinary[int8](op)
	case dtypes.Int16:
		l = integerBinary[int16](op)
	case dtypes.Int32:
		l = integerBinary[int32](op)
	case dtypes.Int64:
		l = integerBinary[int64](op)
	case dtypes.Uint8:
		l = integerBinary[uint8](op)
	case dtypes.Uint16:
		l = integerBinary[uint16](op)
	case dtypes.Uint32:
		l = integerBinary[uint32](op)
	case dtypes.Uint64:
		l = integerBinary[uint64](op)
	case dtypes.Bool:
		l = boolBinary(op)
	}
	if l == nil {
		return nil, fmt.Errorf("%s of %s: %w", op, dtype, compute.ErrNotImplemented)
	}
	return l, nil
}

// map2 applies a function of two arguments element by element.
func map2[X, Y any](fn func(a, b X) Y) loop {
	return func(dst, a, b, _ []byte) {
		y, x, z := view[Y](dst), view[X](a), view[X](b)
		x, z = x[:len(y)], z[:len(y)]
		for i := range y {
			y[i] = fn(x[i], z[i])
		}
	}
}

// arithmetic has loops of their own, without a call for each element, for the operations
// that networks live on.
func arithmetic[T number](op compute.OpType) loop {
	switch op {
	case compute.OpTypeAdd:
		return func(dst, a, b, _ []byte) {
			y, x, z := view[T](dst), view[T](a), view[T](b)
			x, z = x[:len(y)], z[:len(y)]
			for i := range y {
				y[i] = x[i] + z[i]
			}
		}
	case compute.OpTypeSub:
		return func(dst, a, b, _ []byte) {
			y, x, z := view[T](dst), view[T](a), view[T](b)
			x, z = x[:len(y)], z[:len(y)]
			for i := range y {
				y[i] = x[i] - z[i]
			}
		}
	case compute.OpTypeMul:
		return func(dst, a, b, _ []byte) {
			y, x, z := view[T](dst), view[T](a), view[T](b)
			x, z = x[:len(y)], z[:len(y)]
			for i := range y {
				y[i] = x[i] * z[i]
			}
		}
	case compute.OpTypeMax:
		return func(dst, a, b, _ []byte) {
			y, x, z := view[T](dst), view[T](a), view[T](b)
			x, z = x[:len(y)], z[:len(y)]
			for i := range y {
				y[i] = max(x[i], z[i])
			}
		}
	case compute.OpTypeMin:
		return func(dst, a, b, _ []byte) {
			y, x, z := view[T](dst), view[T](a), view[T](b)
			x, z = x[:len(y)], z[:len(y)]
			for i := range y {
				y[i] = min(x[i], z[i])
			}
		}
	}
	return nil
}

func floatBinary[T floating](op compute.OpType) loop {
	switch op {
	case compute.OpTypeDiv:
		return func(dst, a, b, _ []byte) {
			y, x, z := view[T](dst), view[T](a), view[T](b)
			x, z = x[:len(y)], z[:len(y)]
			for i := range y {
				y[i] = x[i] / z[i]
			}
		}
	case compute.OpTypePow:
		return map2(func(a, b T) T { return T(math.Pow(float64(a), float64(b))) })
	case compute.OpTypeRem:
		return map2(func(a, b T) T { return T(math.Mod(float64(a), float64(b))) })
	case compute.OpTypeAtan2:
		return map2(func(a, b T) T { return T(math.Atan2(float64(a), float64(b))) })
	}
	return arithmetic[T](op)
}

// integerBinary follows XLA where Go would panic or leave the result open: x/0 is -1 (all
// bits set), x%0 is x, and a shift by the width or more leaves nothing but the sign of an
// arithmetic one.
func integerBinary[T integer](op compute.OpType) loop {
	width := 8 * uint64(unsafe.Sizeof(T(0)))
	switch op {
	case compute.OpTypeDiv:
		return map2(func(a, b T) T {
			if b == 0 {
				return ^T(0)
			}
			return a / b
		})
	case compute.OpTypeRem:
		return map2(func(a, b T) T {
			if b == 0 {
				return a
			}
			return a % b
		})
	case compute.OpTypePow:
		return map2(integerPow[T])
	case compute.OpTypeBitwiseAnd:
		return map2(func(a, b T) T { return a & b })
	case compute.OpTypeBitwiseOr:
		return map2(func(a, b T) T { return a | b })
	case compute.OpTypeBitwiseXor:
		return map2(func(a, b T) T { return a ^ b })
	case compute.OpTypeShiftLeft:
		return map2(func(a, n T) T { return a << min(unsignedBits(n), width) })
	case compute.OpTypeShiftRightArithmetic:
		return map2(func(a, n T) T {
			if below := ^T(0) < 0; below {
				return a >> min(unsignedBits(n), width)
			}
			return signedShift(a, min(unsignedBits(n), width-1))
		})
	case compute.OpTypeShiftRightLogical:
		return map2(func(a, n T) T { return T(unsignedBits(a) >> min(unsignedBits(n), width)) })
	}
	return arithmetic[T](op)
}

// signedShift shifts an unsigned integer right as if its first bit were a sign.
func signedShift[T integer](a T, n uint64) T {
	width := 8 * uint64(unsafe.Sizeof(a))
	return T(int64(uint64(a)<<(64-width)) >> (64 - width) >> n)
}

// integerPow is a**b by squaring. A negative power of 1 or -1 is exact; of anything else
// it is 0.
func integerPow[T integer](a, b T) T {
	if b < 0 {
		switch {
		case a == 1:
			return 1
		case a == ^T(0): // -1
			if b&1 == 0 {
				return 1
			}
			return a
		}
		return 0
	}
	y := T(1)
	for ; b != 0; b >>= 1 {
		if b&1 == 1 {
			y *= a
		}
		a *= a
	}
	return y
}

func boolBinary(op compute.OpType) loop {
	switch op {
	case compute.OpTypeLogicalAnd:
		return map2(func(a, b bool) bool { return a && b })
	case compute.OpTypeLogicalOr:
		return map2(func(a, b bool) bool { return a || b })
	case compute.OpTypeLogicalXor:
		return map2(func(a, b bool) bool { return a != b })
	}
	return nil
}
