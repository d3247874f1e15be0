//go:build noasm || !(amd64 || arm64)

package simd

func runProduct(Level, int, *product) { panic(noKernel) }

func hasTaps(Level) bool { return false }

func runTaps(Level, int, *taps) { panic(noKernel) }

func hasWinograd(Level) bool { return false }

func runWinograd(Level, int, bool, *patches) { panic(noKernel) }
