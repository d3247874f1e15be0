package imaging

import (
	"encoding/binary"
	"image"
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
	columns, all := make([]uint32, 3*n*out.Width), uint32(n*n)
	if len(columns) == 0 {
		return out
	}
	for y := range out.Height {
		first := 3 * ((part.Min.Y+n*y)*m.Width + part.Min.X)
		sumColumns(columns, m.Pix[first:], 3*m.Width, n)
		dst := out.row(y)
		for x := range out.Width {
			var red, green, blue uint32
			for c := columns[3*n*x : 3*n*(x+1)]; len(c) >= 3; c = c[3:] {
				red, green, blue = red+c[0], green+c[1], blue+c[2]
			}
			dst[3*x], dst[3*x+1], dst[3*x+2] = uint8((red+all/2)/all), uint8((green+all/2)/all), uint8((blue+all/2)/all)
		}
	}
	return out
}

// sumColumns sets each sum to that of one sample of n rows, which lie stride apart.
func sumColumns(sums []uint32, pix []uint8, stride, n int) {
	const (
		lanes = 0x00ff00ff00ff00ff // every other sample of eight
		most  = 0xffff / 0xff      // as many rows cannot overflow 16 bits
	)
	i := 0
	for ; n <= most && i+8 <= len(sums); i += 8 {
		var even, odd uint64 // four sums of 16 bits each
		for row, at := 0, i; row < n; row, at = row+1, at+stride {
			v := binary.LittleEndian.Uint64(pix[at:])
			even, odd = even+v&lanes, odd+v>>8&lanes
		}
		s := sums[i : i+8 : i+8]
		for k := 0; k < 8; k += 2 {
			s[k], s[k+1] = uint32(even&0xffff), uint32(odd&0xffff)
			even, odd = even>>16, odd>>16
		}
	}
	for ; i < len(sums); i++ {
		sums[i] = 0
		for row := range n {
			sums[i] += uint32(pix[i+row*stride])
		}
	}
}
