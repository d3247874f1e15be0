package landmark

import (
	"math"

	"github.com/pifr-go/pifr/loss"
)

// point is what the network says of one point, in units of the window's side from its middle.
type point struct{ x, y, variance, visible float64 }

// points are those of a face, in the order of pose.Landmarks.
type points [Count]point

// read makes points of the network's values for one image.
func (r *Refiner) read(values []float32) (out points) {
	for k := range out {
		v := values[loss.LandmarkWidth*k:][:loss.LandmarkWidth]
		out[k] = point{
			x: float64(v[0]), y: float64(v[1]),
			variance: math.Exp(2 * r.loss.LogSigma(float64(v[2]))),
			visible:  1 / (1 + math.Exp(-float64(v[3]))),
		}
	}
	return out
}

// mirrored are the points of the mirror image, left and right having changed places.
func (p points) mirrored() (out points) {
	for k, from := range [Count]int{1, 0, 2, 4, 3} {
		out[k] = p[from]
		out[k].x = -out[k].x
	}
	return out
}

// with is the mean of two looks at one face, the surer one counting more. The variance is the mean of both, weighted
// alike, and what the two differ by: looks at the same picture err together, so that a mean of them is not surer by itself.
func (p points) with(q points) (out points) {
	for k := range out {
		a, b := p[k], q[k]
		wa, wb := 1/a.variance, 1/b.variance
		sum := wa + wb
		wa, wb = wa/sum, wb/sum
		dx, dy := a.x-b.x, a.y-b.y
		out[k] = point{
			x: wa*a.x + wb*b.x, y: wa*a.y + wb*b.y,
			variance: wa*a.variance + wb*b.variance + wa*wb*(dx*dx+dy*dy)/2,
			visible:  (a.visible + b.visible) / 2,
		}
	}
	return out
}
