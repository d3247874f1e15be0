//go:build goexperiment.simd && amd64

package conv

import (
	"simd/archsimd"

	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
)

// What the processor has; set once, before any use.
var (
	hasAVX512 = archsimd.X86.AVX512()
	hasAVX2   = archsimd.X86.AVX2() && archsimd.X86.FMA()
)

// sumTaps sets dst to the sum over taps of input times weights, channel by channel.
func sumTaps[T matmul.Float](dst, in []T, base int, list *tapList, w []T) {
	done := 0
	if d, ok := any(dst).([]float32); ok {
		switch {
		case hasAVX512:
			done = sumTaps16(d, any(in).([]float32), base, list, any(w).([]float32))
		case hasAVX2:
			done = sumTaps8(d, any(in).([]float32), base, list, any(w).([]float32))
		}
	}
	if done < len(dst) {
		addTaps(dst[done:], in, base+done, list, w[done:])
	}
}

// sumTaps16 sums the first channels of dst, as many as fill pairs of vectors, and returns
// how many those are.
func sumTaps16(dst, in []float32, base int, list *tapList, w []float32) int {
	const lanes = 16
	weight := list.weight[:len(list.from)]
	c := 0
	for ; c+2*lanes <= len(dst); c += 2 * lanes {
		var s0, s1 archsimd.Float32x16
		for i, from := range list.from {
			x, u := in[base+from+c:][:2*lanes], w[weight[i]+c:][:2*lanes]
			s0 = archsimd.LoadFloat32x16Slice(x).MulAdd(archsimd.LoadFloat32x16Slice(u), s0)
			s1 = archsimd.LoadFloat32x16Slice(x[lanes:]).MulAdd(archsimd.LoadFloat32x16Slice(u[lanes:]), s1)
		}
		s0.StoreSlice(dst[c:])
		s1.StoreSlice(dst[c+lanes:])
	}
	return c
}

// sumTaps8 sums the first channels of dst, as many as fill pairs of vectors, and returns
// how many those are.
func sumTaps8(dst, in []float32, base int, list *tapList, w []float32) int {
	const lanes = 8
	weight := list.weight[:len(list.from)]
	c := 0
	for ; c+2*lanes <= len(dst); c += 2 * lanes {
		var s0, s1 archsimd.Float32x8
		for i, from := range list.from {
			x, u := in[base+from+c:][:2*lanes], w[weight[i]+c:][:2*lanes]
			s0 = archsimd.LoadFloat32x8Slice(x).MulAdd(archsimd.LoadFloat32x8Slice(u), s0)
			s1 = archsimd.LoadFloat32x8Slice(x[lanes:]).MulAdd(archsimd.LoadFloat32x8Slice(u[lanes:]), s1)
		}
		s0.StoreSlice(dst[c:])
		s1.StoreSlice(dst[c+lanes:])
	}
	return c
}
