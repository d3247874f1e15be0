package imaging

import (
	"image"
	"image/color"
)

// RGB is an 8-bit picture with its samples packed as [height, width, 3] in the order red,
// green, blue. It is an image.Image whose bounds begin at (0, 0).
type RGB struct {
	Width, Height int
	Pix           []uint8
}

// NewRGB returns a black picture.
func NewRGB(width, height int) *RGB {
	return &RGB{Width: width, Height: height, Pix: make([]uint8, 3*width*height)}
}

// ColorModel implements image.Image.
func (m *RGB) ColorModel() color.Model { return color.RGBAModel }

// Bounds implements image.Image.
func (m *RGB) Bounds() image.Rectangle { return image.Rect(0, 0, m.Width, m.Height) }

// At implements image.Image. A point outside the picture is transparent.
func (m *RGB) At(x, y int) color.Color {
	if x < 0 || y < 0 || x >= m.Width || y >= m.Height {
		return color.RGBA{}
	}
	p := m.Pix[3*(y*m.Width+x):]
	return color.RGBA{R: p[0], G: p[1], B: p[2], A: 255}
}

// RGBA64At implements image.RGBA64Image, which spares the image packages an allocation
// per pixel.
func (m *RGB) RGBA64At(x, y int) color.RGBA64 {
	r, g, b, a := m.At(x, y).RGBA()
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

// RGBA returns a copy as the standard library's picture type.
func (m *RGB) RGBA() *image.RGBA {
	out := image.NewRGBA(m.Bounds())
	for i, o := 0, 0; i < len(m.Pix); i, o = i+3, o+4 {
		out.Pix[o], out.Pix[o+1], out.Pix[o+2], out.Pix[o+3] = m.Pix[i], m.Pix[i+1], m.Pix[i+2], 255
	}
	return out
}

// Turn returns the picture turned clockwise by that many quarters; the picture itself if
// it is none.
func (m *RGB) Turn(quarters int) *RGB {
	orientations := [4]int{1, 6, 3, 8} // of pictures that have to be turned so
	return Orient(m, orientations[(quarters%4+4)%4])
}

// Crop returns a copy of the part of the picture that lies in r.
func (m *RGB) Crop(r image.Rectangle) *RGB {
	r = r.Intersect(m.Bounds())
	out := NewRGB(r.Dx(), r.Dy())
	for y := range out.Height {
		copy(out.row(y), m.row(r.Min.Y + y)[3*r.Min.X:3*r.Max.X])
	}
	return out
}

// Sum adds up red, green and blue of the square of side x side pixels whose first one is
// (x, y). It has to lie in the picture.
func (m *RGB) Sum(x, y, side int) (sums [3]int) {
	var r, g, b int
	for row := range side {
		at := 3 * ((y+row)*m.Width + x)
		line := m.Pix[at : at+3*side]
		for len(line) >= 3 {
			r, g, b = r+int(line[0]), g+int(line[1]), b+int(line[2])
			line = line[3:]
		}
	}
	return [3]int{r, g, b}
}

// row returns the samples of line y.
func (m *RGB) row(y int) []uint8 {
	n := 3 * m.Width
	return m.Pix[y*n : y*n+n : y*n+n]
}

// FromImage converts any picture by the package's color rules; the top left corner of
// its bounds becomes (0, 0). A *RGB is returned as it is, so a caller that needs a photo
// several times converts it once.
func FromImage(img image.Image) *RGB {
	if m, ok := img.(*RGB); ok {
		return m
	}
	b := img.Bounds()
	out := NewRGB(b.Dx(), b.Dy())
	for y := range out.Height {
		convertRow(out.row(y), img, b.Min.X, b.Min.Y+y)
	}
	return out
}

// convertRow fills dst with the pixels of img from (x0, y) on.
func convertRow(dst []uint8, img image.Image, x0, y int) {
	switch img := img.(type) {
	case *image.YCbCr:
		ycbcrRow(dst, img, x0, y)
	case *image.Gray:
		for i, v := range img.Pix[img.PixOffset(x0, y):][:len(dst)/3] {
			dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
		}
	case *image.RGBA:
		src := img.Pix[img.PixOffset(x0, y):]
		for i, o := 0, 0; i < len(dst); i, o = i+3, o+4 {
			// Premultiplied: what is missing to full cover is white.
			white := 255 - src[o+3]
			dst[i], dst[i+1], dst[i+2] = add(src[o], white), add(src[o+1], white), add(src[o+2], white)
		}
	case *image.NRGBA:
		src := img.Pix[img.PixOffset(x0, y):]
		for i, o := 0, 0; i < len(dst); i, o = i+3, o+4 {
			a := src[o+3]
			dst[i], dst[i+1], dst[i+2] = over(src[o], a), over(src[o+1], a), over(src[o+2], a)
		}
	default:
		anyRow(dst, img, x0, y)
	}
}

// anyRow converts through the 16-bit premultiplied colors that every picture can give.
func anyRow(dst []uint8, img image.Image, x0, y int) {
	deep, fast := img.(image.RGBA64Image)
	for i := 0; i < len(dst); i += 3 {
		x := x0 + i/3
		var c color.RGBA64
		if fast {
			c = deep.RGBA64At(x, y)
		} else {
			r, g, b, a := img.At(x, y).RGBA()
			c = color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
		}
		white := 0xffff - uint32(c.A)
		dst[i] = high(uint32(c.R) + white)
		dst[i+1] = high(uint32(c.G) + white)
		dst[i+2] = high(uint32(c.B) + white)
	}
}

// high is the high byte of a 16-bit sample; a color brighter than its alpha allows is
// cut at white.
func high(v uint32) uint8 { return uint8(min(v, 0xffff) >> 8) }

// add cuts at white: premultiplied colors may not exceed their alpha, but nothing stops
// a file from it.
func add(a, b uint8) uint8 { return uint8(min(uint32(a)+uint32(b), 255)) }

// over lays a straight (not premultiplied) sample of the given alpha over white.
func over(v, alpha uint8) uint8 {
	if alpha == 255 {
		return v
	}
	a := uint32(alpha)
	return uint8((uint32(v)*a + 255*(255-a) + 127) / 255)
}

// ImageNetMean and ImageNetStd are the mean and deviation per channel, from 0 to 255 in
// the order red, green, blue, by which networks that began as ImageNet's are fed.
var (
	ImageNetMean = [3]float32{0.485 * 255, 0.456 * 255, 0.406 * 255}
	ImageNetStd  = [3]float32{0.229 * 255, 0.224 * 255, 0.225 * 255}
)
