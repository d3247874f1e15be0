//go:build !noasm

package simd

// dots32NEON is four inner products.
//
//go:noescape
func dots32NEON(sums, a, rows *byte, stride, n int)

// dots64NEON is four inner products.
//
//go:noescape
func dots64NEON(sums, a, rows *byte, stride, n int)

func dotKernel(l Level, size int, sums, a, rows *byte, stride, n int) {
	only(l)
	if size == 4 {
		dots32NEON(sums, a, rows, stride, n)
		return
	}
	dots64NEON(sums, a, rows, stride, n)
}
