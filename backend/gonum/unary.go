package gonum

import (
	"fmt"
	"math"
	"math/bits"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// unary adds an element-wise operation of one operand.
func (f *function) unary(op compute.OpType, x compute.Value, boolean bool) (compute.Value, error) {
	in, err := f.values(op, x)
	if err != nil {
		return nil, err
	}
	s, err := unaryShape(op, in[0].shape, boolean)
	return f.element(op, in, s, err, func(in []dtypes.DType, _ dtypes.DType) (loop, error) { return unaryLoop(op, in[0]) })
}

// unaryShape infers the result's shape; boolean says that the operation tests floats.
func unaryShape(op compute.OpType, x shapes.Shape, boolean bool) (shapes.Shape, error) {
	if !boolean {
		return si.UnaryOp(op, x)
	}
	if !x.DType.IsFloat() {
		return x, fmt.Errorf("want floats, got %s", x)
	}
	x.DType = dtypes.Bool
	return x, nil
}

func (f *function) Abs(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeAbs, x, false)
}
func (f *function) BitCount(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeBitCount, x, false)
}
func (f *function) BitwiseNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeBitwiseNot, x, false)
}
func (f *function) Ceil(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCeil, x, false)
}
func (f *function) Clz(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeClz, x, false)
}
func (f *function) Cos(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCos, x, false)
}
func (f *function) Erf(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeErf, x, false)
}
func (f *function) Exp(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExp, x, false)
}
func (f *function) Expm1(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExpm1, x, false)
}
func (f *function) Floor(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeFloor, x, false)
}
func (f *function) IsFinite(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeIsFinite, x, true)
}
func (f *function) IsNaN(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeIsNaN, x, true)
}
func (f *function) Log(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog, x, false)
}
func (f *function) Log1p(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog1p, x, false)
}
func (f *function) LogicalNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogicalNot, x, false)
}
func (f *function) Logistic(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogistic, x, false)
}
func (f *function) Neg(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeNeg, x, false)
}
func (f *function) Round(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeRound, x, false)
}
func (f *function) Rsqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeRsqrt, x, false)
}
func (f *function) Sign(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSign, x, false)
}
func (f *function) Sin(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSin, x, false)
}
func (f *function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSqrt, x, false)
}
func (f *function) Tanh(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeTanh, x, false)
}

// unaryLoop returns the inner loop of an operation for a computed dtype.
func unaryLoop(op compute.OpType, dtype dtypes.DType) (loop, error) {
	l := vectorLoop(op, dtype)
	if l != nil {
		return l, nil
	}
	switch dtype {
	case dtypes.Float32:
		l = floatUnary[float32](op)
	case dtypes.Float64:
		l = floatUnary[float64](op)
	case dtypes.Int8:
		l = integerUnary[int8](op)
	case dtypes.Int16:
		l = integerUnary[int16](op)
	case dtypes.Int32:
		l = integerUnary[int32](op)
	case dtypes.Int64:
		l = integerUnary[int64](op)
	case dtypes.Uint8:
		l = integerUnary[uint8](op)
	case dtypes.Uint16:
		l = integerUnary[uint16](op)
	case dtypes.Uint32:
		l = integerUnary[uint32](op)
	case dtypes.Uint64:
		l = integerUnary[uint64](op)
	case dtypes.Bool:
		if op == compute.OpTypeLogicalNot {
			l = map1(func(x bool) bool { return !x })
		}
	}
	if l == nil {
		return nil, fmt.Errorf("%s of %s: %w", op, dtype, compute.ErrNotImplemented)
	}
	return l, nil
}

// map1 applies a function of one argument element by element.
func map1[X, Y any](fn func(X) Y) loop {
	return func(dst, a, _, _ []byte) {
		y, x := view[Y](dst), view[X](a)
		x = x[:len(y)]
		for i := range y {
			y[i] = fn(x[i])
		}
	}
}

// through64 applies a float64 function, rounding the result to T.
func through64[T floating](fn func(float64) float64) loop {
	return map1(func(x T) T { return T(fn(float64(x))) })
}

func floatUnary[T floating](op compute.OpType) loop {
	switch op {
	case compute.OpTypeAbs:
		return through64[T](math.Abs)
	case compute.OpTypeNeg:
		return func(dst, a, _, _ []byte) {
			y, x := view[T](dst), view[T](a)
			x = x[:len(y)]
			for i := range y {
				y[i] = -x[i]
			}
		}
	case compute.OpTypeSign:
		return map1(func(x T) T {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return x // keeps the sign of zero, and NaN
		})
	case compute.OpTypeSqrt:
		return through64[T](math.Sqrt)
	case compute.OpTypeRsqrt:
		return through64[T](func(x float64) float64 { return 1 / math.Sqrt(x) })
	case compute.OpTypeLogistic:
		return through64[T](logistic)
	case compute.OpTypeIsFinite:
		return map1(func(x T) bool { return x-x == 0 })
	case compute.OpTypeIsNaN:
		return map1(func(x T) bool { return x != x })
	}
	if fn := transcendental[op]; fn != nil {
		return through64[T](fn)
	}
	return nil
}

// transcendental functions are computed in float64 for both dtypes: what a float32
// version would save is small beside the exactly rounded results. So are those of some in
// vector instructions, see vectorLoop.
var transcendental = map[compute.OpType]func(float64) float64{
	compute.OpTypeCeil:  math.Ceil,
	compute.OpTypeFloor: math.Floor,
	compute.OpTypeRound: math.RoundToEven,
	compute.OpTypeExp:   math.Exp,
	compute.OpTypeExpm1: math.Expm1,
	compute.OpTypeLog:   math.Log,
	compute.OpTypeLog1p: math.Log1p,
	compute.OpTypeCos:   math.Cos,
	compute.OpTypeSin:   math.Sin,
	compute.OpTypeTanh:  math.Tanh,
	compute.OpTypeErf:   math.Erf,
}

// logistic is 1/(1+exp(-x)), without overflow on either side.
func logistic(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func integerUnary[T integer](op compute.OpType) loop {
	switch op {
	case compute.OpTypeAbs:
		return map1(func(x T) T {
			if x < 0 {
				return -x
			}
			return x
		})
	case compute.OpTypeNeg:
		return map1(func(x T) T { return -x })
	case compute.OpTypeSign:
		return map1(func(x T) T {
			var zero T
			switch {
			case x > 0:
				return 1
			case x < 0:
				return zero - 1
			}
			return 0
		})
	case compute.OpTypeBitwiseNot:
		return map1(func(x T) T { return ^x })
	case compute.OpTypeBitCount:
		return map1(func(x T) T { return T(bits.OnesCount64(unsignedBits(x))) })
	case compute.OpTypeClz:
		return map1(func(x T) T { return T(bits.LeadingZeros64(unsignedBits(x)) - 64 + 8*int(unsafe.Sizeof(x))) })
	}
	return nil
}

// unsignedBits returns the bits of an integer without extending its sign.
func unsignedBits[T integer](x T) uint64 {
	width := 8 * unsafe.Sizeof(x)
	return uint64(x) & (math.MaxUint64 >> (64 - width))
}
