//go:build !noasm

package simd

// product32NEON multiplies tiles of up to 6 rows by 16 columns.
//
//go:noescape
func product32NEON(p *product)

// product64NEON multiplies tiles of up to 6 rows by 8 columns.
//
//go:noescape
func product64NEON(p *product)

func runProduct(l Level, size int, p *product) {
	only(l)
	if size == 4 {
		product32NEON(p)
		return
	}
	product64NEON(p)
}

// taps32NEON sums taps for up to 8 outputs at a time.
//
//go:noescape
func taps32NEON(t *taps)

// taps64NEON sums taps for up to 8 outputs at a time.
//
//go:noescape
func taps64NEON(t *taps)

func hasTaps(l Level) bool { return l == NEON }

func runTaps(l Level, size int, t *taps) {
	only(l)
	if size == 4 {
		taps32NEON(t)
		return
	}
	taps64NEON(t)
}

// winogradIn32NEON transforms patches of 4x4 inputs.
//
//go:noescape
func winogradIn32NEON(p *patches)

// winogradIn64NEON transforms patches of 4x4 inputs.
//
//go:noescape
func winogradIn64NEON(p *patches)

// winogradOut32NEON transforms 4x4 sums to 2x2 outputs.
//
//go:noescape
func winogradOut32NEON(p *patches)

// winogradOut64NEON transforms 4x4 sums to 2x2 outputs.
//
//go:noescape
func winogradOut64NEON(p *patches)

func hasWinograd(l Level) bool { return l == NEON }

// runWinograd runs the transform of inputs, or that to outputs.
func runWinograd(l Level, size int, out bool, p *patches) {
	only(l)
	switch {
	case size == 4 && !out:
		winogradIn32NEON(p)
	case size == 4:
		winogradOut32NEON(p)
	case !out:
		winogradIn64NEON(p)
	default:
		winogradOut64NEON(p)
	}
}
