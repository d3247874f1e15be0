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

func runProduct(_ Level, size int, p *product) {
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

func runTaps(_ Level, size int, t *taps) {
	if size == 4 {
		taps32NEON(t)
		return
	}
	taps64NEON(t)
}

func hasWinograd(Level) bool { return false }

func runWinograd(Level, int, bool, *patches) { panic(noKernel) }
