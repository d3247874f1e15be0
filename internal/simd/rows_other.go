//go:build noasm || !(amd64 || arm64)

package simd

func addRows(Level, int, bool, *byte, *byte, int, *byte, int) { panic(noKernel) }

func sumRows(Level, int, bool, *byte, *byte, int, int) { panic(noKernel) }
