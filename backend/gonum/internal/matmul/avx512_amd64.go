//go:build goexperiment.simd && amd64

package matmul

import (
	"simd/archsimd"
	"unsafe"
)

// panel32x16 multiplies m rows of A by a panel [k, 32] in AVX-512. Row distances are in bytes.
func panel32x16(c unsafe.Pointer, ldc int, a unsafe.Pointer, lda int, b unsafe.Pointer, m, k int, accumulate bool) {
	for i := 0; i < m; i += kernelRows {
		a0, a1, a2, a3 := rowPointers(unsafe.Add(a, i*lda), lda, m-i)
		c0, c1, c2, c3 := rowPointers(unsafe.Add(c, i*ldc), ldc, m-i)
		var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float32x16
		if accumulate {
			s00, s01 = load32x16(c0), load32x16(unsafe.Add(c0, 64))
			s10, s11 = load32x16(c1), load32x16(unsafe.Add(c1, 64))
			s20, s21 = load32x16(c2), load32x16(unsafe.Add(c2, 64))
			s30, s31 = load32x16(c3), load32x16(unsafe.Add(c3, 64))
		}
		at := 0
		for l := range k {
			b0, b1 := load32x16(unsafe.Add(b, at)), load32x16(unsafe.Add(b, at+64))
			at += 128
			x := archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(a0, l*4)))
			s00, s01 = x.MulAdd(b0, s00), x.MulAdd(b1, s01)
			x = archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(a1, l*4)))
			s10, s11 = x.MulAdd(b0, s10), x.MulAdd(b1, s11)
			x = archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(a2, l*4)))
			s20, s21 = x.MulAdd(b0, s20), x.MulAdd(b1, s21)
			x = archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(a3, l*4)))
			s30, s31 = x.MulAdd(b0, s30), x.MulAdd(b1, s31)
		}
		store32x16(c0, s00, s01)
		store32x16(c1, s10, s11)
		store32x16(c2, s20, s21)
		store32x16(c3, s30, s31)
	}
}

func load32x16(p unsafe.Pointer) archsimd.Float32x16 {
	return archsimd.LoadFloat32x16((*[16]float32)(p))
}

func store32x16(p unsafe.Pointer, x, y archsimd.Float32x16) {
	x.Store((*[16]float32)(p))
	y.Store((*[16]float32)(unsafe.Add(p, 64)))
}

// panel64x8 multiplies m rows of A by a panel [k, 16] in AVX-512. Row distances are in bytes.
func panel64x8(c unsafe.Pointer, ldc int, a unsafe.Pointer, lda int, b unsafe.Pointer, m, k int, accumulate bool) {
	for i := 0; i < m; i += kernelRows {
		a0, a1, a2, a3 := rowPointers(unsafe.Add(a, i*lda), lda, m-i)
		c0, c1, c2, c3 := rowPointers(unsafe.Add(c, i*ldc), ldc, m-i)
		var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float64x8
		if accumulate {
			s00, s01 = load64x8(c0), load64x8(unsafe.Add(c0, 64))
			s10, s11 = load64x8(c1), load64x8(unsafe.Add(c1, 64))
			s20, s21 = load64x8(c2), load64x8(unsafe.Add(c2, 64))
			s30, s31 = load64x8(c3), load64x8(unsafe.Add(c3, 64))
		}
		at := 0
		for l := range k {
			b0, b1 := load64x8(unsafe.Add(b, at)), load64x8(unsafe.Add(b, at+64))
			at += 128
			x := archsimd.BroadcastFloat64x8(*(*float64)(unsafe.Add(a0, l*8)))
			s00, s01 = x.MulAdd(b0, s00), x.MulAdd(b1, s01)
			x = archsimd.BroadcastFloat64x8(*(*float64)(unsafe.Add(a1, l*8)))
			s10, s11 = x.MulAdd(b0, s10), x.MulAdd(b1, s11)
			x = archsimd.BroadcastFloat64x8(*(*float64)(unsafe.Add(a2, l*8)))
			s20, s21 = x.MulAdd(b0, s20), x.MulAdd(b1, s21)
			x = archsimd.BroadcastFloat64x8(*(*float64)(unsafe.Add(a3, l*8)))
			s30, s31 = x.MulAdd(b0, s30), x.MulAdd(b1, s31)
		}
		store64x8(c0, s00, s01)
		store64x8(c1, s10, s11)
		store64x8(c2, s20, s21)
		store64x8(c3, s30, s31)
	}
}

func load64x8(p unsafe.Pointer) archsimd.Float64x8 { return archsimd.LoadFloat64x8((*[8]float64)(p)) }

func store64x8(p unsafe.Pointer, x, y archsimd.Float64x8) {
	x.Store((*[8]float64)(p))
	y.Store((*[8]float64)(unsafe.Add(p, 64)))
}
