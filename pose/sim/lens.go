package sim

import (
	"math"

	"github.com/pifr-go/pifr/pose"
)

// template is where ArcFace's aligned faces of 112x112 pixels have their landmarks, from
// the corner of the picture (the published numbers count from the middle of the first
// pixel).
var template = [5][2]float64{{38.7946, 52.1963}, {74.0318, 52.0014}, {56.5252, 72.2366}, {42.0493, 92.8655}, {71.2299, 92.7041}}

const templateSize = 112

// lens maps the frame of the camera to pixels: by perspective, and then by a similarity.
type lens struct {
	width, height int
	distance      float32    // from the head's middle, decimeters
	a, b          float32    // the similarity's scale and turn
	shift         [2]float32 // where the head's middle is
}

// pixel returns column, row and nearness of a point.
func (l *lens) pixel(p vec) vec {
	f := l.distance / (l.distance - p[2])
	x, y := float32(f*p[0]), float32(-f*p[1])
	return vec{
		l.shift[0] + (float32(l.a*x) - float32(l.b*y)),
		l.shift[1] + (float32(l.b*x) + float32(l.a*y)),
		f,
	}
}

// aim chooses the lens that the shot asks for.
func (s *scene) aim() {
	c := &s.shot.Camera
	l := &s.lens
	l.distance = max(or(c.Distance, 1500)/100, 3)
	zoom := math.Exp(c.Zoom)
	if c.Wide {
		l.width, l.height = orInt(c.Width, orInt(c.Height, 256)), orInt(c.Height, orInt(c.Width, 256))
		head := float64(s.id.top - s.id.chin)
		l.a, l.b = float32(float64(l.height)*float64(or(c.Head, 0.45))/head*zoom), 0
		l.shift = [2]float32{float32(float64(l.width) * (0.5 + c.Shift[0])), float32(float64(float64(l.height)*0.47) + float64(float64(l.width)*c.Shift[1]))}
		return
	}
	side := orInt(c.Width, orInt(c.Height, templateSize))
	l.width, l.height = side, side
	l.a, l.b, l.shift = 1, 0, [2]float32{}
	var from, to [5][2]float64
	scale := float64(side) / templateSize
	for k, p := range s.landmarks() {
		q := l.pixel(p)
		from[k] = [2]float64{float64(q[0]), float64(q[1])}
		to[k] = [2]float64{template[k][0] * scale, template[k][1] * scale}
	}
	a, b, x, y := similarity(from, to)
	// A detector's errors turn and enlarge about the middle of the picture.
	sin, cos := math.Sincos(c.Tilt)
	middle := float64(float64(side) / 2)
	x, y = x-middle, y-middle
	x, y = float64(zoom*(float64(cos*x)-float64(sin*y))), float64(zoom*(float64(sin*x)+float64(cos*y)))
	a, b = zoom*(float64(cos*a)-float64(sin*b)), zoom*(float64(sin*a)+float64(cos*b))
	l.a, l.b = float32(a), float32(b)
	l.shift = [2]float32{float32(x + middle + float64(c.Shift[0]*float64(side))), float32(y + middle + float64(c.Shift[1]*float64(side)))}
}

// similarity returns the map (x, y) -> (a x - b y + dx, b x + a y + dy) that takes one
// set of points as near to another as such maps get: the sum of squared distances is
// least.
func similarity(from, to [5][2]float64) (a, b, dx, dy float64) {
	var f, t [2]float64
	for k := range from {
		for c := range 2 {
			f[c] += from[k][c] / 5
			t[c] += to[k][c] / 5
		}
	}
	var dot, cross, square float64
	for k := range from {
		x, y := from[k][0]-f[0], from[k][1]-f[1]
		u, v := to[k][0]-t[0], to[k][1]-t[1]
		dot += float64(x*u) + float64(y*v)
		cross += float64(x*v) - float64(y*u)
		square += float64(x*x) + float64(y*y)
	}
	a, b = dot/square, cross/square
	return a, b, t[0] - (float64(a*f[0]) - float64(b*f[1])), t[1] - (float64(b*f[0]) + float64(a*f[1]))
}

// landmarks returns the five points in the frame of the camera.
func (s *scene) landmarks() [5]vec {
	var out [5]vec
	for k, vertices := range places().landmarks {
		for _, i := range vertices {
			out[k] = out[k].add(s.at[i])
		}
		out[k] = out[k].scale(1 / float32(len(vertices)))
	}
	return out
}

// rotation returns the matrix of package pose.
func rotation(a pose.Angles) rows {
	m := a.Matrix()
	var out rows
	for i := range 3 {
		for j := range 3 {
			out[i][j] = float32(m.At(i, j))
		}
	}
	return out
}

// The most that a head turns on its shoulders, in radians.
const (
	mostYaw   = 1.05
	mostPitch = 0.6
	mostRoll  = 0.5
)

// shoulders returns how the torso is turned: as asked, but no farther from the head than
// a neck allows.
func (s *Shot) shoulders() pose.Angles {
	follow := func(torso, head, most float64) float64 { return min(max(torso, head-most), head+most) }
	h := s.Angles.Canonical()
	return pose.Angles{
		Yaw:   follow(s.Torso.Yaw, h.Yaw, mostYaw),
		Pitch: follow(s.Torso.Pitch, h.Pitch, mostPitch),
		Roll:  follow(s.Torso.Roll, h.Roll, mostRoll),
	}
}

func orInt(x, otherwise int) int {
	if x <= 0 {
		return otherwise
	}
	return x
}
