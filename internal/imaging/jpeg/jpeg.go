// Package jpeg decodes the common kinds of JPEG files to exactly the samples that libjpeg
// decodes them to, and OpenCV with it.
//
// The standard library's decoder rounds its inverse cosine transform in another way:
// about one sample in thirty comes out one level apart. That is invisible, but detection
// networks amplify it: landmarks move by up to a quarter of a pixel, and features of the
// face so aligned fall to a cosine of 0.9988 with those of OpenCV. Here the transform is
// the accurate integer one of the Independent JPEG Group (Loeffler, Ligtenberg and
// Moschytz, 13-bit constants, two extra bits between the passes), which libjpeg and
// libjpeg-turbo use unless told otherwise.
//
// Decode takes 8-bit gray and YCbCr files with Huffman coding, baseline, extended and
// progressive, with chroma at full or half resolution in either direction. For anything
// else, damaged files among it, it returns ErrUnsupported: the caller then asks the
// standard library, whose pictures or errors are as good.
package jpeg

import (
	"encoding/binary"
	"errors"
	"image"
)

// ErrUnsupported is returned for every file that this package does not decode.
var ErrUnsupported = errors.New("jpeg: not a plain, undamaged gray or YCbCr file")

// The markers that mean something to this decoder.
const (
	markerSOF0 = 0xc0 // baseline
	markerSOF1 = 0xc1 // extended sequential
	markerSOF2 = 0xc2 // progressive
	markerDHT  = 0xc4
	markerRST0 = 0xd0
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerDQT  = 0xdb
	markerDRI  = 0xdd
	markerAPP0 = 0xe0
	markerAPPE = 0xee
	markerAPPF = 0xef
	markerCOM  = 0xfe
)

// component is a plane of the picture.
type component struct {
	id, h, v      int // h and v are samples per chroma sample, in the luma's directions
	quant         int
	width, height int // in blocks, without those that only fill the last unit
	stride        int // blocks in a line, with them
	coefs         []int16
	dc, ac        *huffman // of the scan at hand
	last          int32    // the DC value before
}

// block returns the 64 coefficients of a block, in natural order.
func (c *component) block(x, y int) *[64]int16 {
	return (*[64]int16)(c.coefs[64*(y*c.stride+x):])
}

type decoder struct {
	data          []byte
	at            int
	quant         [4]*[64]uint16
	huffman       [2][4]*huffman // [DC, AC][selector]
	components    []component
	width, height int
	unitsX        int // interleaved units in a line
	unitsY        int
	progressive   bool
	restart       int // units between restart markers; 0 is none
	jfif          bool
	adobe         int // the transform that the Adobe marker states; -1 without marker
	scans         int

	bits  uint32 // the newest bits read, in the low end
	nbits int
	eobs  int // blocks that still end at once, in a progressive scan
}

// maxScans bounds the work that a small file can ask for. Encoders write ten or so.
const maxScans = 200

// Decode returns an *image.Gray or *image.YCbCr. It allocates about 5 bytes per pixel at
// most, 9 with chroma at full resolution: callers check the size in the header first.
func Decode(data []byte) (image.Image, error) {
	d := &decoder{data: data, adobe: -1}
	if !d.run() {
		return nil, ErrUnsupported
	}
	return d.picture()
}

// run reads all segments up to the end marker. False stands for whatever makes a file
// unsupported.
func (d *decoder) run() bool {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != markerSOI {
		return false
	}
	d.at = 2
	for {
		marker, ok := d.marker()
		if !ok {
			return false
		}
		if marker == markerEOI {
			return d.scans > 0
		}
		if d.at+2 > len(d.data) {
			return false
		}
		length := int(binary.BigEndian.Uint16(d.data[d.at:]))
		if length < 2 || d.at+length > len(d.data) {
			return false
		}
		body := d.data[d.at+2 : d.at+length]
		d.at += length
		if !d.segment(marker, body) {
			return false
		}
	}
}

// marker reads the next marker, after fill bytes.
func (d *decoder) marker() (byte, bool) {
	if d.at >= len(d.data) || d.data[d.at] != 0xff {
		return 0, false
	}
	for d.at < len(d.data) && d.data[d.at] == 0xff {
		d.at++
	}
	if d.at >= len(d.data) {
		return 0, false
	}
	d.at++
	return d.data[d.at-1], true
}

func (d *decoder) segment(marker byte, body []byte) bool {
	switch {
	case marker >= markerSOF0 && marker <= markerSOF2:
		d.progressive = marker == markerSOF2
		return d.frame(body)
	case marker == markerDQT:
		return d.quantization(body)
	case marker == markerDHT:
		return d.tables(body)
	case marker == markerDRI:
		if len(body) != 2 {
			return false
		}
		d.restart = int(binary.BigEndian.Uint16(body))
		return true
	case marker == markerSOS:
		d.scans++
		return d.scans <= maxScans && d.scan(body)
	case marker == markerAPP0:
		d.jfif = d.jfif || len(body) >= 5 && string(body[:5]) == "JFIF\x00"
		return true
	case marker == markerAPPE && len(body) >= 12 && string(body[:5]) == "Adobe":
		d.adobe = int(body[11])
		return true
	}
	return marker >= markerAPP0 && marker <= markerAPPF || marker == markerCOM
}

// quantization reads the tables that the coefficients are multiplied with.
func (d *decoder) quantization(body []byte) bool {
	for len(body) > 0 {
		wide, selector := int(body[0]>>4), body[0]&15
		need := 1 + 64*(1+wide)
		if wide > 1 || selector > 3 || len(body) < need {
			return false
		}
		table := new([64]uint16)
		for i, to := range zigzag {
			if wide == 1 {
				table[to] = binary.BigEndian.Uint16(body[1+2*i:])
			} else {
				table[to] = uint16(body[1+i])
			}
		}
		d.quant[selector] = table
		body = body[need:]
	}
	return true
}

// frame reads the header of the picture.
func (d *decoder) frame(body []byte) bool {
	if d.components != nil || len(body) < 6 || body[0] != 8 {
		return false
	}
	d.height, d.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	n := int(body[5])
	if d.width == 0 || d.height == 0 || n != 1 && n != 3 || len(body) != 6+3*n {
		return false
	}
	d.components = make([]component, n)
	for i := range d.components {
		p := body[6+3*i:]
		c := &d.components[i]
		c.id, c.h, c.v, c.quant = int(p[0]), int(p[1]>>4), int(p[1]&15), int(p[2])
		if c.quant > 3 {
			return false
		}
		for _, before := range d.components[:i] {
			if before.id == c.id {
				return false
			}
		}
	}
	return d.layout()
}

// layout checks the sampling factors and makes room for the coefficients.
func (d *decoder) layout() bool {
	luma := &d.components[0]
	if len(d.components) == 1 {
		luma.h, luma.v = 1, 1 // a plane alone is not interleaved, whatever its factors
	}
	for i, c := range d.components {
		if most := 2; c.h < 1 || c.v < 1 || c.h > most || c.v > most || i > 0 && (c.h != 1 || c.v != 1) {
			return false
		}
	}
	d.unitsX, d.unitsY = ceilDiv(d.width, 8*luma.h), ceilDiv(d.height, 8*luma.v)
	for i := range d.components {
		c := &d.components[i]
		c.width = ceilDiv(ceilDiv(d.width*c.h, luma.h), 8)
		c.height = ceilDiv(ceilDiv(d.height*c.v, luma.v), 8)
		c.stride = d.unitsX * c.h
		c.coefs = make([]int16, 64*c.stride*d.unitsY*c.v)
	}
	return true
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// picture turns the coefficients into samples.
func (d *decoder) picture() (image.Image, error) {
	for _, c := range d.components {
		if d.quant[c.quant] == nil {
			return nil, ErrUnsupported
		}
	}
	luma := &d.components[0]
	bounds := image.Rect(0, 0, d.width, d.height)
	whole := image.Rect(0, 0, 8*luma.stride, 8*d.unitsY*luma.v)
	if len(d.components) == 1 {
		m := image.NewGray(whole)
		d.plane(luma, m.Pix, m.Stride)
		return m.SubImage(bounds), nil
	}
	if !d.ycbcr() {
		return nil, ErrUnsupported
	}
	ratio := [2][2]image.YCbCrSubsampleRatio{
		{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio440},
		{image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420},
	}[luma.h-1][luma.v-1]
	m := image.NewYCbCr(whole, ratio)
	d.plane(luma, m.Y, m.YStride)
	d.plane(&d.components[1], m.Cb, m.CStride)
	d.plane(&d.components[2], m.Cr, m.CStride)
	return m.SubImage(bounds), nil
}

// ycbcr says whether three components are luma and chroma: by the JFIF marker, else by
// Adobe's, else by their names.
func (d *decoder) ycbcr() bool {
	c := d.components
	switch {
	case d.jfif:
		return true
	case d.adobe >= 0:
		return d.adobe == 1
	}
	return c[0].id == 1 && c[1].id == 2 && c[2].id == 3
}

// plane writes all blocks of a component.
func (d *decoder) plane(c *component, pix []uint8, stride int) {
	quant := d.quant[c.quant]
	for y := range len(c.coefs) / 64 / c.stride {
		for x := range c.stride {
			inverse(c.block(x, y), quant, pix[8*(y*stride+x):], stride)
		}
	}
}
