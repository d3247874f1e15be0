//go:build noasm || !(amd64 || arm64)

package simd

func detect() Level { return Portable }
