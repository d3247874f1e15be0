//go:build !noasm

package simd

func expSum(l Level, dst, x *float32, n int, top *float64, v *lanesOf) {
	switch l {
	case AVX512:
		expSum32AVX512(bytesAt(dst), bytesAt(x), n, bytesAt(top), &v[0])
	case AVX2:
		expSum32AVX2(bytesAt(dst), bytesAt(x), n, bytesAt(top), &v[0])
	default:
		panic(noKernel)
	}
}

func multiply(l Level, dst, x *float32, n int, factor *float64) {
	switch l {
	case AVX512:
		scale32AVX512(bytesAt(dst), bytesAt(x), n, bytesAt(factor))
	case AVX2:
		scale32AVX2(bytesAt(dst), bytesAt(x), n, bytesAt(factor))
	default:
		panic(noKernel)
	}
}
