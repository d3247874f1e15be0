//go:build !noasm

package simd

// detect returns NEON, which every processor of the architecture has.
func detect() Level { return NEON }
