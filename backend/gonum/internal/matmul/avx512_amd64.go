//go:build goexperiment.simd && amd64

package matmul

import (
	"simd/archsimd"
	"unsafe"
)

// tile32x16 computes a tile of 4 x 32 in AVX-512.
func tile32x16(t *tile) {
	var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float32x16
	if t.accumulate {
		s00, s01 = load32x16(t.c0), load32x16(unsafe.Add(t.c0, 64))
		s10, s11 = load32x16(t.c1), load32x16(unsafe.Add(t.c1, 64))
		s20, s21 = load32x16(t.c2), load32x16(unsafe.Add(t.c2, 64))
		s30, s31 = load32x16(t.c3), load32x16(unsafe.Add(t.c3, 64))
	}
	a0, a1, a2, a3, b := t.a0, t.a1, t.a2, t.a3, t.b
	end := t.depth * 4
	for at, bt := 0, 0; at < end; at, bt = at+4, bt+128 {
		b0, b1 := load32x16(unsafe.Add(b, bt)), load32x16(unsafe.Add(b, bt+64))
		x := archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(a0, at)))
		s00, s01 = x.MulAdd(b0, s00), x.MulAdd(b1, s01)
		x = archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(a1, at)))
		s10, s11 = x.MulAdd(b0, s10), x.MulAdd(b1, s11)
		x = archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(a2, at)))
		s20, s21 = x.MulAdd(b0, s20), x.MulAdd(b1, s21)
		x = archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(a3, at)))
		s30, s31 = x.MulAdd(b0, s30), x.MulAdd(b1, s31)
	}
	store32x16(t.c0, s00, s01)
	store32x16(t.c1, s10, s11)
	store32x16(t.c2, s20, s21)
	store32x16(t.c3, s30, s31)
}

func load32x16(p unsafe.Pointer) archsimd.Float32x16 {
	return archsimd.LoadFloat32x16((*[16]float32)(p))
}

func store32x16(p unsafe.Pointer, x, y archsimd.Float32x16) {
	x.Store((*[16]float32)(p))
	y.Store((*[16]float32)(unsafe.Add(p, 64)))
}

// tile64x8 computes a tile of 4 x 16 in AVX-512.
func tile64x8(t *tile) {
	var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float64x8
	if t.accumulate {
		s00, s01 = load64x8(t.c0), load64x8(unsafe.Add(t.c0, 64))
		s10, s11 = load64x8(t.c1), load64x8(unsafe.Add(t.c1, 64))
		s20, s21 = load64x8(t.c2), load64x8(unsafe.Add(t.c2, 64))
		s30, s31 = load64x8(t.c3), load64x8(unsafe.Add(t.c3, 64))
	}
	a0, a1, a2, a3, b := t.a0, t.a1, t.a2, t.a3, t.b
	end := t.depth * 8
	for at, bt := 0, 0; at < end; at, bt = at+8, bt+128 {
		b0, b1 := load64x8(unsafe.Add(b, bt)), load64x8(unsafe.Add(b, bt+64))
		x := archsimd.BroadcastFloat64x8(*(*float64)(unsafe.Add(a0, at)))
		s00, s01 = x.MulAdd(b0, s00), x.MulAdd(b1, s01)
		x = archsimd.BroadcastFloat64x8(*(*float64)(unsafe.Add(a1, at)))
		s10, s11 = x.MulAdd(b0, s10), x.MulAdd(b1, s11)
		x = archsimd.BroadcastFloat64x8(*(*float64)(unsafe.Add(a2, at)))
		s20, s21 = x.MulAdd(b0, s20), x.MulAdd(b1, s21)
		x = archsimd.BroadcastFloat64x8(*(*float64)(unsafe.Add(a3, at)))
		s30, s31 = x.MulAdd(b0, s30), x.MulAdd(b1, s31)
	}
	store64x8(t.c0, s00, s01)
	store64x8(t.c1, s10, s11)
	store64x8(t.c2, s20, s21)
	store64x8(t.c3, s30, s31)
}

func load64x8(p unsafe.Pointer) archsimd.Float64x8 { return archsimd.LoadFloat64x8((*[8]float64)(p)) }

func store64x8(p unsafe.Pointer, x, y archsimd.Float64x8) {
	x.Store((*[8]float64)(p))
	y.Store((*[8]float64)(unsafe.Add(p, 64)))
}
