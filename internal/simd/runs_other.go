//go:build noasm || !(amd64 || arm64)

package simd

import "unsafe"

func runKernel(Level, int, int, *lanesOf, unsafe.Pointer, int) { panic(noKernel) }
