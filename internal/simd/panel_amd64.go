//go:build !noasm

package simd

// panelBytes is how many bytes of sums stay in registers while AddRows goes through many
// rows; 0 if they do not.
func panelBytes(l Level) int {
	if l == AVX512 {
		return 16 * 64
	}
	return 0
}

func addPanel(size int, sums, x *byte, stride int, factors *byte, count int) {
	if size == 4 {
		addPanel32AVX512(sums, x, stride, factors, count)
	} else {
		addPanel64AVX512(sums, x, stride, factors, count)
	}
}
