//go:build goexperiment.simd && amd64

package conv

import "testing"

// TestEveryLevel runs the depthwise loops of every instruction set that the processor
// has.
func TestEveryLevel(t *testing.T) {
	wide, narrow := hasAVX512, hasAVX2
	defer func() { hasAVX512, hasAVX2 = wide, narrow }()
	hasAVX512 = false
	t.Run("avx2", TestConvFloat32)
	hasAVX2 = false
	t.Run("scalar", TestConvFloat32)
}
