//go:build !noasm

package simd

// detect returns NEON, which every processor of the architecture has.
func detect() Level { return NEON }

// only panics at levels that arm64 has no kernels of.
func only(l Level) {
	if l != NEON {
		panic(noKernel)
	}
}
