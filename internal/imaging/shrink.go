package imaging

import (
	"image"

	"github.com/pifr-go/pifr/internal/simd"
)

// Shrink reduces a picture by a whole factor: each pixel is the mean of n x n, rounded to
// the nearest level. Rows and columns that do not fill a pixel are left out.
func (m *RGB) Shrink(n int) *RGB {
	if n == 1 {
		return m
	}
	return m.shrink(m.Bounds(), n)
}

// shrink is Shrink of a part of the picture, which has to lie in it.
func (m *RGB) shrink(part image.Rectangle, n int) *RGB {
	out := NewRGB(part.Dx()/n, part.Dy()/n)
	if len(out.Pix) == 0 {
		return out
	}
	// One number more than there are, of which no mean takes notice: see packedMeans.
	level, spare := simd.Best(), make([]uint16, 3*n*out.Width+1)
	columns := spare[:len(spare)-1]
	if n > simd.MostRows {
		m.shrinkFar(out, columns, part, n)
		return out
	}
	for y := range out.Height {
		simd.Columns(level, columns, m.Pix[m.offset(part.Min, n*y):], 3*m.Width, n)
		if n <= mostPacked {
			packedMeans(out.row(y), spare, n)
		} else {
			means(out.row(y), columns, n)
		}
	}
	return out
}

// shrinkFar is shrink for blocks of more rows than 16 bits can add up.
func (m *RGB) shrinkFar(out *RGB, some []uint16, part image.Rectangle, n int) {
	columns := make([]uint32, len(some))
	for y := range out.Height {
		clear(columns)
		for row := 0; row < n; row += simd.MostRows {
			simd.Columns(simd.Best(), some, m.Pix[m.offset(part.Min, n*y+row):], 3*m.Width, min(simd.MostRows, n-row))
			for i, s := range some {
				columns[i] += uint32(s)
			}
		}
		means(out.row(y), columns, n)
	}
}

// offset is where the row begins that lies down rows below p.
func (m *RGB) offset(p image.Point, down int) int { return 3 * ((p.Y+down)*m.Width + p.X) }

// A product and a shift divide numbers below 256*n by n without error for n up to
// mostExact.
const precision, mostExact = 55, 1 << 23

// mostPacked is the largest n for which n*n bytes add up to 16 bits.
const mostPacked = 16

// packedMeans is means for n up to mostPacked. It adds up the three channels of a column
// in one number, in 16 bits each; what stands above them, of the next column, is left out
// at the end, and for the last column there has to be something.
func packedMeans(row []uint8, columns []uint16, n int) {
	all := uint64(n) * uint64(n)
	over := 1<<precision/all + 1
	mean := func(sum uint64) uint8 { return uint8((sum&0xffff + all/2) * over >> precision) }
	for len(row) >= 3 {
		var sum uint64
		for c := columns[:3*n+1]; len(c) >= 4; c = c[3:] {
			sum += uint64(c[0]) | uint64(c[1])<<16 | uint64(c[2])<<32 | uint64(c[3])<<48
		}
		row[0], row[1], row[2] = mean(sum), mean(sum>>16), mean(sum>>32)
		row, columns = row[3:], columns[3*n:]
	}
}

// means sets a row of pixels to the means of the blocks whose columns have these sums.
func means[T uint16 | uint32](row []uint8, columns []T, n int) {
	all := uint64(n) * uint64(n)
	over := 1<<precision/all + 1
	mean := func(sum uint64) uint8 {
		if sum += all / 2; all > mostExact {
			return uint8(sum / all)
		}
		return uint8(sum * over >> precision)
	}
	for len(row) >= 3 {
		var red, green, blue uint64
		for c := columns[:3*n]; len(c) >= 3; c = c[3:] {
			red, green, blue = red+uint64(c[0]), green+uint64(c[1]), blue+uint64(c[2])
		}
		row[0], row[1], row[2] = mean(red), mean(green), mean(blue)
		row, columns = row[3:], columns[3*n:]
	}
}
