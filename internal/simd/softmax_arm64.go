//go:build !noasm

package simd

// expSum32NEON is exp(a - top), and its sum in each lane.
//
//go:noescape
func expSum32NEON(dst, a *byte, n int, top, lanes *byte)

// scale32NEON is a times a factor in float64.
//
//go:noescape
func scale32NEON(dst, a *byte, n int, factor *byte)

func expSum(l Level, dst, x *float32, n int, top *float64, v *lanesOf) {
	only(l)
	expSum32NEON(bytesAt(dst), bytesAt(x), n, bytesAt(top), &v[0])
}

func multiply(l Level, dst, x *float32, n int, factor *float64) {
	only(l)
	scale32NEON(bytesAt(dst), bytesAt(x), n, bytesAt(factor))
}
