//go:build goexperiment.simd && amd64

package matmul

import (
	"simd/archsimd"
	"unsafe"
)

// tile32x8 computes a tile of 4 x 16 in AVX2 and FMA.
func tile32x8(t *tile) {
	var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float32x8
	if t.accumulate {
		s00, s01 = load32x8(t.c0), load32x8(unsafe.Add(t.c0, 32))
		s10, s11 = load32x8(t.c1), load32x8(unsafe.Add(t.c1, 32))
		s20, s21 = load32x8(t.c2), load32x8(unsafe.Add(t.c2, 32))
		s30, s31 = load32x8(t.c3), load32x8(unsafe.Add(t.c3, 32))
	}
	a0, a1, a2, a3, b := t.a0, t.a1, t.a2, t.a3, t.b
	end := t.depth * 4
	for at, bt := 0, 0; at < end; at, bt = at+4, bt+64 {
		b0, b1 := load32x8(unsafe.Add(b, bt)), load32x8(unsafe.Add(b, bt+32))
		x := archsimd.BroadcastFloat32x8(*(*float32)(unsafe.Add(a0, at)))
		s00, s01 = x.MulAdd(b0, s00), x.MulAdd(b1, s01)
		x = archsimd.BroadcastFloat32x8(*(*float32)(unsafe.Add(a1, at)))
		s10, s11 = x.MulAdd(b0, s10), x.MulAdd(b1, s11)
		x = archsimd.BroadcastFloat32x8(*(*float32)(unsafe.Add(a2, at)))
		s20, s21 = x.MulAdd(b0, s20), x.MulAdd(b1, s21)
		x = archsimd.BroadcastFloat32x8(*(*float32)(unsafe.Add(a3, at)))
		s30, s31 = x.MulAdd(b0, s30), x.MulAdd(b1, s31)
	}
	store32x8(t.c0, s00, s01)
	store32x8(t.c1, s10, s11)
	store32x8(t.c2, s20, s21)
	store32x8(t.c3, s30, s31)
}

func load32x8(p unsafe.Pointer) archsimd.Float32x8 { return archsimd.LoadFloat32x8((*[8]float32)(p)) }

func store32x8(p unsafe.Pointer, x, y archsimd.Float32x8) {
	x.Store((*[8]float32)(p))
	y.Store((*[8]float32)(unsafe.Add(p, 32)))
}

// tile64x4 computes a tile of 4 x 8 in AVX2 and FMA.
func tile64x4(t *tile) {
	var s00, s01, s10, s11, s20, s21, s30, s31 archsimd.Float64x4
	if t.accumulate {
		s00, s01 = load64x4(t.c0), load64x4(unsafe.Add(t.c0, 32))
		s10, s11 = load64x4(t.c1), load64x4(unsafe.Add(t.c1, 32))
		s20, s21 = load64x4(t.c2), load64x4(unsafe.Add(t.c2, 32))
		s30, s31 = load64x4(t.c3), load64x4(unsafe.Add(t.c3, 32))
	}
	a0, a1, a2, a3, b := t.a0, t.a1, t.a2, t.a3, t.b
	end := t.depth * 8
	for at, bt := 0, 0; at < end; at, bt = at+8, bt+64 {
		b0, b1 := load64x4(unsafe.Add(b, bt)), load64x4(unsafe.Add(b, bt+32))
		x := archsimd.BroadcastFloat64x4(*(*float64)(unsafe.Add(a0, at)))
		s00, s01 = x.MulAdd(b0, s00), x.MulAdd(b1, s01)
		x = archsimd.BroadcastFloat64x4(*(*float64)(unsafe.Add(a1, at)))
		s10, s11 = x.MulAdd(b0, s10), x.MulAdd(b1, s11)
		x = archsimd.BroadcastFloat64x4(*(*float64)(unsafe.Add(a2, at)))
		s20, s21 = x.MulAdd(b0, s20), x.MulAdd(b1, s21)
		x = archsimd.BroadcastFloat64x4(*(*float64)(unsafe.Add(a3, at)))
		s30, s31 = x.MulAdd(b0, s30), x.MulAdd(b1, s31)
	}
	store64x4(t.c0, s00, s01)
	store64x4(t.c1, s10, s11)
	store64x4(t.c2, s20, s21)
	store64x4(t.c3, s30, s31)
}

func load64x4(p unsafe.Pointer) archsimd.Float64x4 { return archsimd.LoadFloat64x4((*[4]float64)(p)) }

func store64x4(p unsafe.Pointer, x, y archsimd.Float64x4) {
	x.Store((*[4]float64)(p))
	y.Store((*[4]float64)(unsafe.Add(p, 32)))
}
