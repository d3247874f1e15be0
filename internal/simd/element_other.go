//go:build noasm || !(amd64 || arm64)

package simd

func elementKernelOf(Level, Op, int) elementKernel { return nil }
