//go:build !noasm

package simd

func runProduct(l Level, size int, p *product) {
	switch {
	case l == AVX512 && size == 4:
		product32AVX512(p)
	case l == AVX512:
		product64AVX512(p)
	case size == 4:
		product32AVX2(p)
	default:
		product64AVX2(p)
	}
}
