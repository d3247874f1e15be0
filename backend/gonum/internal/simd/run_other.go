//go:build noasm || !amd64

package simd

func runProduct(Level, int, *product) { panic("simd: no kernels") }
