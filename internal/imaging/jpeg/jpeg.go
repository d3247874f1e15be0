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
// else it returns ErrUnsupported: the caller then asks the standard library, whose
// pictures or errors are as good.
//
// Of a damaged file it gives what is there, if Options.Damaged asks for that. It does as
// libjpeg does: bits that are missing are zero, a block without any data has coefficients
// of zero, so that the lost part of a baseline file is gray, and reading goes on at the
// next restart marker. What libjpeg does beyond that, smoothing a progressive file whose
// last scans are lost, is not done here.
package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// ErrUnsupported is returned for every file that this package does not decode.
var ErrUnsupported = errors.New("jpeg: not a plain, undamaged gray or YCbCr file")

// NoEnd is the damage of a file of which only the end marker is missing.
const NoEnd = "the end marker is missing"

// Options say what becomes of damaged and of large files.
type Options struct {
	// Damaged asks for what is there of a damaged file.
	Damaged bool
	// Scale is 2, 4 or 8 if both sides are to be divided by it, rounded up, while decoding.
	// A baseline file then takes less memory by its square, and a progressive one by that
	// of 8 only. 0 stands for 1.
	Scale int
}

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
	side          int // samples of a block, in either direction
	keep          int // coefficients stored of a block, in either direction
	coefs         []int16
	low           [64]int8 // by coefficient, in zigzag order: the lowest bit that was sent; -1 is none
	dc, ac        *huffman // of the scan at hand
	last          int32    // the DC value before
}

// block returns the coefficients that are stored of a block, in natural order.
func (c *component) block(x, y int) []int16 {
	n := c.keep * c.keep
	return c.coefs[n*(y*c.stride+x):][:n:n]
}

type decoder struct {
	data          []byte
	options       Options
	at            int
	damage        string // what was wrong with the file, if something was
	dry           bool   // no data are left of a scan, up to the next restart marker
	full, empty   int    // units read, and units without data
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
// most, 9 with chroma at full resolution: callers check the size in the header first. A
// file may lack its end marker if nothing else is missing.
func Decode(data []byte) (image.Image, error) {
	m, _, err := Read(data, Options{})
	return m, err
}

// Read is Decode with options. Damage says in a few words what is wrong with the file; it
// is empty if nothing is.
func Read(data []byte, o Options) (m image.Image, damage string, err error) {
	o.Scale = max(o.Scale, 1)
	if o.Scale > 8 || o.Scale&(o.Scale-1) != 0 {
		return nil, "", ErrUnsupported
	}
	d := &decoder{data: data, options: o, adobe: -1}
	if !d.run() {
		return nil, "", ErrUnsupported
	}
	if d.full == 0 {
		return nil, "", ErrUnsupported // a gray picture would be an invention
	}
	if d.empty > 0 {
		d.damage = fmt.Sprintf("%s; %.0f %% of its blocks have no data", d.damage, max(1, 100*float64(d.empty)/float64(d.full+d.empty)))
	}
	m, err = d.picture()
	return m, d.damage, err
}

// run reads all segments up to the end marker. False stands for whatever makes a file
// unsupported.
func (d *decoder) run() bool {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != markerSOI {
		return false
	}
	d.at = 2
	for {
		marker, ok := d.nextMarker()
		switch {
		case !ok:
			return d.ended()
		case marker == markerEOI:
			return d.scans > 0
		case marker >= markerRST0 && marker < markerSOI && d.options.Damaged:
			continue // of a scan whose other data are lost
		case d.at+2 > len(d.data):
			return d.ended()
		}
		length := int(binary.BigEndian.Uint16(d.data[d.at:]))
		if length < 2 || d.at+length > len(d.data) {
			return d.ended()
		}
		body := d.data[d.at+2 : d.at+length]
		d.at += length
		if !d.segment(marker, body) {
			return d.scans > 0 && d.harmed("a damaged segment")
		}
	}
}

// ended says what to do with a file without end marker.
func (d *decoder) ended() bool {
	if d.scans == 0 {
		return false
	}
	if d.complete() {
		if d.damage == "" {
			d.damage = NoEnd
		}
		return true
	}
	return d.harmed("the file ends before its last scan")
}

// complete says whether every bit of every coefficient was sent.
func (d *decoder) complete() bool {
	for i := range d.components {
		for _, low := range d.components[i].low {
			if low != 0 {
				return false
			}
		}
	}
	return !d.dry
}

// harmed notes the first damage. It returns false if damaged files are not wanted.
func (d *decoder) harmed(how string) bool {
	if d.damage == "" {
		d.damage = how
	}
	return d.options.Damaged
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

// nextMarker is marker; in a damaged file it looks for one.
func (d *decoder) nextMarker() (byte, bool) {
	if marker, ok := d.marker(); ok && marker != 0 || !d.options.Damaged {
		return marker, ok
	}
	for ; d.at+1 < len(d.data); d.at++ {
		if next := d.data[d.at+1]; d.data[d.at] == 0xff && next != 0 && next != 0xff {
			d.harmed("bytes between two segments")
			d.at += 2
			return next, true
		}
	}
	d.at = len(d.data)
	return 0, false
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
		if c.side = d.sideOf(c); d.progressive && c.side > 1 {
			c.keep = 8 // later scans refine what is not shown, too
		} else {
			c.keep = c.side
		}
		c.coefs = make([]int16, c.keep*c.keep*c.stride*d.unitsY*c.v)
		for k := range c.low {
			c.low[k] = -1
		}
	}
	return true
}

// sideOf is how many samples a block of a component has in either direction once the
// picture is reduced. Chroma at half the luma's resolution keeps its samples, as far as it
// has them: the reduced picture then has as many of both. Not so where a progressive file
// would have to keep all of its coefficients for that.
func (d *decoder) sideOf(c *component) int {
	side, luma := 8/d.options.Scale, &d.components[0]
	if d.options.Scale > 1 && c.h < luma.h && c.v < luma.v && !(d.progressive && side == 1) {
		return 2 * side
	}
	return side
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
	bounds := image.Rect(0, 0, ceilDiv(d.width, d.options.Scale), ceilDiv(d.height, d.options.Scale))
	whole := image.Rect(0, 0, luma.side*luma.stride, luma.side*d.unitsY*luma.v)
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
	if d.components[1].side > luma.side {
		ratio = image.YCbCrSubsampleRatio444
	}
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
	quant, side := d.quant[c.quant], c.side
	for y := range len(c.coefs) / (c.keep * c.keep) / c.stride {
		for x := range c.stride {
			dst := pix[side*(y*stride+x):]
			if side == 8 {
				inverse((*[64]int16)(c.block(x, y)), quant, dst, stride)
			} else {
				inverseReduced(c.block(x, y), c.keep, quant, dst, stride, side)
			}
		}
	}
}
