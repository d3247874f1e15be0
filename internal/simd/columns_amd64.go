//go:build !noasm

package simd

func sumColumns(l Level, sums []uint16, pix []uint8, stride, rows, n int) {
	if l == AVX512 {
		sumColumns16AVX512(&sums[0], &pix[0], stride, rows, n)
		return
	}
	sumColumns16AVX2(&sums[0], &pix[0], stride, rows, n)
}
