package imaging

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestResize_half holds that the short way to half the size gives the bits of the long
// one.
func TestResize_half(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 0))
	for _, size := range [][2]int{{2, 2}, {4, 2}, {2, 6}, {64, 48}, {640, 482}} {
		m := NewRGB(size[0], size[1])
		for i := range m.Pix {
			m.Pix[i] = uint8(r.UintN(256))
		}
		require.Equal(t, m.resized(size[0]/2, size[1]/2), m.Resize(size[0]/2, size[1]/2), "%v", size)
	}
}

func BenchmarkHalve(b *testing.B) {
	m := NewRGB(1280, 960)
	b.Run("short", func(b *testing.B) {
		for b.Loop() {
			m.Resize(640, 480)
		}
	})
	b.Run("long", func(b *testing.B) {
		for b.Loop() {
			m.resized(640, 480)
		}
	})
}
