package jpeg

import "math"

// cosines[n][u][x] is C(u)/2 cos((2x+1)u pi/2n), C(0) being the root of a half: the basis
// of the inverse transform of n values, with the scale that the one of 8 has.
var cosines = func() (all [5][4][4]float32) {
	for _, n := range []int{1, 2, 4} {
		for u := range n {
			scale := 0.5
			if u == 0 {
				scale = math.Sqrt(0.125)
			}
			for x := range n {
				all[n][u][x] = float32(scale * math.Cos(float64((2*x+1)*u)*math.Pi/float64(2*n)))
			}
		}
	}
	return all
}()

// inverseReduced writes side x side samples of a block to dst, side being 1, 2 or 4: the
// transform of its lowest frequencies alone, which is a picture of fewer samples. Of the
// coefficients, keep in either direction are stored.
func inverseReduced(coefs []int16, keep int, quant *[64]uint16, dst []uint8, stride, side int) {
	if side == 1 {
		dst[0] = uint8(max(0, min((int32(coefs[0])*int32(quant[0])+4)>>3+128, 255)))
		return
	}
	basis := &cosines[side]
	var rows [4][4]float32 // [v][x]
	for v := range side {
		for u := range side {
			c := float32(int32(coefs[v*keep+u]) * int32(quant[8*v+u]))
			for x := range side {
				rows[v][x] += c * basis[u][x]
			}
		}
	}
	for y := range side {
		line := dst[y*stride:][:side]
		for x := range line {
			sum := float32(128.5)
			for v := range side {
				sum += rows[v][x] * basis[v][y]
			}
			line[x] = uint8(max(0, min(sum, 255)))
		}
	}
}
