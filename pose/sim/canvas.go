package sim

// supersampling is how many samples a pixel has in each direction.
const supersampling = 2

// sample is what is seen at one place: the nearest triangle, and where on it.
type sample struct {
	near float32 // nearness; 0 is the background
	tri  int32
	w    [2]float32 // weights of the triangle's first two corners
}

// canvas is what is seen at every sample.
type canvas struct {
	width, height int // in samples
	samples       []sample
	glass         []sample // the nearest glass, if there is any glass
	pixels        []vec    // linear light
}

func (c *canvas) clear(width, height int) {
	c.width, c.height = width*supersampling, height*supersampling
	c.samples = resize(c.samples, c.width*c.height)
	clear(c.samples)
	c.glass = c.glass[:0]
	c.pixels = resize(c.pixels, width*height)
}

// project puts every vertex on the screen.
func (s *scene) project() {
	s.screen = resize(s.screen, len(s.at))
	for i, p := range s.at {
		q := s.lens.pixel(p)
		s.screen[i] = vec{q[0] * supersampling, q[1] * supersampling, q[2]}
	}
}

// rasterize finds what is seen.
func (s *scene) rasterize() {
	s.canvas.clear(s.lens.width, s.lens.height)
	for i := range s.tris {
		s.draw(int32(i))
	}
}

// draw draws one triangle.
func (s *scene) draw(number int32) {
	t := &s.tris[number]
	a, b, c := s.screen[t.v[0]], s.screen[t.v[1]], s.screen[t.v[2]]
	area := float32((b[0]-a[0])*(c[1]-a[1])) - float32((b[1]-a[1])*(c[0]-a[0]))
	if area == 0 || area > 0 && !t.of.bothSides() {
		return
	}
	v := &s.canvas
	left, right := span(a[0], b[0], c[0])
	top, bottom := span(a[1], b[1], c[1])
	x0, x1 := max(0, int(left)), min(v.width-1, int(right))
	y0, y1 := max(0, int(top)), min(v.height-1, int(bottom))
	if x0 > x1 || y0 > y1 {
		return
	}
	inv := 1 / area
	// Weights of the first two corners at the first sample, and how they change from
	// column to column and row to row.
	px, py := float32(x0)+0.5, float32(y0)+0.5
	w0 := float32((float32((c[0]-b[0])*(py-b[1])) - float32((c[1]-b[1])*(px-b[0]))) * inv)
	w1 := float32((float32((a[0]-c[0])*(py-c[1])) - float32((a[1]-c[1])*(px-c[0]))) * inv)
	dx0, dy0 := float32((b[1]-c[1])*inv), float32((c[0]-b[0])*inv)
	dx1, dy1 := float32((c[1]-a[1])*inv), float32((a[0]-c[0])*inv)
	holes := t.of.hasHoles()
	for y := y0; y <= y1; y++ {
		u0, u1 := w0, w1
		row := v.samples[y*v.width : (y+1)*v.width]
		for x := x0; x <= x1; x++ {
			u2 := 1 - u0 - u1
			if u0 >= 0 && u1 >= 0 && u2 >= 0 {
				z := float32(u0*a[2]) + float32(u1*b[2]) + float32(u2*c[2])
				if t.of == onGlass {
					v.pane(y*v.width+x, sample{z, number, [2]float32{u0, u1}})
				} else if p := &row[x]; z > p.near && (!holes || s.covers(t, u0, u1)) {
					*p = sample{z, number, [2]float32{u0, u1}}
				}
			}
			u0 += dx0
			u1 += dx1
		}
		w0 += dy0
		w1 += dy1
	}
}

// pane keeps the nearest glass in front of what is there already.
func (c *canvas) pane(i int, p sample) {
	if len(c.glass) == 0 {
		c.glass = resize(c.glass, len(c.samples))
		clear(c.glass)
	}
	if p.near > c.samples[i].near && p.near > c.glass[i].near {
		c.glass[i] = p
	}
}

// bothSides tells the materials that are seen from behind too.
func (m material) bothSides() bool {
	return m == onLash || m == onStrand || m == onThing || m == onGlass
}

// hasHoles tells the materials of which not all is there.
func (m material) hasHoles() bool {
	return m == onHair || m == onStrand || m == onCloth || m == onThing
}

// covers tells whether there is something at a place of a triangle with holes.
func (s *scene) covers(t *drawn, w0, w1 float32) bool {
	w2 := 1 - w0 - w1
	switch t.of {
	case onHair:
		return s.id.hair[s.texelIndex(t, w0, w1)][3] > 127
	case onCloth, onThing:
		return s.blend(s.cut, t, w0, w1, w2) > 0
	}
	cut := s.blend(s.cut, t, w0, w1, w2)
	if cut >= 1 {
		return true
	}
	u, v := s.place(t, w0, w1, w2)
	return float32(0.45*tiles().strands.at(u, v))+0.5 < cut
}

func (s *scene) blend(x []float32, t *drawn, w0, w1, w2 float32) float32 {
	return float32(w0*x[t.v[0]]) + float32(w1*x[t.v[1]]) + float32(w2*x[t.v[2]])
}

func (s *scene) blendVec(x []vec, t *drawn, w0, w1, w2 float32) vec {
	a, b, c := &x[t.v[0]], &x[t.v[1]], &x[t.v[2]]
	return vec{
		float32(w0*a[0]) + float32(w1*b[0]) + float32(w2*c[0]),
		float32(w0*a[1]) + float32(w1*b[1]) + float32(w2*c[1]),
		float32(w0*a[2]) + float32(w1*b[2]) + float32(w2*c[2]),
	}
}

// place returns a triangle's own coordinates.
func (s *scene) place(t *drawn, w0, w1, w2 float32) (u, v float32) {
	a, b, c := s.uv[t.v[0]], s.uv[t.v[1]], s.uv[t.v[2]]
	return float32(w0*a[0]) + float32(w1*b[0]) + float32(w2*c[0]), float32(w0*a[1]) + float32(w1*b[1]) + float32(w2*c[1])
}

// onAtlas returns where on the atlas a place of a triangle lies, in texels.
func (s *scene) onAtlas(t *drawn, w0, w1 float32) (x, y float32) {
	w2 := 1 - w0 - w1
	a, b, c := s.uv[t.v[0]], s.uv[t.v[1]], s.uv[t.v[2]]
	if least, largest := span(a[0], b[0], c[0]); largest-least > 0.5 { // across the seam
		for _, p := range []*[2]float32{&a, &b, &c} {
			if p[0] < 0.5 {
				p[0]++
			}
		}
	}
	x = float32(w0*a[0]) + float32(w1*b[0]) + float32(w2*c[0])
	y = float32(w0*a[1]) + float32(w1*b[1]) + float32(w2*c[1])
	return float32(x * atlasWidth), float32(y * atlasHeight)
}

func (s *scene) texelIndex(t *drawn, w0, w1 float32) int {
	x, y := s.onAtlas(t, w0, w1)
	return min(max(int(y), 0), atlasHeight-1)*atlasWidth + int(x)%atlasWidth
}
