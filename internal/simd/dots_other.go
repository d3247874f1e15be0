//go:build noasm || !(amd64 || arm64)

package simd

func dotKernel(Level, int, *byte, *byte, *byte, int, int) { panic(noKernel) }
