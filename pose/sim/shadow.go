package sim

// shadowSize is the side of the shadow map: a sample is about 4 millimeters.
const shadowSize = 96

// shadowMap is how near to the lamp the first thing in its way is, seen from a lamp far
// away.
type shadowMap struct {
	right, up, toward vec
	screen            []vec
	depth             [shadowSize * shadowSize]float32
}

const (
	shadowReach = 2.0 // half the side of what the map shows, in decimeters
	shadowBias  = 0.05
)

// castShadows draws the head as the lamp sees it.
func (s *scene) castShadows() {
	m := &s.shadow
	m.toward = s.lamps.key
	m.right = vec{0, 1, 0}.cross(m.toward).unit()
	if m.right == (vec{}) {
		m.right = vec{1, 0, 0}
	}
	m.up = m.toward.cross(m.right)
	for i := range m.depth {
		m.depth[i] = -100
	}
	m.screen = resize(m.screen, len(s.at))
	for i, p := range s.at {
		m.screen[i] = m.place(p)
	}
	for i := range s.tris {
		if t := &s.tris[i]; t.of == onBody || t.of == onHair || t.of == onStrand || t.of == onThing {
			m.draw(t)
		}
	}
}

func (m *shadowMap) place(p vec) vec {
	const scale = shadowSize / (2 * shadowReach)
	return vec{float32(p.dot(m.right)*scale) + shadowSize/2, shadowSize/2 - float32(p.dot(m.up)*scale), p.dot(m.toward)}
}

func (m *shadowMap) draw(t *drawn) {
	a, b, c := m.screen[t.v[0]], m.screen[t.v[1]], m.screen[t.v[2]]
	area := float32((b[0]-a[0])*(c[1]-a[1])) - float32((b[1]-a[1])*(c[0]-a[0]))
	if area == 0 || area > 0 && !t.of.bothSides() {
		return
	}
	left, right := span(a[0], b[0], c[0])
	top, bottom := span(a[1], b[1], c[1])
	x0, x1 := max(0, int(left)), min(shadowSize-1, int(right))
	y0, y1 := max(0, int(top)), min(shadowSize-1, int(bottom))
	inv := 1 / area
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			px, py := float32(x)+0.5, float32(y)+0.5
			w0 := float32((float32((c[0]-b[0])*(py-b[1])) - float32((c[1]-b[1])*(px-b[0]))) * inv)
			w1 := float32((float32((a[0]-c[0])*(py-c[1])) - float32((a[1]-c[1])*(px-c[0]))) * inv)
			if w2 := 1 - w0 - w1; w0 >= 0 && w1 >= 0 && w2 >= 0 {
				if z := float32(w0*a[2]) + float32(w1*b[2]) + float32(w2*c[2]); z > m.depth[y*shadowSize+x] {
					m.depth[y*shadowSize+x] = z
				}
			}
		}
	}
}

// lit returns how much of the lamp is to be seen from a place of a surface, 0 to 1.
func (m *shadowMap) lit(p, n vec) float32 {
	if n.dot(m.toward) <= 0 {
		return 1 // turned away from the lamp, which does for a shadow
	}
	q := m.place(p.plus(shadowBias, n))
	x, y := q[0]-0.5, q[1]-0.5
	i, j := int(x), int(y)
	if i < 0 || j < 0 || i >= shadowSize-1 || j >= shadowSize-1 {
		return 1
	}
	u, v := x-float32(i), y-float32(j)
	free := func(i, j int) float32 { return step(0.12, 0.02, m.depth[j*shadowSize+i]-q[2]) }
	return lerp(lerp(free(i, j), free(i+1, j), u), lerp(free(i, j+1), free(i+1, j+1), u), v)
}
