package imaging

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShrink takes means of blocks, and leaves out what does not fill one.
func TestShrink(t *testing.T) {
	m := NewRGB(5, 4)
	for i := range m.Pix {
		m.Pix[i] = uint8(7 * i)
	}
	got := m.Shrink(2)
	require.Equal(t, []int{2, 2}, []int{got.Width, got.Height})
	for i, v := range got.Pix {
		x, y, c := i/3%2, i/6, i%3
		sum := 0
		for _, at := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
			sum += int(m.Pix[3*((2*y+at[1])*5+2*x+at[0])+c])
		}
		require.Equal(t, uint8((sum+2)/4), v)
	}
	require.Equal(t, m, m.Shrink(1))
}
