package quality

import (
	"image"
	"math"
	"slices"

	"github.com/pifr-go/pifr/fspfm/face"
)

// side is that of an aligned face.
const side = face.TemplateSize

// luma is an aligned face without its colors, 0 to 1, row by row.
type luma [side * side]float64

// lumaOf weighs colors as BT.601 does.
func lumaOf(m *image.RGBA) *luma {
	var g luma
	for y := range side {
		row := m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y+y):]
		for x := range side {
			g[y*side+x] = (0.299*float64(row[4*x]) + 0.587*float64(row[4*x+1]) + 0.114*float64(row[4*x+2])) / 255
		}
	}
	return &g
}

// The ellipse that holds the face in an aligned picture, from brows to chin. What lies
// around it is hair and background, and black beyond the photo.
const centerX, centerY, radiusX, radiusY = 56, 66, 34, 42

func inFace(x, y int) bool {
	dx, dy := float64(x-centerX)/radiusX, float64(y-centerY)/radiusY
	return dx*dx+dy*dy <= 1
}

// white is the luma from which on a pixel counts as clipped.
const white = 0.98

// light returns mean and standard deviation of the face's luma, the luma that a
// twentieth of it reaches, and the share that is white.
func (g *luma) light() (mean, deviation, highlight, clipped float64) {
	values := make([]float64, 0, side*side)
	squares := 0.0
	for y := range side {
		for x := range side {
			if !inFace(x, y) {
				continue
			}
			v := g[y*side+x]
			values = append(values, v)
			mean += v
			squares += v * v
			if v >= white {
				clipped++
			}
		}
	}
	n := float64(len(values))
	mean /= n
	slices.Sort(values)
	return mean, math.Sqrt(max(0, squares/n-mean*mean)), values[len(values)*19/20], clipped / n
}

// taps is the width of the blur that sharpness is measured by, in pixels.
const taps = 5

// sharpness is 1 minus the blur of Crété-Roffet et al., "The blur effect: perception and
// estimation with a new no-reference perceptual blur metric" (SPIE 2007), in the face's
// ellipse and with a blur of five pixels: the share of the differences between neighbors
// that a strong blur takes away. Of a face without any differences it is 0.
func (g *luma) sharpness() float64 {
	return min(g.directed(1), g.directed(side))
}

// directed is the sharpness in one direction; step is from a pixel to the next.
func (g *luma) directed(step int) float64 {
	var before, lost float64
	for y := centerY - radiusY; y <= centerY+radiusY; y++ {
		for x := centerX - radiusX; x <= centerX+radiusX; x++ {
			if !inFace(x, y) {
				continue
			}
			i := y*side + x
			d := math.Abs(g[i] - g[i-step])
			before += d
			lost += max(0, d-math.Abs(g.blurred(i, step)-g.blurred(i-step, step)))
		}
	}
	if before < 1e-9 {
		return 0
	}
	return lost / before
}

// blurred is the mean of the pixels around i in a direction. The ellipse is far enough
// from the picture's edges: at most 108 + 2 below, at least 24 - 3 above.
func (g *luma) blurred(i, step int) float64 {
	sum := 0.0
	for k := -(taps / 2); k <= taps/2; k++ {
		sum += g[i+k*step]
	}
	return sum / taps
}
