package imaging

import (
	"image"
	"math"
)

// FullRange returns a picture whose luma and chroma take the whole range of a byte, as in
// JPEG, of one where they take 16 to 235 and 16 to 240, as in films and in WebP with loss,
// whose decoder in x/image leaves them as they are. Of pictures in RGB it changes nothing.
func FullRange(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		stretchPlanes(m)
	case *image.NYCbCrA:
		stretchPlanes(&m.YCbCr)
	case *image.Gray:
		stretchRange(m.Pix, 16, 0, 219)
	}
	return m
}

func stretchPlanes(m *image.YCbCr) {
	stretchRange(m.Y, 16, 0, 219)
	stretchRange(m.Cb, 128, 128, 224)
	stretchRange(m.Cr, 128, 128, 224)
}

// stretchRange moves the value from to the value to, and takes wide steps apart to 255.
func stretchRange(pix []uint8, from, to, wide int) {
	var table [256]uint8
	for v := range table {
		table[v] = uint8(max(0, min(to+int(math.Round(float64(v-from)*255/float64(wide))), 255)))
	}
	for i, v := range pix {
		pix[i] = table[v]
	}
}
