package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// product is a batch of matrix products C = A B, with A [m, k], B [k, n] and C [m, n], row by row.
type product struct {
	batch, m, n, k int
	// flipA and flipB say that A lies as [k, m], or B as [n, k].
	flipA, flipB bool
}

// multiplier returns the function that computes the products.
func (p product) multiplier(dtype dtypes.DType) (func(c, a, b []byte), error) {
	switch dtype {
	case dtypes.Float32:
		return p.float32s, nil
	case dtypes.Float64:
		return p.float64s, nil
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

func (p product) float32s(c, a, b []byte) {
	x, y, z := view[float32](a), view[float32](b), view[float32](c)
	ta, tb := blas.NoTrans, blas.NoTrans
	ar, ac, br, bc := p.m, p.k, p.k, p.n
	if p.flipA {
		ta, ar, ac = blas.Trans, p.k, p.m
	}
	if p.flipB {
		tb, br, bc = blas.Trans, p.n, p.k
	}
	for i := range p.batch {
		z := z[i*p.m*p.n : (i+1)*p.m*p.n]
		if p.k == 0 || len(z) == 0 {
			clear(z)
			continue
		}
		blas32.Gemm(ta, tb, 1, blas32.General{Rows: ar, Cols: ac, Stride: ac, Data: x[i*p.m*p.k:]},
			blas32.General{Rows: br, Cols: bc, Stride: bc, Data: y[i*p.k*p.n:]}, 0,
			blas32.General{Rows: p.m, Cols: p.n, Stride: p.n, Data: z})
	}
}

func (p product) float64s(c, a, b []byte) {
	x, y, z := view[float64](a), view[float64](b), view[float64](c)
	ta, tb := blas.NoTrans, blas.NoTrans
	ar, ac, br, bc := p.m, p.k, p.k, p.n
	if p.flipA {
		ta, ar, ac = blas.Trans, p.k, p.m
	}
	if p.flipB {
		tb, br, bc = blas.Trans, p.n, p.k
	}
	for i := range p.batch {
		z := z[i*p.m*p.n : (i+1)*p.m*p.n]
		if p.k == 0 || len(z) == 0 {
			clear(z)
			continue
		}
		blas64.Gemm(ta, tb, 1, blas64.General{Rows: ar, Cols: ac, Stride: ac, Data: x[i*p.m*p.k:]},
			blas64.General{Rows: br, Cols: bc, Stride: bc, Data: y[i*p.k*p.n:]}, 0,
			blas64.General{Rows: p.m, Cols: p.n, Stride: p.n, Data: z})
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
