package imaging

import (
	"errors"
	"math"
)

// ErrSingular is returned for a map that has no inverse: it squeezes the plane to a line
// or a point, or is not finite.
var ErrSingular = errors.New("imaging: the map has no inverse")

// Affine maps (x, y) to (a[0][0]*x + a[0][1]*y + a[0][2], a[1][0]*x + a[1][1]*y +
// a[1][2]).
type Affine [2][3]float64

// Apply maps one point.
func (a Affine) Apply(x, y float64) (float64, float64) {
	return a[0][0]*x + a[0][1]*y + a[0][2], a[1][0]*x + a[1][1]*y + a[1][2]
}

// Inverse returns the map back, or ErrSingular.
func (a Affine) Inverse() (Affine, error) {
	det := a[0][0]*a[1][1] - a[0][1]*a[1][0]
	d := 1 / det
	inv := Affine{{a[1][1] * d, -a[0][1] * d}, {-a[1][0] * d, a[0][0] * d}}
	inv[0][2] = -inv[0][0]*a[0][2] - inv[0][1]*a[1][2]
	inv[1][2] = -inv[1][0]*a[0][2] - inv[1][1]*a[1][2]
	if det == 0 || !inv.finite() {
		return Affine{}, ErrSingular
	}
	return inv, nil
}

func (a Affine) finite() bool {
	for _, row := range a {
		for _, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}

// Warp's source positions are rounded to 1/32 of a pixel, after a sum in units of 1/1024.
const (
	positionBits = 10
	fractionBits = 5
	fractionOne  = 1 << fractionBits
)

// Warp returns a picture of the given size whose pixel (x, y) is the bilinear value of m
// at toSource.Apply(x, y). Outside of m all is black, and a position within a pixel of
// the edge is blended with it. The result equals that of cv2.warpAffine(m, inverse of
// toSource, INTER_LINEAR, BORDER_CONSTANT) bit for bit.
func (m *RGB) Warp(toSource Affine, width, height int) *RGB {
	out := NewRGB(width, height)
	if m.Width == 0 || m.Height == 0 {
		return out
	}
	if toSource[0][1] == 0 && toSource[1][0] == 0 {
		m.warpStraight(out, toSource)
	} else {
		m.warpTurned(out, toSource)
	}
	return out
}

// warpTurned samples each pixel by itself.
func (m *RGB) warpTurned(out *RGB, toSource Affine) {
	width, height := out.Width, out.Height
	stepX, stepY := make([]int64, width), make([]int64, width)
	for x := range width {
		stepX[x], stepY[x] = position(toSource[0][0]*float64(x)), position(toSource[1][0]*float64(x))
	}
	bands(height, 12*width, func(first, last int) { // a sample is made of four
		for y := first; y < last; y++ {
			m.warpRow(out.row(y), toSource, y, stepX, stepY)
		}
	})
}

// warpRow writes row y of a warped picture.
func (m *RGB) warpRow(dst []uint8, toSource Affine, y int, stepX, stepY []int64) {
	const half = 1 << (positionBits - fractionBits - 1)
	startX := position(toSource[0][1]*float64(y)+toSource[0][2]) + half
	startY := position(toSource[1][1]*float64(y)+toSource[1][2]) + half
	insideX, insideY := uint64(max(m.Width-1, 0)), uint64(max(m.Height-1, 0))
	below := 3 * m.Width
	stepY = stepY[:len(stepX)]
	for x := range stepX {
		sx := (startX + stepX[x]) >> (positionBits - fractionBits)
		sy := (startY + stepY[x]) >> (positionBits - fractionBits)
		d := dst[3*x : 3*x+3 : 3*x+3]
		px, py := sx>>fractionBits, sy>>fractionBits
		if uint64(px) >= insideX || uint64(py) >= insideY {
			m.sample(d, sx, sy)
			continue
		}
		// All four neighbors are there.
		at := 3 * (int(py)*m.Width + int(px))
		upper, lower := m.Pix[at:at+6:at+6], m.Pix[at+below:at+below+6:at+below+6]
		fx, fy := uint32(sx)&(fractionOne-1), uint32(sy)&(fractionOne-1)
		a, b := (fractionOne-fx)*(fractionOne-fy), fx*(fractionOne-fy)
		c, e := (fractionOne-fx)*fy, fx*fy
		const round = 1 << (2*fractionBits - 1)
		d[0] = uint8((a*uint32(upper[0]) + b*uint32(upper[3]) + c*uint32(lower[0]) + e*uint32(lower[3]) + round) >> (2 * fractionBits))
		d[1] = uint8((a*uint32(upper[1]) + b*uint32(upper[4]) + c*uint32(lower[1]) + e*uint32(lower[4]) + round) >> (2 * fractionBits))
		d[2] = uint8((a*uint32(upper[2]) + b*uint32(upper[5]) + c*uint32(lower[2]) + e*uint32(lower[5]) + round) >> (2 * fractionBits))
	}
}

// position converts to units of 1/1024 of a pixel. What is far outside of any picture
// stays there, where sums cannot overflow; so does NaN.
func position(v float64) int64 {
	const far = 1 << 52
	v = math.RoundToEven(v * (1 << positionBits))
	if !(v > -far) {
		return -far
	}
	return int64(min(v, far))
}

// sample writes the bilinear value at (sx, sy), given in units of 1/32 of a pixel.
func (m *RGB) sample(dst []uint8, sx, sy int64) {
	x, y := sx>>fractionBits, sy>>fractionBits
	if x < -1 || y < -1 || x >= int64(m.Width) || y >= int64(m.Height) {
		return // black already
	}
	fx, fy := int32(sx&(fractionOne-1)), int32(sy&(fractionOne-1))
	var sum [3]int32
	m.gather(&sum, int(x), int(y), (fractionOne-fx)*(fractionOne-fy))
	m.gather(&sum, int(x)+1, int(y), fx*(fractionOne-fy))
	m.gather(&sum, int(x), int(y)+1, (fractionOne-fx)*fy)
	m.gather(&sum, int(x)+1, int(y)+1, fx*fy)
	const half = 1 << (2*fractionBits - 1)
	for c, v := range sum {
		dst[c] = uint8((v + half) >> (2 * fractionBits))
	}
}

// gather adds a weighted pixel, or nothing if it lies outside.
func (m *RGB) gather(sum *[3]int32, x, y int, weight int32) {
	if x < 0 || y < 0 || x >= m.Width || y >= m.Height {
		return
	}
	p := m.Pix[3*(y*m.Width+x):][:3]
	sum[0] += weight * int32(p[0])
	sum[1] += weight * int32(p[1])
	sum[2] += weight * int32(p[2])
}
