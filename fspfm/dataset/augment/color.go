package augment

import "math"

// Go may fuse a product and a sum into one operation with one rounding, and does so on
// some processors. The conversions of products to float32 forbid it: the same bits
// everywhere.

// luma is the gray of a pixel. It takes len(p) >= 3.
func luma(p []uint8) uint8 {
	return uint8(float32(float32(float32(0.2989)*float32(p[0]))+float32(float32(0.587)*float32(p[1]))) +
		float32(float32(0.114)*float32(p[2])))
}

// Gray gives all three channels the gray of the pixel.
func Gray(pix []uint8) {
	for i := 0; i+3 <= len(pix); i += 3 {
		g := luma(pix[i:])
		pix[i], pix[i+1], pix[i+2] = g, g, g
	}
}

// blend is f*a + (1-f)*b, cut to what a sample can be and rounded towards zero.
type blend struct{ f, rest float32 }

func newBlend(f float64) blend { return blend{float32(f), float32(1 - f)} }

func (m blend) of(a, b float32) uint8 {
	return uint8(min(max(float32(m.f*a)+float32(m.rest*b), 0), 255))
}

// Brightness multiplies all samples by a factor.
func Brightness(pix []uint8, factor float64) {
	lookUp(pix, newBlend(factor), 0)
}

// Contrast moves all samples away from the mean gray of the picture, for a factor above
// 1, or towards it.
func Contrast(pix []uint8, factor float64) {
	sum := 0
	for i := 0; i+3 <= len(pix); i += 3 {
		sum += int(luma(pix[i:]))
	}
	lookUp(pix, newBlend(factor), float32(float64(sum)/float64(max(len(pix)/3, 1))))
}

// lookUp blends all samples with one value.
func lookUp(pix []uint8, m blend, with float32) {
	var table [256]uint8
	for v := range table {
		table[v] = m.of(float32(v), with)
	}
	for i, v := range pix {
		pix[i] = table[v]
	}
}

// Saturation moves all samples away from the gray of their pixel, for a factor above 1,
// or towards it.
func Saturation(pix []uint8, factor float64) {
	m := newBlend(factor)
	for i := 0; i+3 <= len(pix); i += 3 {
		p := pix[i : i+3 : i+3]
		g := float32(luma(p))
		p[0], p[1], p[2] = m.of(float32(p[0]), g), m.of(float32(p[1]), g), m.of(float32(p[2]), g)
	}
}

// Hue turns the hue of all pixels by a part of the circle, -0.5 to 0.5.
func Hue(pix []uint8, turn float64) {
	by := float32(turn)
	for i := 0; i+3 <= len(pix); i += 3 {
		p := pix[i : i+3 : i+3]
		h, s, v := hsv(float32(p[0])/255, float32(p[1])/255, float32(p[2])/255)
		h += by
		h -= float32(math.Floor(float64(h)))
		p[0], p[1], p[2] = rgb(h, s, v)
	}
}

// hsv takes and returns values within 0 and 1.
func hsv(r, g, b float32) (h, s, v float32) {
	v = max(r, g, b)
	span := v - min(r, g, b)
	if span == 0 {
		return 0, 0, v
	}
	rc, gc, bc := (v-r)/span, (v-g)/span, (v-b)/span
	switch v {
	case r:
		h = bc - gc
	case g:
		h = 2 + rc - bc
	default:
		h = 4 + gc - rc
	}
	h = h/6 + 1
	if h >= 1 {
		h--
	}
	return h, span / v, v
}

// rgb is the reverse of hsv, as samples.
func rgb(h, s, v float32) (r, g, b uint8) {
	h6 := h * 6
	sector := float32(math.Floor(float64(h6)))
	f := h6 - sector
	p := v * (1 - s)
	q := v * (1 - float32(s*f))
	t := v * (1 - float32(s*(1-f)))
	switch int(sector) % 6 {
	case 0:
		r, g, b = sample(v), sample(t), sample(p)
	case 1:
		r, g, b = sample(q), sample(v), sample(p)
	case 2:
		r, g, b = sample(p), sample(v), sample(t)
	case 3:
		r, g, b = sample(p), sample(q), sample(v)
	case 4:
		r, g, b = sample(t), sample(p), sample(v)
	default:
		r, g, b = sample(v), sample(p), sample(q)
	}
	return r, g, b
}

// sample is torchvision's conversion of a float within 0 and 1: 256 steps of equal width,
// short of one in a thousand.
func sample(v float32) uint8 { return uint8(min(max(v, 0), 1) * float32(255.999)) }
