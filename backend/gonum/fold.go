package gonum

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// fold is a reduction of values of T, accumulated in A. Floats are summed and multiplied
// in float64.
type fold[T, A any] struct {
	// start is the result for no values at all.
	start A
	// run folds neighbors.
	run func(x []T) A
	// rows folds count rows, each as long as acc, that begin step apart, into acc.
	rows func(acc []A, x []T, step, count int)
	// join folds two results, the first being that of earlier values.
	join func(a, b A) A
	// finish rounds results. It is nil when A is T.
	finish func(dst []T, acc []A)
}

// folder is a fold whose types are not known.
type folder interface {
	reduce(r *reduction) kernel
	slide(s *sliding) kernel
}

// folderFor returns the fold of a reduction for a computed dtype.
func folderFor(op compute.OpType, dtype dtypes.DType) (folder, error) {
	var f folder
	switch dtype {
	case dtypes.Float32:
		f = floatFold[float32](op)
	case dtypes.Float64:
		f = floatFold[float64](op)
	case dtypes.Int8:
		f = integerFold[int8](op)
	case dtypes.Int16:
		f = integerFold[int16](op)
	case dtypes.Int32:
		f = integerFold[int32](op)
	case dtypes.Int64:
		f = integerFold[int64](op)
	case dtypes.Uint8:
		f = integerFold[uint8](op)
	case dtypes.Uint16:
		f = integerFold[uint16](op)
	case dtypes.Uint32:
		f = integerFold[uint32](op)
	case dtypes.Uint64:
		f = integerFold[uint64](op)
	case dtypes.Bool:
		f = boolFold(op)
	}
	if f == nil {
		return nil, fmt.Errorf("%s of %s: %w", op, dtype, compute.ErrNotImplemented)
	}
	return f, nil
}

func numberFold[T, A number](op compute.OpType) folder {
	low, high := limits[T]()
	switch op {
	case compute.OpTypeReduceSum:
		return &fold[T, A]{run: sumRun[T, A], rows: sumRows[T, A], join: func(a, b A) A { return a + b }, finish: rounding[T, A]()}
	case compute.OpTypeReduceProduct:
		return &fold[T, A]{start: 1, run: productRun[T, A], rows: productRows[T, A],
			join: func(a, b A) A { return a * b }, finish: rounding[T, A]()}
	case compute.OpTypeReduceMax:
		return &fold[T, T]{start: low, run: maxRun[T], rows: maxRows[T], join: func(a, b T) T { return max(a, b) }}
	case compute.OpTypeReduceMin:
		return &fold[T, T]{start: high, run: minRun[T], rows: minRows[T], join: func(a, b T) T { return min(a, b) }}
	}
	return nil
}

func integerFold[T integer](op compute.OpType) folder {
	switch op {
	case compute.OpTypeReduceBitwiseAnd:
		return plainFold(^T(0), func(a, b T) T { return a & b })
	case compute.OpTypeReduceBitwiseOr:
		return plainFold(0, func(a, b T) T { return a | b })
	case compute.OpTypeReduceBitwiseXor:
		return plainFold(0, func(a, b T) T { return a ^ b })
	}
	return numberFold[T, T](op)
}

func boolFold(op compute.OpType) folder {
	switch op {
	case compute.OpTypeReduceLogicalAnd, compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceMin:
		return plainFold(true, func(a, b bool) bool { return a && b })
	case compute.OpTypeReduceLogicalOr, compute.OpTypeReduceBitwiseOr, compute.OpTypeReduceMax:
		return plainFold(false, func(a, b bool) bool { return a || b })
	case compute.OpTypeReduceLogicalXor, compute.OpTypeReduceBitwiseXor:
		return plainFold(false, func(a, b bool) bool { return a != b })
	}
	return nil
}

// plainFold makes a fold of an operation on two values, for operations too rare to have
// loops of their own.
func plainFold[T any](start T, op func(a, b T) T) folder {
	return &fold[T, T]{
		start: start,
		join:  op,
		run: func(x []T) T {
			acc := start
			for _, v := range x {
				acc = op(acc, v)
			}
			return acc
		},
		rows: func(acc []T, x []T, step, count int) {
			for at := 0; count > 0; at, count = at+step, count-1 {
				for i, v := range x[at : at+len(acc)] {
					acc[i] = op(acc[i], v)
				}
			}
		},
	}
}

// rounding returns the conversion of sums, nil when there is nothing to convert.
func rounding[T, A number]() func(dst []T, acc []A) {
	var zero T
	if _, same := any(zero).(A); same {
		return nil
	}
	return func(dst []T, acc []A) {
		for i, v := range acc {
			dst[i] = T(v)
		}
	}
}

// sumRun has four sums, so that an addition need not wait for the one before.
func sumRun[T, A number](x []T) A {
	var a, b, c, d A
	for ; len(x) >= 4; x = x[4:] {
		a += A(x[0])
		b += A(x[1])
		c += A(x[2])
		d += A(x[3])
	}
	for _, v := range x {
		a += A(v)
	}
	return (a + b) + (c + d)
}

// sumRows takes four rows at a time, so that acc is read and written less often.
func sumRows[T, A number](acc []A, x []T, step, count int) {
	n, at := len(acc), 0
	for ; count >= 4; count -= 4 {
		p, q := x[at:at+n], x[at+step:at+step+n]
		r, s := x[at+2*step:at+2*step+n], x[at+3*step:at+3*step+n]
		q, r, s = q[:len(p)], r[:len(p)], s[:len(p)]
		acc := acc[:len(p)]
		for i, v := range p {
			acc[i] += (A(v) + A(q[i])) + (A(r[i]) + A(s[i]))
		}
		at += 4 * step
	}
	for ; count > 0; count-- {
		for i, v := range x[at : at+n] {
			acc[i] += A(v)
		}
		at += step
	}
}

func productRun[T, A number](x []T) A {
	a, b, c, d := A(1), A(1), A(1), A(1)
	for ; len(x) >= 4; x = x[4:] {
		a *= A(x[0])
		b *= A(x[1])
		c *= A(x[2])
		d *= A(x[3])
	}
	for _, v := range x {
		a *= A(v)
	}
	return (a * b) * (c * d)
}

func productRows[T, A number](acc []A, x []T, step, count int) {
	for at := 0; count > 0; at, count = at+step, count-1 {
		row := x[at : at+len(acc)]
		for i, v := range row {
			acc[i] *= A(v)
		}
	}
}

// maxRun and the like use the built-in max and min, for which NaN wins over anything and
// -0 lies below +0: the result depends on no order.
func maxRun[T number](x []T) T {
	a, _ := limits[T]()
	b := a
	for ; len(x) >= 4; x = x[4:] {
		a = max(a, max(x[0], x[1]))
		b = max(b, max(x[2], x[3]))
	}
	for _, v := range x {
		a = max(a, v)
	}
	return max(a, b)
}

func maxRows[T number](acc []T, x []T, step, count int) {
	for at := 0; count > 0; at, count = at+step, count-1 {
		row := x[at : at+len(acc)]
		for i, v := range row {
			acc[i] = max(acc[i], v)
		}
	}
}

func minRun[T number](x []T) T {
	_, a := limits[T]()
	b := a
	for ; len(x) >= 4; x = x[4:] {
		a = min(a, min(x[0], x[1]))
		b = min(b, min(x[2], x[3]))
	}
	for _, v := range x {
		a = min(a, v)
	}
	return min(a, b)
}

func minRows[T number](acc []T, x []T, step, count int) {
	for at := 0; count > 0; at, count = at+step, count-1 {
		row := x[at : at+len(acc)]
		for i, v := range row {
			acc[i] = min(acc[i], v)
		}
	}
}

// limits returns the least and the greatest value of a type: the infinities of floats.
func limits[T number]() (low, high T) {
	switch low := any(&low).(type) {
	case *float32:
		*low, *any(&high).(*float32) = float32(math.Inf(-1)), float32(math.Inf(1))
	case *float64:
		*low, *any(&high).(*float64) = math.Inf(-1), math.Inf(1)
	case *int8:
		*low, *any(&high).(*int8) = integerRange[int8]()
	case *int16:
		*low, *any(&high).(*int16) = integerRange[int16]()
	case *int32:
		*low, *any(&high).(*int32) = integerRange[int32]()
	case *int64:
		*low, *any(&high).(*int64) = integerRange[int64]()
	case *uint8:
		*low, *any(&high).(*uint8) = integerRange[uint8]()
	case *uint16:
		*low, *any(&high).(*uint16) = integerRange[uint16]()
	case *uint32:
		*low, *any(&high).(*uint32) = integerRange[uint32]()
	case *uint64:
		*low, *any(&high).(*uint64) = integerRange[uint64]()
	}
	return low, high
}
