package imaging

// Shrink reduces a picture by a whole factor: each pixel is the mean of n x n, rounded to
// the nearest level. Rows and columns that do not fill a pixel are left out.
func (m *RGB) Shrink(n int) *RGB {
	if n == 1 {
		return m
	}
	out := NewRGB(m.Width/n, m.Height/n)
	sums, all := make([]uint32, 3*out.Width), uint32(n*n)
	for y := range out.Height {
		clear(sums)
		for dy := range n {
			addRow(sums, m.row(n*y+dy), n)
		}
		dst := out.row(y)
		for i, sum := range sums {
			dst[i] = uint8((sum + all/2) / all)
		}
	}
	return out
}

// addRow adds the pixels of a row to sums, n neighbors to each.
func addRow(sums []uint32, row []uint8, n int) {
	for i := 0; i+3 <= len(sums); i += 3 {
		var red, green, blue uint32
		for range n {
			red, green, blue = red+uint32(row[0]), green+uint32(row[1]), blue+uint32(row[2])
			row = row[3:]
		}
		sums[i], sums[i+1], sums[i+2] = sums[i]+red, sums[i+1]+green, sums[i+2]+blue
	}
}
