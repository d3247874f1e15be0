package simd

import "unsafe"

// Tile returns how many rows of C a kernel keeps in registers at most, and how many
// columns a panel of B has. Portable has no such kernel: it returns zeros.
func Tile[T Float](l Level) (rows, cols int) {
	switch l {
	case AVX512:
		return 14, 2 * lanes[T](l)
	case AVX2:
		return 6, 2 * lanes[T](l)
	case NEON:
		return 6, 4 * lanes[T](l)
	}
	return 0, 0
}

// Product is a matrix product with one panel of B:
//
//	C = sum over s of A_s B_s, added to C if Accumulate is set.
//
// C is [M, N] with rows LDC apart. A_s is [M, Depth], its rows LDA apart and its first
// element A[Taps[s]]; the sum of several taps is what a convolution is. B is
// [taps, Depth, cols], cols being that of Tile, of which the first N columns count.
type Product[T Float] struct {
	C, A, B     []T
	Taps        []int
	LDC, LDA    int
	M, N, Depth int
	Accumulate  bool
}

// product is what the kernels are called with; its fields are at the offsets that
// _asm/product.go has. (Those of arm64 get the offsets from the compiler.)
type product struct {
	c, a, b, taps unsafe.Pointer
	ldc, lda      int // in bytes
	rows          int // left to do; the kernel counts it down
	tile          int // rows of a tile
	cols          int
	depth         int
	segments      int
	accumulate    int
}

// Run computes the product with the kernels of a level, which must be one that the
// processor has, and not Portable.
func (p *Product[T]) Run(l Level) {
	if p.M <= 0 || p.N <= 0 {
		return
	}
	rows, cols := Tile[T](l)
	p.check(cols)
	size := int(unsafe.Sizeof(T(0)))
	tiles := (p.M + rows - 1) / rows
	k := product{
		c: unsafe.Pointer(&p.C[0]), a: unsafe.Pointer(unsafe.SliceData(p.A)), b: unsafe.Pointer(unsafe.SliceData(p.B)),
		taps: unsafe.Pointer(unsafe.SliceData(p.Taps)), ldc: p.LDC * size, lda: p.LDA * size,
		rows: p.M, tile: (p.M + tiles - 1) / tiles, // tiles of one height: 16 rows are two of 8, not 14 and 2
		cols: p.N, depth: p.Depth, segments: len(p.Taps),
	}
	if p.Accumulate {
		k.accumulate = 1
	}
	runProduct(l, size, &k)
}

// check makes sure that the kernel stays inside the slices.
func (p *Product[T]) check(cols int) {
	if p.N > cols || len(p.Taps) == 0 || p.Depth <= 0 || p.LDA < 0 || p.LDC < 0 {
		panic("simd: product of a size that no kernel has")
	}
	last := (p.M-1)*p.LDA + p.Depth - 1
	for _, tap := range p.Taps {
		_, _ = p.A[tap], p.A[tap+last]
	}
	_, _ = p.B[len(p.Taps)*p.Depth*cols-1], p.C[(p.M-1)*p.LDC+p.N-1]
}
