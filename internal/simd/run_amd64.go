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

func hasTaps(l Level) bool { return l >= AVX2 }

func runTaps(l Level, size int, t *taps) {
	switch {
	case l == AVX512 && size == 4:
		taps32AVX512(t)
	case l == AVX512:
		taps64AVX512(t)
	case size == 4:
		taps32AVX2(t)
	default:
		taps64AVX2(t)
	}
}

func hasWinograd(l Level) bool { return l >= AVX2 }

// runWinograd runs the transform of inputs, or that to outputs.
func runWinograd(l Level, size int, out bool, p *patches) {
	switch {
	case l == AVX512 && size == 4 && !out:
		winogradIn32AVX512(p)
	case l == AVX512 && size == 4:
		winogradOut32AVX512(p)
	case l == AVX512 && !out:
		winogradIn64AVX512(p)
	case l == AVX512:
		winogradOut64AVX512(p)
	case size == 4 && !out:
		winogradIn32AVX2(p)
	case size == 4:
		winogradOut32AVX2(p)
	case !out:
		winogradIn64AVX2(p)
	default:
		winogradOut64AVX2(p)
	}
}
