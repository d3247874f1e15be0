//go:build goexperiment.simd && amd64

package matmul

import (
	"simd/archsimd"
	"unsafe"
)

// The vector kernels compute tiles of four rows by two vectors: eight sums, which is what
// keeps two multiply-add units of latency four busy, and what the compiler holds in
// registers (it uses fifteen vector registers, so that larger tiles spill and run at half
// the speed or less).
const (
	kernelRows = 4
	// panelVectors is the width of a panel, in vectors.
	panelVectors = 2
	// vectorDepth is the length of a block of k: a panel of it takes 36 KB in AVX-512,
	// and stays in the first-level cache.
	vectorDepth = 288
)

// level is what the processor has.
type level int

const (
	scalar level = iota // the default kernels
	avx2                // AVX2 and FMA
	avx512
)

// native is set once, before any use.
var native = detect()

func detect() level {
	switch {
	case archsimd.X86.AVX512():
		return avx512
	case archsimd.X86.AVX2() && archsimd.X86.FMA():
		return avx2
	}
	return scalar
}

// blocking returns the rows of a block of B, and the width of its panels, or 0 where the
// default kernels are used.
func blocking[T Float]() (depth, panel int) {
	size := int(unsafe.Sizeof(T(0)))
	switch native {
	case avx512:
		return vectorDepth, panelVectors * 64 / size
	case avx2:
		return vectorDepth, panelVectors * 32 / size
	}
	return portableDepth, 0
}

// direct tells whether the kernels read B by columns, so that a transposed matrix needs
// no packing.
func direct[T Float]() bool { return native == scalar }

// multiplyBlock multiplies by a part of a block of packed B: some panels [k, panel].
func multiplyBlock[T Float](c []T, ldc int, a []T, lda int, b []T, panel, m, n, k int, accumulate bool) {
	if panel == 0 {
		portableBlock(c, ldc, a, lda, b, k, m, n, k, accumulate)
		return
	}
	for j := 0; j < n; j += panel {
		if j+panel <= n {
			multiplyPanel(c[j:], ldc, a, lda, b[j*k:], panel, m, k, accumulate)
		} else {
			multiplyEdge(c[j:], ldc, a, lda, b[j*k:], panel, n-j, m, k, accumulate)
		}
	}
}

// multiplyEdge multiplies by the last panel, of which only n columns are real.
func multiplyEdge[T Float](c []T, ldc int, a []T, lda int, b []T, panel, n, m, k int, accumulate bool) {
	var memory [kernelRows * 32]T // 32 is the widest panel: float32 in AVX-512
	for i := 0; i < m; i += kernelRows {
		rows := min(kernelRows, m-i)
		tile := memory[:rows*panel]
		if accumulate {
			for r := range rows {
				copy(tile[r*panel:], c[(i+r)*ldc:][:n])
			}
		}
		multiplyPanel(tile, panel, a[i*lda:], lda, b, panel, rows, k, accumulate)
		for r := range rows {
			copy(c[(i+r)*ldc:][:n], tile[r*panel:])
		}
	}
}

// tile is the work of one call of a kernel: four rows of C and A, and one panel of B. The
// kernels take it by address and read the rows of C only after their loop: with all of it
// in registers, the loop's own counters would not fit.
type tile struct {
	a0, a1, a2, a3 unsafe.Pointer
	c0, c1, c2, c3 unsafe.Pointer
	b              unsafe.Pointer
	depth          int
	accumulate     bool
}

// multiplyPanel multiplies m rows of A by one whole panel. It checks the lengths that the
// kernels rely on.
func multiplyPanel[T Float](c []T, ldc int, a []T, lda int, b []T, panel, m, k int, accumulate bool) {
	_, _, _ = c[(m-1)*ldc+panel-1], a[(m-1)*lda+k-1], b[k*panel-1]
	t := tile{b: unsafe.Pointer(&b[0]), depth: k, accumulate: accumulate}
	size := int(unsafe.Sizeof(T(0)))
	wide := panel*size == panelVectors*64
	for i := 0; i < m; i += kernelRows {
		// Rows beyond the last one are the last one again: the kernel then computes and
		// stores the same values twice, which is simpler and as fast as a kernel of fewer
		// rows.
		i1, i2, i3 := min(i+1, m-1), min(i+2, m-1), min(i+3, m-1)
		t.a0, t.a1, t.a2, t.a3 = unsafe.Pointer(&a[i*lda]), unsafe.Pointer(&a[i1*lda]), unsafe.Pointer(&a[i2*lda]), unsafe.Pointer(&a[i3*lda])
		t.c0, t.c1, t.c2, t.c3 = unsafe.Pointer(&c[i*ldc]), unsafe.Pointer(&c[i1*ldc]), unsafe.Pointer(&c[i2*ldc]), unsafe.Pointer(&c[i3*ldc])
		switch {
		case wide && size == 4:
			tile32x16(&t)
		case wide:
			tile64x8(&t)
		case size == 4:
			tile32x8(&t)
		default:
			tile64x4(&t)
		}
	}
}
