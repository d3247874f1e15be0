package imaging

import (
	"image"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestContinue: every pixel is that of the nearest place within.
func TestContinue(t *testing.T) {
	fresh := func() *RGB {
		m := NewRGB(7, 6)
		for i := range m.Pix {
			m.Pix[i] = uint8(i)
		}
		return m
	}
	for _, within := range []image.Rectangle{image.Rect(2, 1, 5, 4), image.Rect(0, 0, 7, 6), image.Rect(3, 2, 4, 3), image.Rect(-2, 3, 99, 99)} {
		m, want := fresh(), fresh()
		m.Continue(within)
		in := within.Intersect(image.Rect(0, 0, 7, 6))
		for y := range 6 {
			for x := range 7 {
				nx, ny := min(max(x, in.Min.X), in.Max.X-1), min(max(y, in.Min.Y), in.Max.Y-1)
				require.Equal(t, want.Pix[3*(7*ny+nx):][:3], m.Pix[3*(7*y+x):][:3], "%v at %d, %d", within, x, y)
			}
		}
	}
	m := fresh()
	m.Continue(image.Rect(9, 9, 12, 12))
	require.Equal(t, fresh().Pix, m.Pix)
}
