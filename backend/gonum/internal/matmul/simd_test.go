//go:build goexperiment.simd && amd64

package matmul

import "testing"

// TestEveryLevel runs the tests of the product with the kernels of every instruction set
// that the processor has.
func TestEveryLevel(t *testing.T) {
	best := native
	defer func() { native = best }()
	for l := scalar; l < best; l++ {
		native = l
		t.Run([]string{"scalar", "avx2", "avx512"}[l], func(t *testing.T) {
			t.Run("float32", TestMulFloat32)
			t.Run("float64", TestMulFloat64)
			t.Run("packed", TestPackedIsReused)
		})
	}
}
