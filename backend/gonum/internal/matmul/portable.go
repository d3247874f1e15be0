package matmul

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/pifr-go/pifr/internal/simd"
)

// These are the kernels on gonum's BLAS. They call gonum's pure-Go implementation by
// name, not through blas32 and blas64, whose implementation a program may replace at any
// time.

// gonum's Gemm starts goroutines of its own when C has four or more blocks of 64x64.
// Tiles of tileRows x tileCols stay below, so that the caller alone decides about
// parallelism.
const (
	tileRows = 64
	tileCols = Strip
)

// Strip is the width of the strips of columns in which B is packed and multiplied: the
// columns of a tile begin at a multiple of it.
const Strip = 64

// portableDepth is the length of a block of k in the default kernels: a 64-wide tile of B
// then takes a quarter of a megabyte in float32, which stays in the second-level cache
// with a block of A beside it.
const portableDepth = 1024

// gemmNT sets C = A*Bᵀ, or adds to C, for A [m, k], B [n, k] with m <= tileRows, n <=
// tileCols.
func gemmNT[T Float](c []T, ldc int, a []T, lda int, b []T, ldb int, m, n, k int, accumulate bool) {
	var beta T
	if accumulate {
		beta = 1
	}
	switch c := any(c).(type) {
	case []float32:
		gonum.Implementation{}.Sgemm(blas.NoTrans, blas.Trans, m, n, k, 1, any(a).([]float32), lda, any(b).([]float32), ldb, float32(beta), c, ldc)
	case []float64:
		gonum.Implementation{}.Dgemm(blas.NoTrans, blas.Trans, m, n, k, 1, any(a).([]float64), lda, any(b).([]float64), ldb, float64(beta), c, ldc)
	}
}

// axpy adds alpha*x to y. Unlike gonum's, it does so for alpha = 0 too, where x may hold
// infinities.
func axpy[T Float](alpha T, x, y []T) {
	if alpha == 0 {
		for i, v := range x {
			y[i] += alpha * v
		}
		return
	}
	switch y := any(y).(type) {
	case []float32:
		gonum.Implementation{}.Saxpy(len(x), float32(alpha), any(x).([]float32), 1, y, 1)
	case []float64:
		gonum.Implementation{}.Daxpy(len(x), float64(alpha), any(x).([]float64), 1, y, 1)
	}
}

// portableBlock computes one block of C with B laid out by columns: b[j*ldb+l] is element
// (l, j) of the block. Where the processor has vector kernels, C has few rows.
func portableBlock[T Float](c []T, ldc int, a []T, lda int, b []T, ldb int, m, n, k int, accumulate bool) {
	if simd.Reduces(level) {
		const columns = 4 // which stay in the first cache for all rows
		for j := 0; j < n; j += columns {
			for i := range m {
				simd.Dots(level, c[i*ldc+j:i*ldc+min(n, j+columns)], a[i*lda:i*lda+k], b[j*ldb:], ldb, accumulate)
			}
		}
		return
	}
	if !blasAssembly {
		squares(c, ldc, a, lda, b, ldb, m, n, k, accumulate)
		return
	}
	for i := 0; i < m; i += tileRows {
		for j := 0; j < n; j += tileCols {
			gemmNT(c[i*ldc+j:], ldc, a[i*lda:], lda, b[j*ldb:], ldb, min(tileRows, m-i), min(tileCols, n-j), k, accumulate)
		}
	}
}

// thin computes a product of few rows without laying out B: each row of B is added to
// each row of C. It is bound by reading B once. B is [k, n] with its columns contiguous.
func thin[T Float](c []T, ldc int, a Matrix[T], b []T, ldb int, m, n, k int, accumulate bool) {
	ar, ac := a.strides()
	if !accumulate {
		for i := range m {
			clear(c[i*ldc : i*ldc+n])
		}
	}
	if simd.Reduces(level) {
		thinVector(c, ldc, a, b, ldb, m, n, k)
		return
	}
	for l := range k {
		row := b[l*ldb : l*ldb+n]
		for i := range m {
			axpy(a.Data[i*ar+l*ac], row, c[i*ldc:i*ldc+n])
		}
	}
}

// thinVector adds to C, four rows of B at a time, so that rows of C are read and written
// less often.
func thinVector[T Float](c []T, ldc int, a Matrix[T], b []T, ldb int, m, n, k int) {
	const rows = 4
	ar, ac := a.strides()
	var factors [rows]T
	for l := 0; l < k; l += rows {
		count := min(rows, k-l)
		for i := range m {
			for s := range count {
				factors[s] = a.Data[i*ar+(l+s)*ac]
			}
			simd.AddRows(level, c[i*ldc:i*ldc+n], b[l*ldb:], ldb, factors[:count])
		}
	}
}
