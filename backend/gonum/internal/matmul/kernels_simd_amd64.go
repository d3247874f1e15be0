//go:build goexperiment.simd && amd64

package matmul

import (
	"simd/archsimd"
	"unsafe"
)

// The vector kernels compute tiles of four rows by two vectors: eight sums, which is what keeps two multiply-add units of
// latency four busy, and what the compiler holds in registers (it uses fifteen vector registers, so that larger tiles
// spill and run at half the speed or less).
const (
	kernelRows = 4
	// panelVectors is the width of a panel, in vectors.
	panelVectors = 2
	// vectorDepth is the length of a block of k: a panel of it takes 36 KB in AVX-512, and stays in the first-level cache.
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

// blocking returns the rows of a block of B, and the width of its panels, or 0 where the default kernels are used.
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

// direct tells whether the kernels read B by columns, so that a transposed matrix needs no packing.
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

// multiplyPanel multiplies m rows of A by one whole panel. It checks the lengths that the kernels rely on.
func multiplyPanel[T Float](c []T, ldc int, a []T, lda int, b []T, panel, m, k int, accumulate bool) {
	_, _, _ = c[(m-1)*ldc+panel-1], a[(m-1)*lda+k-1], b[k*panel-1]
	size := int(unsafe.Sizeof(T(0)))
	pc, pa, pb := unsafe.Pointer(&c[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0])
	ldc, lda = ldc*size, lda*size
	switch {
	case panel*size == 128 && size == 4:
		panel32x16(pc, ldc, pa, lda, pb, m, k, accumulate)
	case panel*size == 128:
		panel64x8(pc, ldc, pa, lda, pb, m, k, accumulate)
	case size == 4:
		panel32x8(pc, ldc, pa, lda, pb, m, k, accumulate)
	default:
		panel64x4(pc, ldc, pa, lda, pb, m, k, accumulate)
	}
}

// rowPointers returns four rows from p on. Rows beyond the last one are the last one again: the kernels then compute and
// store the same values twice, which is simpler and as fast as a kernel of fewer rows.
func rowPointers(p unsafe.Pointer, step, rows int) (p0, p1, p2, p3 unsafe.Pointer) {
	p0, p1, p2, p3 = p, p, p, p
	if rows > 1 {
		p1 = unsafe.Add(p, step)
		p2, p3 = p1, p1
	}
	if rows > 2 {
		p2 = unsafe.Add(p, 2*step)
		p3 = p2
	}
	if rows > 3 {
		p3 = unsafe.Add(p, 3*step)
	}
	return p0, p1, p2, p3
}
