package matmul

import "github.com/pifr-go/pifr/internal/simd"

// level is what the processor has, see simd.Best.
var level = simd.Best()

// vectorDepth is the length of a block of k for vector kernels: a panel of it takes 32 KB,
// and stays in the first-level cache while the rows of a task go by.
const vectorDepth = 256

// blocking returns the rows of a block of B, and the width of its panels, or 0 where the
// default kernels are used.
func blocking[T Float]() (depth, panel int) {
	if _, cols := simd.Tile[T](level); cols > 0 {
		return vectorDepth, cols
	}
	return portableDepth, 0
}

// TaskRows is how many rows of C a task has at most: some whole tiles of the kernels.
func TaskRows() int {
	if rows, _ := simd.Tile[float32](level); rows > 0 {
		return tileRows / rows * rows
	}
	return tileRows
}

// direct tells whether the kernels read B by columns, so that a transposed matrix needs
// no packing.
func direct() bool { return level == simd.Portable }

// multiplyBlock multiplies by a part of a block of packed B: some panels [k, panel].
func multiplyBlock[T Float](c []T, ldc int, a []T, lda int, b []T, panel, m, n, k int, accumulate bool) {
	if panel == 0 {
		portableBlock(c, ldc, a, lda, b, k, m, n, k, accumulate)
		return
	}
	p := simd.Product[T]{A: a, Taps: zeroOffset[:], LDC: ldc, LDA: lda, M: m, Depth: k, Accumulate: accumulate}
	for j := 0; j < n; j += panel {
		p.C, p.B, p.N = c[j:], b[j*k:], min(panel, n-j)
		p.Run(level)
	}
}
