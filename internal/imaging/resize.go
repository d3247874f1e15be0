package imaging

import "math"

// Resize's weights are whole numbers that add up to weightOne, as in OpenCV's resize of
// 8-bit pictures.
const (
	weightBits = 11
	weightOne  = 1 << weightBits
)

// tap is where one output sample comes from along one axis.
type tap struct {
	a, b   int // the two source samples
	wa, wb int32
}

// Resize returns the picture at another size: bilinear, without smoothing before a
// reduction, with the edge repeated outside, and rounded as cv2.resize(INTER_LINEAR)
// rounds. Both sides have to be at least 1, the picture's own too.
func (m *RGB) Resize(width, height int) *RGB {
	if width == m.Width && height == m.Height {
		return m
	}
	if 2*width == m.Width && 2*height == m.Height {
		return m.halved()
	}
	return m.resized(width, height)
}

// halved is what resized gives at half the size, where all weights are equal.
func (m *RGB) halved() *RGB {
	out := NewRGB(m.Width/2, m.Height/2)
	bands(out.Height, 12*out.Width, func(first, last int) { // a sample is made of four
		for y := first; y < last; y++ {
			halveRows(out.row(y), m.row(2*y), m.row(2*y+1))
		}
	})
	return out
}

func halveRows(dst, upper, lower []uint8) {
	for x := 0; x+3 <= len(dst); x += 3 {
		a, b, d := upper[2*x:2*x+6:2*x+6], lower[2*x:2*x+6:2*x+6], dst[x:x+3:x+3]
		d[0] = uint8((uint32(a[0]) + uint32(a[3]) + uint32(b[0]) + uint32(b[3]) + 2) >> 2)
		d[1] = uint8((uint32(a[1]) + uint32(a[4]) + uint32(b[1]) + uint32(b[4]) + 2) >> 2)
		d[2] = uint8((uint32(a[2]) + uint32(a[5]) + uint32(b[2]) + uint32(b[5]) + 2) >> 2)
	}
}

// resized is Resize for any two sizes.
func (m *RGB) resized(width, height int) *RGB {
	out := NewRGB(width, height)
	columns, rows := taps(width, m.Width), taps(height, m.Height)
	bands(height, 12*width, func(first, last int) { m.resizeRows(out, columns, rows, first, last) })
	return out
}

// resizeRows writes some of the rows. Those that lie between the same two source rows
// share their horizontal pass.
func (m *RGB) resizeRows(out *RGB, columns, rows []tap, first, last int) {
	upper, lower := newLine(3*out.Width), newLine(3*out.Width)
	for y := first; y < last; y++ {
		t := rows[y]
		if lower.y == t.a {
			upper, lower = lower, upper
		}
		upper.fill(m, t.a, columns)
		lower.fill(m, t.b, columns)
		dst := out.row(y)
		above, below := upper.v[:len(dst)], lower.v[:len(dst)]
		for i := range dst {
			v := (t.wa*(above[i]>>4))>>16 + (t.wb*(below[i]>>4))>>16
			dst[i] = uint8((v + 2) >> 2)
		}
	}
}

// taps returns the two neighbors and the weights of every sample of an axis that goes
// from src samples to dst.
func taps(dst, src int) []tap {
	scale := 1 / (float64(dst) / float64(src))
	out := make([]tap, dst)
	for i := range out {
		at := float32((float64(i)+0.5)*scale - 0.5)
		a := int(math.Floor(float64(at)))
		f := at - float32(a)
		if a < 0 {
			a, f = 0, 0
		}
		if a >= src-1 {
			a, f = src-1, 0
		}
		out[i] = tap{a: a, b: min(a+1, src-1), wa: round(1 - f), wb: round(f)}
	}
	return out
}

func round(weight float32) int32 { return int32(math.RoundToEven(float64(weight * weightOne))) }

// line is a source row after the horizontal pass, in units of 1/weightOne.
type line struct {
	y int
	v []int32
}

func newLine(n int) *line { return &line{y: -1, v: make([]int32, n)} }

func (l *line) fill(m *RGB, y int, columns []tap) {
	if l.y == y {
		return
	}
	l.y = y
	src := m.row(y)
	for x, t := range columns {
		a, b, o := src[3*t.a:3*t.a+3], src[3*t.b:3*t.b+3], l.v[3*x:3*x+3]
		o[0] = int32(a[0])*t.wa + int32(b[0])*t.wb
		o[1] = int32(a[1])*t.wa + int32(b[1])*t.wb
		o[2] = int32(a[2])*t.wa + int32(b[2])*t.wb
	}
}
