//go:build !noasm

package simd

// addRowsFour32NEON adds multiples of four rows to sums.
//
//go:noescape
func addRowsFour32NEON(sums, rows *byte, stride int, factors *byte, n int)

// addRowsFour64NEON adds multiples of four rows to sums.
//
//go:noescape
func addRowsFour64NEON(sums, rows *byte, stride int, factors *byte, n int)

// addRowsOne32NEON adds a multiple of a row to sums.
//
//go:noescape
func addRowsOne32NEON(sums, rows *byte, stride int, factors *byte, n int)

// addRowsOne64NEON adds a multiple of a row to sums.
//
//go:noescape
func addRowsOne64NEON(sums, rows *byte, stride int, factors *byte, n int)

// sumRowsFour32NEON adds four rows to sums in float64.
//
//go:noescape
func sumRowsFour32NEON(sums, rows *byte, stride, n int)

// sumRowsFour64NEON adds four rows to sums in float64.
//
//go:noescape
func sumRowsFour64NEON(sums, rows *byte, stride, n int)

// sumRowsOne32NEON adds a row to sums in float64.
//
//go:noescape
func sumRowsOne32NEON(sums, rows *byte, stride, n int)

// sumRowsOne64NEON adds a row to sums in float64.
//
//go:noescape
func sumRowsOne64NEON(sums, rows *byte, stride, n int)

func addRows(l Level, size int, four bool, sums, x *byte, stride int, factors *byte, n int) {
	only(l)
	switch {
	case size == 4 && four:
		addRowsFour32NEON(sums, x, stride, factors, n)
	case size == 4:
		addRowsOne32NEON(sums, x, stride, factors, n)
	case four:
		addRowsFour64NEON(sums, x, stride, factors, n)
	default:
		addRowsOne64NEON(sums, x, stride, factors, n)
	}
}

func sumRows(l Level, size int, four bool, sums, x *byte, stride, n int) {
	only(l)
	switch {
	case size == 4 && four:
		sumRowsFour32NEON(sums, x, stride, n)
	case size == 4:
		sumRowsOne32NEON(sums, x, stride, n)
	case four:
		sumRowsFour64NEON(sums, x, stride, n)
	default:
		sumRowsOne64NEON(sums, x, stride, n)
	}
}
