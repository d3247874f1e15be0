package gonum

import (
	"unsafe"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/internal/simd"
)

// shortRun is the length below which a loop in Go is as fast as a kernel.
const shortRun = 16

// floatFold is numberFold of floats, in vector instructions where the processor has them.
// Sums of neighbors are then added in another order, and everything else has the same
// bits.
func floatFold[T floating](op compute.OpType) folder {
	l := simd.Best()
	if !simd.Reduces(l) {
		return numberFold[T, float64](op)
	}
	low, high := limits[T]()
	switch op {
	case compute.OpTypeReduceSum:
		return &fold[T, float64]{
			run:    vectorRun(sumRun[T, float64], func(x []T) float64 { return simd.Sum(l, x) }),
			rows:   func(acc []float64, x []T, step, count int) { simd.SumRows(l, acc, x, step, count) },
			join:   func(a, b float64) float64 { return a + b },
			finish: rounding[T, float64](),
		}
	case compute.OpTypeReduceMax:
		return &fold[T, T]{
			start: low,
			run:   vectorRun(maxRun[T], func(x []T) T { return simd.Greatest(l, x) }),
			rows:  vectorRows[T](simd.Max),
			join:  func(a, b T) T { return max(a, b) },
		}
	case compute.OpTypeReduceMin:
		return &fold[T, T]{
			start: high,
			run:   vectorRun(minRun[T], func(x []T) T { return simd.Least(l, x) }),
			rows:  vectorRows[T](simd.Min),
			join:  func(a, b T) T { return min(a, b) },
		}
	}
	return numberFold[T, float64](op)
}

// vectorRun chooses between two ways to fold neighbors, by their number alone.
func vectorRun[T, A any](short, long func(x []T) A) func(x []T) A {
	return func(x []T) A {
		if len(x) < shortRun {
			return short(x)
		}
		return long(x)
	}
}

// vectorRows folds rows by an operation of two floats.
func vectorRows[T floating](op simd.Op) func(acc []T, x []T, step, count int) {
	both := op.Loop(simd.Best(), int(unsafe.Sizeof(T(0))))
	return func(acc []T, x []T, step, count int) {
		to := rawBytes(acc)
		for at := 0; count > 0; at, count = at+step, count-1 {
			both(to, to, rawBytes(x[at:at+len(acc)]), nil)
		}
	}
}
