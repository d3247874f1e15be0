//go:build !(goexperiment.simd && amd64)

package matmul

// blocking returns the rows of a block of B, and the width of its panels: 0, B lies by
// columns.
func blocking[T Float]() (depth, panel int) { return portableDepth, 0 }

// direct tells whether the kernels read B by columns, so that a transposed matrix needs
// no packing.
func direct[T Float]() bool { return true }

// multiplyBlock multiplies by a part of a block of packed B.
func multiplyBlock[T Float](c []T, ldc int, a []T, lda int, b []T, _, m, n, k int, accumulate bool) {
	portableBlock(c, ldc, a, lda, b, k, m, n, k, accumulate)
}
