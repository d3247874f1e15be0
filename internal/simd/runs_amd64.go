//go:build !noasm

package simd

import "unsafe"

func runKernel(l Level, size, kind int, lanes *lanesOf, x unsafe.Pointer, n int) {
	to, from := &lanes[0], (*byte)(x)
	switch {
	case l == AVX512 && size == 4 && kind == sumRun:
		sumRun32AVX512(to, from, n)
	case l == AVX512 && size == 4 && kind == maxRun:
		maxRun32AVX512(to, from, n)
	case l == AVX512 && size == 4 && kind == minRun:
		minRun32AVX512(to, from, n)
	case l == AVX512 && size == 8 && kind == sumRun:
		sumRun64AVX512(to, from, n)
	case l == AVX512 && size == 8 && kind == maxRun:
		maxRun64AVX512(to, from, n)
	case l == AVX512 && size == 8 && kind == minRun:
		minRun64AVX512(to, from, n)
	case l == AVX2 && size == 4 && kind == sumRun:
		sumRun32AVX2(to, from, n)
	case l == AVX2 && size == 4 && kind == maxRun:
		maxRun32AVX2(to, from, n)
	case l == AVX2 && size == 4 && kind == minRun:
		minRun32AVX2(to, from, n)
	case l == AVX2 && size == 8 && kind == sumRun:
		sumRun64AVX2(to, from, n)
	case l == AVX2 && size == 8 && kind == maxRun:
		maxRun64AVX2(to, from, n)
	case l == AVX2 && size == 8 && kind == minRun:
		minRun64AVX2(to, from, n)
	default:
		panic(noKernel)
	}
}
