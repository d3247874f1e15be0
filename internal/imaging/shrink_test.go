package imaging

import (
	"fmt"
	"image"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShrink takes means of blocks, and leaves out what does not fill one: of whole
// pictures and of parts, few rows and as many as overflow 16 bits.
func TestShrink(t *testing.T) {
	for _, c := range []struct {
		width, height, n int
		part             image.Rectangle
	}{
		{5, 4, 2, image.Rect(0, 0, 5, 4)},
		{5, 4, 4, image.Rect(1, 0, 5, 4)},
		{67, 41, 3, image.Rect(5, 2, 67, 41)},
		{67, 41, 16, image.Rect(0, 0, 66, 40)},
		{530, 520, 257, image.Rect(3, 1, 530, 520)},
		{530, 520, 258, image.Rect(3, 1, 530, 520)},
		{5, 4, 6, image.Rect(0, 0, 5, 4)},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			m := random(2, c.width, c.height)
			if c.n > 256 {
				for i := range m.Pix {
					m.Pix[i] |= 0xf0 // near the largest sums
				}
			}
			got := m.shrink(c.part, c.n)
			require.Equal(t, []int{c.part.Dx() / c.n, c.part.Dy() / c.n}, []int{got.Width, got.Height})
			if c.part == m.Bounds() {
				require.Equal(t, got, m.Shrink(c.n))
			}
			for i, v := range got.Pix {
				x, y, sum := i/3%got.Width, i/3/got.Width, 0
				for dy := range c.n {
					for dx := range c.n {
						sum += int(m.Pix[3*((c.part.Min.Y+c.n*y+dy)*m.Width+c.part.Min.X+c.n*x+dx)+i%3])
					}
				}
				require.EqualValues(t, (sum+c.n*c.n/2)/(c.n*c.n), v)
			}
		})
	}
	m := random(3, 5, 4)
	require.Same(t, m, m.Shrink(1))
}
