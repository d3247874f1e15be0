package sim

import (
	"math"

	"github.com/pifr-go/pifr/pose"
)

// A photo that is turned is a relief: a sheet over its crop, as deep as the head that
// lies under it, and beyond the head's outline as deep as the outline. So hair, ears,
// neck and what else the photo shows move with the face, as where Zhu et al. turn faces
// ("Face Alignment Across Large Poses: A 3D Solution", CVPR 2016, section 4), and turned
// back to where it was the relief is the photo. The head under it shows where the sheet
// is torn or comes to its end.

// reliefStep is how many pixels of the crop lie between two of the relief's vertices.
const reliefStep = 2

// reliefSide is the number of vertices along a side.
const reliefSide = cropSide/reliefStep + 1

// Shape of the relief; lengths in decimeters of the head, and how far something lies to
// the front is measured along the level line of sight of the head, from its middle.
const (
	// reliefJump is the depth between neighboring vertices from which on, at the front of
	// the head, one hides what lies behind it: a nose before a cheek, a chin before a
	// neck. There the relief is torn.
	reliefJump = 0.17
	// reliefFront is how far to the front that begins, and where the background of a
	// profile before the face is left out.
	reliefFront = 0.5
	// reliefSlope bounds how steep the sides of the head are, which the photo shows at a
	// slant or not at all.
	reliefSlope = 2.5
	// reliefBack bounds how far behind the head's middle its outline lies.
	reliefBack = -0.35
	// reliefLift lays the relief over the head.
	reliefLift = 0.015
)

// diffusions is how often the depth beyond the outline is averaged.
const diffusions = 300

// relief is a photo's sheet, in the frame of the head.
type relief struct {
	at   []vec
	uv   [][2]float32 // places in the crop
	tris [][3]int32
	// before is the background in front of a turned face, which would come to lie over
	// the face where that is turned to the front.
	before [][3]int32
}

// raise makes the relief of a scene that shows the head as the photo does, and has been
// rasterized.
func (p *Photo) raise(s *scene) *relief {
	m := rotation(p.angles)
	sheet := s.depths(m)
	torn, before := make([]bool, len(sheet.depth)), make([]bool, len(sheet.depth))
	for i := range torn {
		torn[i] = sheet.jumps(i)
	}
	sheet.flatten()
	sheet.beyond()
	r := &relief{at: make([]vec, len(sheet.depth)), uv: make([][2]float32, len(sheet.depth))}
	back := rows{{m[0][0], m[1][0], m[2][0]}, {m[0][1], m[1][1], m[2][1]}, {m[0][2], m[1][2], m[2][2]}}
	for i, z := range sheet.depth {
		x, y := place(i)
		r.uv[i] = [2]float32{x, y}
		q := s.lens.at(x, y, z+reliefLift)
		r.at[i] = back.apply(q)
		before[i] = torn[i] || !sheet.inside[i] && sheet.front(q) > reliefFront
	}
	one := func(of []bool, t [3]int32) bool { return of[t[0]] || of[t[1]] || of[t[2]] }
	for j := range reliefSide - 1 {
		for i := range reliefSide - 1 {
			a := int32(j*reliefSide + i)
			b, c, d := a+1, a+reliefSide, a+reliefSide+1
			for _, t := range [2][3]int32{{a, c, b}, {b, c, d}} {
				if one(before, t) {
					r.before = append(r.before, t)
				} else {
					r.tris = append(r.tris, t)
				}
			}
		}
	}
	return r
}

// facesAway tells whether a head is turned to one side as far as in its photo, or nearly.
func (p *Photo) facesAway(a pose.Angles) bool {
	own, now := p.angles.Canonical().Yaw, a.Canonical().Yaw
	return math.Abs(now) > math.Abs(own)-nearlyAway && (own*now >= 0 || math.Abs(own) < nearlyAway)
}

// nearlyAway is ten degrees.
const nearlyAway = 10 * math.Pi / 180

// place is where a vertex of the sheet lies in the crop.
func place(i int) (x, y float32) {
	return float32(i % reliefSide * reliefStep), float32(i / reliefSide * reliefStep)
}

// sheet is how far each vertex of a relief lies in front of the head's middle, as the
// camera sees it, and whether it lies on the head.
type sheet struct {
	depth  []float32
	inside []bool
	level  vec     // the head's line of sight, without its ups and downs
	step   float32 // between two vertices, decimeters
	at     []vec
}

// front is how far a point lies to the front of the head.
func (s *sheet) front(q vec) float32 { return q.dot(s.level) }

// depths reads the depths off a scene.
func (s *scene) depths(turn rows) *sheet {
	const n = reliefSide * reliefSide
	out := &sheet{depth: make([]float32, n), inside: make([]bool, n), at: make([]vec, n)}
	out.level = vec{turn[0][2], 0, turn[2][2]}.unit()
	out.step = reliefStep / sqrt(float32(s.lens.a*s.lens.a)+float32(s.lens.b*s.lens.b))
	c := &s.canvas
	for i := range n {
		x := min(i%reliefSide*reliefStep*supersampling, c.width-1)
		y := min(i/reliefSide*reliefStep*supersampling, c.height-1)
		if near := c.samples[y*c.width+x].near; near > 0 {
			out.depth[i], out.inside[i] = max(float32(s.lens.distance*(1-1/near)), reliefBack), true
		}
		u, v := place(i)
		out.at[i] = s.lens.at(u, v, out.depth[i])
	}
	return out
}

// around calls f for a vertex's neighbors.
func around(i int, f func(j int)) {
	x, y := i%reliefSide, i/reliefSide
	if x > 0 {
		f(i - 1)
	}
	if x < reliefSide-1 {
		f(i + 1)
	}
	if y > 0 {
		f(i - reliefSide)
	}
	if y < reliefSide-1 {
		f(i + reliefSide)
	}
}

// jumps tells whether a vertex at the front of the head hides what lies behind it.
func (s *sheet) jumps(i int) (yes bool) {
	if !s.inside[i] || s.front(s.at[i]) < reliefFront {
		return false
	}
	around(i, func(j int) {
		yes = yes || !s.inside[j] || s.depth[i]-s.depth[j] > reliefJump
	})
	return yes
}

// flatten takes the steepness from the sides of the head.
func (s *sheet) flatten() {
	limit := float32(reliefSlope * s.step)
	front := make([]bool, len(s.depth))
	for i, q := range s.at {
		front[i] = s.front(q) > reliefFront
	}
	for range flattenings {
		for i, in := range s.inside {
			if in && !front[i] {
				around(i, func(j int) {
					if s.inside[j] {
						s.depth[i] = max(s.depth[i], s.depth[j]-limit)
					}
				})
			}
		}
	}
}

// flattenings is how many vertices far steepness is taken from the sides.
const flattenings = 12

// beyond continues the depth of the head smoothly.
func (s *sheet) beyond() {
	mean, n := float32(0), float32(0)
	for i, in := range s.inside {
		outline := false
		around(i, func(j int) { outline = outline || !s.inside[j] })
		if in && outline {
			mean, n = mean+s.depth[i], n+1
		}
	}
	if n > 0 {
		mean /= n
	}
	for i, in := range s.inside {
		if !in {
			s.depth[i] = mean
		}
	}
	for range diffusions {
		for i, in := range s.inside {
			if !in {
				sum, n := float32(0), float32(0)
				around(i, func(j int) { sum, n = sum+s.depth[j], n+1 })
				s.depth[i] = sum / n
			}
		}
	}
}

// at is the inverse of pixel for a point of known depth.
func (l *lens) at(x, y, z float32) vec {
	f := l.distance / (l.distance - z)
	u, v := x-l.shift[0], y-l.shift[1]
	size := float32(l.a*l.a) + float32(l.b*l.b)
	px := (float32(l.a*u) + float32(l.b*v)) / size
	py := (float32(l.a*v) - float32(l.b*u)) / size
	return vec{px / f, -py / f, z}
}

// addRelief lays a photo's relief into a scene whose mesh is turned already.
func (s *scene) addRelief(p *Photo) {
	r, m := p.relief, rotation(s.shot.Angles)
	first := int32(len(s.at))
	s.uv = make([][2]float32, first, int(first)+len(r.uv))
	s.uv = append(s.uv, r.uv...)
	for _, q := range r.at {
		s.at = append(s.at, m.apply(q))
	}
	s.normal = append(s.normal, make([]vec, len(r.at))...)
	s.addTriangles(r.tris, first, onRelief, 0)
	if p.facesAway(s.shot.Angles) {
		s.addTriangles(r.before, first, onRelief, 0)
	}
}
