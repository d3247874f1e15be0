package sim

import (
	"math"
	"sync"
)

// material says how a triangle is drawn. The first are the parts of the mesh.
type material uint8

const (
	onBody    = material(body)
	onLeftEye = material(leftEye)
	onLash    = material(lash)
	onTeeth   = material(teeth)
)

const (
	onHair   material = iota + material(parts) // the shell, painted by the atlas
	onStrand                                   // hair with coordinates of its own
	onCloth                                    // the shirt
	onThing                                    // an occluder in one color
	onGlass                                    // what the scene behind is seen through
	onPhoto                                    // the skin of a Photo
	onRelief                                   // the photo itself
)

// drawn is a triangle of a scene.
type drawn struct {
	v     [3]int32
	of    material
	thing uint8 // number of the thing's color
}

// scene is a person in a shot, ready to be drawn, with the memory that drawing takes. It
// serves one goroutine at a time.
type scene struct {
	id   *Identity
	shot *Shot

	at, normal []vec        // of every vertex, in the frame of the head, then of the camera
	uv         [][2]float32 // of vertices above the mesh's own
	cut        []float32
	tris       []drawn
	things     []thing

	screen []vec // column, row, nearness
	light  []vec // that falls on it
	gleam  []float32
	torso  []float32 // how much a vertex belongs to the torso

	canvas canvas
	lens   lens
	lamps  lamps
	behind backdrop
	shadow shadowMap
	photo  *Photo // if it is one that is turned
}

// thing is an occluder's color, as displayed.
type thing struct {
	color vec
	gloss float32
	weave float32 // how rough cloth is
	clear float32 // share of light that glass lets through
}

var scenes = sync.Pool{New: func() any { return new(scene) }}

// build puts together all surfaces of the person.
func (s *scene) build(id *Identity, shot *Shot) {
	m := human()
	s.id, s.shot = id, shot
	s.at = append(s.at[:0], id.shape...)
	shot.Expression.apply(m, s.at)
	s.normal = resize(s.normal, len(s.at))
	s.uv, s.cut, s.tris, s.torso = s.uv[:0], s.cut[:0], s.tris[:0], s.torso[:0]
	s.things = s.things[:0]
	vertexNormals(s.at, m.tris, s.normal)
	s.torso = append(s.torso, torsoShares()...)
	s.uv = resize(s.uv, len(s.at))
	s.cut = resize(s.cut, len(s.at))
	for _, t := range m.tris {
		s.tris = append(s.tris, drawn{v: t.v, of: material(t.part)})
	}
	s.addShell(&id.shell, onHair)
	s.addSurface(&id.hanging, onStrand, 0)
	s.addShell(&id.dressed, onCloth)
	s.occlude()
}

// resize returns a slice of a length with any content.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

func (s *scene) addShell(h *shell, of material) { s.addShellAs(h, of, 0) }

// addShellAs raises a shell above the body as it is now.
func (s *scene) addShellAs(h *shell, of material, thing uint8) {
	first := int32(len(s.at))
	for k, i := range h.of {
		p := s.at[i].plus(h.out[k], s.normal[i])
		p[1] += h.lift[k]
		s.at = append(s.at, p)
		s.torso = append(s.torso, s.torso[i])
		s.uv = append(s.uv, skinAtlas().place[i])
	}
	s.cut = append(s.cut, h.cut...)
	s.normal = append(s.normal, make([]vec, len(h.of))...)
	normalsOf(s.at[first:], h.tris, s.normal[first:])
	s.addTriangles(h.tris, first, of, thing)
}

// addSurface adds what has a place of its own.
func (s *scene) addSurface(f *surface, of material, thing uint8) {
	first := int32(len(s.at))
	s.at = append(s.at, f.at...)
	s.normal = append(s.normal, f.normal...)
	s.uv = append(s.uv, f.uv...)
	s.cut = append(s.cut, f.cut...)
	s.torso = append(s.torso, make([]float32, len(f.at))...)
	s.addTriangles(f.tris, first, of, thing)
}

func (s *scene) addTriangles(tris [][3]int32, first int32, of material, thing uint8) {
	for _, t := range tris {
		s.tris = append(s.tris, drawn{v: [3]int32{t[0] + first, t[1] + first, t[2] + first}, of: of, thing: thing})
	}
}

// torsoShares returns how much each vertex of the mesh belongs to the torso rather than
// the head.
var torsoShares = sync.OnceValue(func() []float32 {
	m := human()
	out := make([]float32, len(m.base))
	for i, q := range m.base {
		// the throat is lower in front than the nape is behind
		y := q[1] - float32(0.25*step(0.1, 0.8, q[2]))
		out[i] = step(6.35, 5.6, y)
	}
	return out
})

// vertexNormals sets the normals of the mesh's vertices.
func vertexNormals(at []vec, tris []triangle, out []vec) {
	clear(out)
	for _, t := range tris {
		n := at[t.v[1]].sub(at[t.v[0]]).cross(at[t.v[2]].sub(at[t.v[0]]))
		for _, i := range t.v {
			out[i] = out[i].add(n)
		}
	}
	for i := range out {
		out[i] = out[i].unit()
	}
}

// normalsOf sets the normals of a surface's vertices.
func normalsOf(at []vec, tris [][3]int32, out []vec) {
	clear(out)
	for _, t := range tris {
		n := at[t[1]].sub(at[t[0]]).cross(at[t[2]].sub(at[t[0]]))
		for _, i := range t {
			out[i] = out[i].add(n)
		}
	}
	for i := range out {
		out[i] = out[i].unit()
	}
}

// turn moves everything into the frame of the camera, whose origin is the middle of the
// head. The head turns on its neck, which bends, while the torso stays.
func (s *scene) turn() {
	head, torso := rotation(s.shot.Angles), rotation(s.shot.shoulders())
	middle := head.apply(s.id.center.sub(s.id.neck))
	for i, p := range s.at {
		q := p.sub(s.id.neck)
		n := s.normal[i]
		switch w := s.torso[i]; w {
		case 0:
			s.at[i], s.normal[i] = head.apply(q).sub(middle), head.apply(n)
		case 1:
			s.at[i], s.normal[i] = torso.apply(q).sub(middle), torso.apply(n)
		default:
			s.at[i] = mix(head.apply(q), torso.apply(q), w).sub(middle)
			s.normal[i] = mix(head.apply(n), torso.apply(n), w).unit()
		}
	}
}

// lamps are the lights in the frame of the camera, with their colors times their
// strengths.
type lamps struct {
	key, rim           vec // directions towards them
	half               vec // between the key lamp and the camera
	keyColor, rimColor vec
	sky, ground        vec
	exposure           float32
}

func (s *scene) setLamps() {
	l := &s.shot.Light
	left, up := l.LeftDeg*math.Pi/180, l.UpDeg*math.Pi/180
	dir := vec{float32(-math.Sin(left) * math.Cos(up)), float32(math.Sin(up)), float32(math.Cos(left) * math.Cos(up))}
	s.lamps = lamps{
		key: dir, rim: vec{-dir[0] + 0.05, 0.35, -0.6}.unit(), half: dir.add(vec{0, 0, 1}).unit(),
		keyColor: warm(l.Warmth).scale(or(l.Key, 1)),
		rimColor: warm(-l.Warmth).scale(float32(l.Rim)),
		sky:      warm(l.AmbientWarmth).scale(or(l.Ambient, 0.5)),
	}
	s.lamps.ground = s.lamps.sky.scale(0.55).times(warm(0.35))
	// Cameras meter: dark skin is exposed longer, if not quite as much as it is darker.
	lum := s.id.look.skin.dot(vec{0.3, 0.59, 0.11})
	s.lamps.exposure = float32(math.Exp2(l.Exposure)) * float32(0.9*math.Pow(float64(0.72/lum), 0.7))
}

func or(x, otherwise float64) float32 {
	if x == 0 {
		return float32(otherwise)
	}
	return float32(x)
}

// warm returns the color of a light, from blue to orange.
func warm(x float64) vec {
	w := float32(x)
	return vec{1 + float32(0.28*w), 1 + float32(0.03*w), 1 - float32(0.34*w)}
}

// reach is how far light of each color gets around the edge of a shadow on skin, below
// which it is scattered.
var reach = vec{0.30, 0.16, 0.12}

// illuminate computes the light on every vertex.
func (s *scene) illuminate() {
	s.light, s.gleam = resize(s.light, len(s.at)), resize(s.gleam, len(s.at))
	m := human()
	for i, n := range s.normal {
		open, tint := float32(1), vec{1, 1, 1}
		if i < len(m.base) {
			open = m.masks[openness][i]
			if e := m.masks[ears][i]; e > 0 {
				tint = vec{1, 1 - float32(0.16*e), 1 - float32(0.18*e)}
			}
			if parts := partOf(); parts[i] == teeth {
				open = 0.45
			} else if d := m.masks[mouth][i]; d > 0 {
				open = max(open, float32(0.25*d))
				tint = mix(tint, vec{0.4, 0.14, 0.13}, d)
			}
		}
		s.light[i], s.gleam[i] = s.lamps.fall(n, open, s.shadow.lit(s.at[i], n))
		s.light[i] = s.light[i].times(tint)
	}
}

// fall returns the light that falls on a surface, and how much of the lamp it mirrors.
func (l *lamps) fall(n vec, open, lit float32) (light vec, gleam float32) {
	d, r := n.dot(l.key), max(0, n.dot(l.rim))
	up := float32(0.5*n[1]) + 0.5
	lit = float32(lit * lerp(0.7, 1, open))
	for c := range light {
		k := (d + reach[c]) / (1 + reach[c])
		if k < 0 {
			k = 0
		}
		light[c] = float32(float32(k*lit)*l.keyColor[c]) + float32(open*lerp(l.ground[c], l.sky[c], up)) + float32(r*l.rimColor[c])
	}
	g := max(0, n.dot(l.half))
	g = float32(g * g)
	g = float32(g * g)
	g = float32(g * g)
	gleam = float32(float32(g*g) * lit)
	return light, gleam
}
