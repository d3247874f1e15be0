package sim

import "math"

// Everything that decides a pixel is float32 arithmetic in which each product is rounded
// before it is added to anything: the conversions forbid the compiler to fuse the two,
// which it does on some processors and not on others.

type vec [3]float32

func (a vec) add(b vec) vec { return vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func (a vec) sub(b vec) vec { return vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func (a vec) scale(s float32) vec {
	return vec{float32(a[0] * s), float32(a[1] * s), float32(a[2] * s)}
}
func (a vec) times(b vec) vec {
	return vec{float32(a[0] * b[0]), float32(a[1] * b[1]), float32(a[2] * b[2])}
}
func (a vec) plus(s float32, b vec) vec { return a.add(b.scale(s)) }
func (a vec) norm() float32             { return sqrt(a.dot(a)) }

func (a vec) dot(b vec) float32 {
	return float32(a[0]*b[0]) + float32(a[1]*b[1]) + float32(a[2]*b[2])
}

func (a vec) cross(b vec) vec {
	return vec{
		float32(a[1]*b[2]) - float32(a[2]*b[1]),
		float32(a[2]*b[0]) - float32(a[0]*b[2]),
		float32(a[0]*b[1]) - float32(a[1]*b[0]),
	}
}

// unit returns the direction of a, or zero for zero.
func (a vec) unit() vec {
	n := a.norm()
	if n < 1e-12 {
		return vec{}
	}
	return a.scale(1 / n)
}

// rows is a 3x3 matrix.
type rows [3]vec

func (m rows) apply(v vec) vec { return vec{m[0].dot(v), m[1].dot(v), m[2].dot(v)} }

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// The built-in min and max know about NaN and the sign of zero, and cost several times as
// much as these.

func abs(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}

func clamp01(x float32) float32 {
	if x < 0 {
		return 0
	}
	if x > 1 {
		return 1
	}
	return x
}

// span returns the least and the largest of three.
func span(a, b, c float32) (least, largest float32) {
	if a > b {
		a, b = b, a
	}
	if c < a {
		return c, b
	}
	if c > b {
		return a, c
	}
	return a, b
}

// lerp goes from a to b as t goes from 0 to 1.
func lerp(a, b, t float32) float32 { return a + float32((b-a)*t) }

func mix(a, b vec, t float32) vec {
	return vec{lerp(a[0], b[0], t), lerp(a[1], b[1], t), lerp(a[2], b[2], t)}
}

// step rises smoothly from 0 at a to 1 at b; it falls if b is less than a.
func step(a, b, x float32) float32 {
	t := clamp01((float32(x) - a) / (b - a))
	return float32(float32(t*t) * (3 - float32(2*t)))
}

// bump is 1 in the middle and falls smoothly to 0 at a distance of width.
func bump(middle, width, x float32) float32 { return step(width, 0, abs(x-middle)) }

// near is 1 at the center of an ellipse and falls smoothly to 0 on it.
func near(x, y, cx, cy, rx, ry float32) float32 {
	dx, dy := (x-cx)/rx, (y-cy)/ry
	return step(1, 0, sqrt(float32(dx*dx)+float32(dy*dy)))
}

func atan2(y, x float32) float32 { return float32(math.Atan2(float64(y), float64(x))) }

func sin(x float32) float32 { return float32(math.Sin(float64(x))) }

func cos(x float32) float32 { return float32(math.Cos(float64(x))) }
