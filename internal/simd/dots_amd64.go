//go:build !noasm

package simd

func dotKernel(l Level, size int, sums, a, rows *byte, stride, n int) {
	switch {
	case l == AVX512 && size == 4:
		dots32AVX512(sums, a, rows, stride, n)
	case l == AVX512:
		dots64AVX512(sums, a, rows, stride, n)
	case l == AVX2 && size == 4:
		dots32AVX2(sums, a, rows, stride, n)
	case l == AVX2:
		dots64AVX2(sums, a, rows, stride, n)
	default:
		panic(noKernel)
	}
}
