//go:build !noasm

package simd

// The kernels are called by name, not through tables, so that what they point at may stay
// on the stack.

func addRows(l Level, size int, four bool, sums, x *byte, stride int, factors *byte, n int) {
	switch {
	case l == AVX512 && size == 4 && four:
		addRowsFour32AVX512(sums, x, stride, factors, n)
	case l == AVX512 && size == 4 && !four:
		addRowsOne32AVX512(sums, x, stride, factors, n)
	case l == AVX512 && size == 8 && four:
		addRowsFour64AVX512(sums, x, stride, factors, n)
	case l == AVX512 && size == 8 && !four:
		addRowsOne64AVX512(sums, x, stride, factors, n)
	case l == AVX2 && size == 4 && four:
		addRowsFour32AVX2(sums, x, stride, factors, n)
	case l == AVX2 && size == 4 && !four:
		addRowsOne32AVX2(sums, x, stride, factors, n)
	case l == AVX2 && size == 8 && four:
		addRowsFour64AVX2(sums, x, stride, factors, n)
	case l == AVX2 && size == 8 && !four:
		addRowsOne64AVX2(sums, x, stride, factors, n)
	default:
		panic(noKernel)
	}
}

func sumRows(l Level, size int, four bool, sums, x *byte, stride, n int) {
	switch {
	case l == AVX512 && size == 4 && four:
		sumRowsFour32AVX512(sums, x, stride, n)
	case l == AVX512 && size == 4 && !four:
		sumRowsOne32AVX512(sums, x, stride, n)
	case l == AVX512 && size == 8 && four:
		sumRowsFour64AVX512(sums, x, stride, n)
	case l == AVX512 && size == 8 && !four:
		sumRowsOne64AVX512(sums, x, stride, n)
	case l == AVX2 && size == 4 && four:
		sumRowsFour32AVX2(sums, x, stride, n)
	case l == AVX2 && size == 4 && !four:
		sumRowsOne32AVX2(sums, x, stride, n)
	case l == AVX2 && size == 8 && four:
		sumRowsFour64AVX2(sums, x, stride, n)
	case l == AVX2 && size == 8 && !four:
		sumRowsOne64AVX2(sums, x, stride, n)
	default:
		panic(noKernel)
	}
}
