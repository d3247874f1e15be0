package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
)

// product is a batch of matrix products C = A B, with A [m, k], B [k, n] and C [m, n],
// row by row.
type product struct {
	batch, m, n, k int
	// flipA and flipB say that A lies as [k, m], or B as [n, k].
	flipA, flipB bool
	weights      []byte // B where it is a constant, else nil
}

// multiplier returns the function that computes the products.
func (p product) multiplier(b *Backend, dtype dtypes.DType) (func(c, a, b []byte), error) {
	switch dtype {
	case dtypes.Float32:
		return floatProduct(p, &b.float32s), nil
	case dtypes.Float64:
		return floatProduct(p, &b.float64s), nil
	case dtypes.Int8:
		return integerProduct[int8](p), nil
	case dtypes.Int16:
		return integerProduct[int16](p), nil
	case dtypes.Int32:
		return integerProduct[int32](p), nil
	case dtypes.Int64:
		return integerProduct[int64](p), nil
	case dtypes.Uint8:
		return integerProduct[uint8](p), nil
	case dtypes.Uint16:
		return integerProduct[uint16](p), nil
	case dtypes.Uint32:
		return integerProduct[uint32](p), nil
	case dtypes.Uint64:
		return integerProduct[uint64](p), nil
	}
	return nil, fmt.Errorf("product of %s: %w", dtype, compute.ErrNotImplemented)
}

// manyProducts is the size of a batch from which on whole products are given to
// goroutines, not parts of them.
const manyProducts = 8

// manyRows is the number of rows from which on constant weights are worth laying out
// ahead.
const manyRows = 8

func floatProduct[T floating](p product, x *matmul.Multiplier[T]) func(c, a, b []byte) {
	strideA, strideB := p.k, p.n
	if p.flipA {
		strideA = p.m
	}
	if p.flipB {
		strideB = p.k
	}
	if p.batch == 1 && p.m >= manyRows && len(p.weights) > 0 {
		memory := make([]T, matmul.PackedLen[T](p.k, p.n))
		packed := x.PackMatrix(parallel, memory, matmul.Matrix[T]{Data: view[T](p.weights), Stride: strideB, Trans: p.flipB}, p.k, p.n)
		return func(c, a, _ []byte) {
			ma := matmul.Matrix[T]{Data: view[T](a), Stride: strideA, Trans: p.flipA}
			x.MulPacked(parallel, view[T](c), p.n, ma, &packed, p.m, false)
		}
	}
	return func(c, a, b []byte) {
		left, right, out := view[T](a), view[T](b), view[T](c)
		one := func(i int, run matmul.Parallel) {
			ma := matmul.Matrix[T]{Data: left[i*p.m*p.k:], Stride: strideA, Trans: p.flipA}
			mb := matmul.Matrix[T]{Data: right[i*p.k*p.n:], Stride: strideB, Trans: p.flipB}
			x.Mul(run, out[i*p.m*p.n:], p.n, ma, mb, p.m, p.n, p.k, false)
		}
		if p.batch >= manyProducts {
			parallel(p.batch, func(i int) { one(i, nil) })
			return
		}
		for i := range p.batch {
			one(i, parallel)
		}
	}
}

// integerProduct multiplies integers, wrapping around as Go does.
func integerProduct[T integer](p product) func(c, a, b []byte) {
	rowA, colA := p.k, 1
	if p.flipA {
		rowA, colA = 1, p.m
	}
	rowB, colB := p.n, 1
	if p.flipB {
		rowB, colB = 1, p.k
	}
	return func(c, a, b []byte) {
		x, y, z := view[T](a), view[T](b), view[T](c)
		spans(p.batch*p.m, max(1, 1<<15/max(1, p.n*p.k)), func(lo, hi int) {
			for row := lo; row < hi; row++ {
				i, r := row/p.m, row%p.m
				out := z[row*p.n : (row+1)*p.n]
				clear(out)
				for k := range p.k {
					v := x[i*p.m*p.k+r*rowA+k*colA]
					right := y[i*p.k*p.n+k*rowB:]
					for j := range out {
						out[j] += v * right[j*colB]
					}
				}
			}
		})
	}
}
