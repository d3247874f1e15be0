package landmark

import (
	"math"
	"slices"
)

// point is what the network says of one point, in units of the window's side from its
// middle.
type point struct{ x, y, variance, visible float64 }

// points are those of a face, in the order of pose.Landmarks.
type points [Count]point

// read makes points of the network's values for one image: scores [Count * cells *
// cells], and what it says of certainty [2 * Count]. It is Net.Forward, and the loss's
// reading of a raw log sigma.
func (r *Refiner) read(scores, sure []float32) (out points) {
	cells := r.shape.cells
	each := cells * cells
	for k := range out {
		own := scores[k*each:][:each]
		most := float64(slices.Max(own))
		var sum, x, y float64
		for i, s := range own {
			w := math.Exp(float64(s) - most)
			sum += w
			x += w * r.shape.place(i%cells)
			y += w * r.shape.place(i/cells)
		}
		out[k] = point{
			x: x / sum, y: y / sum,
			variance: math.Exp(2 * r.loss.LogSigma(float64(sure[k]))),
			visible:  1 / (1 + math.Exp(-float64(sure[Count+k]))),
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

// with is the mean of two looks at one face, the surer one counting more. The variance is
// the mean of both, weighted alike, and what the two differ by: looks at the same picture
// err together, so that a mean of them is not surer by itself.
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
