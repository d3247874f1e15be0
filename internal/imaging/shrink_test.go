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
		{67, 41, 17, image.Rect(0, 0, 66, 40)},
		{530, 520, 257, image.Rect(3, 1, 530, 520)},
		{530, 520, 258, image.Rect(3, 1, 530, 520)},
		{5, 4, 6, image.Rect(0, 0, 5, 4)},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			m := random(2, c.width, c.height)
			if c.n > 15 {
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
	for _, n := range []int{2, 7, 256, 2896, 2897} { // what a product divides by, and what it does not
		all := uint32(n * n)
		for _, mean := range []uint32{0, 1, 127, 254} {
			for _, sum := range []uint32{mean * all, mean*all + all - all/2 - 1, mean*all + all - all/2, mean*all + all} {
				columns, row := make([]uint32, 3*n), make([]uint8, 3)
				columns[0], columns[1], columns[2], columns[3*n-1] = sum, sum, sum/2, sum-sum/2
				means(row, columns, n)
				want := uint8((sum + all/2) / all)
				require.Equal(t, []uint8{want, want, want}, row, "%d of %d", sum, n)
			}
		}
	}
	m := random(3, 5, 4)
	require.Same(t, m, m.Shrink(1))
}
