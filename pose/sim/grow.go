package sim

import "math"

// growHair makes the layer of hair and beard above the skin.
func (id *Identity) growHair(m *mesh) {
	h, b, a := &id.look.hairs, &id.look.beard, skinAtlas()
	number, out := unnumbered(len(m.base)), make([]float32, len(m.base))
	for i, q := range m.base {
		if q[1] < neckEnd || m.masks[ears][i] > 0.25 {
			continue
		}
		if h.cover > 0 && h.top > 0.03 {
			if d := h.inside(q); d > -0.1 {
				lump := 1 + float32(lerp(0.1, 0.2, h.curl)*tiles().clouds.at(float32(q[0]*60)+float32(id.look.seed%251), float32(q[1]*60)+float32(q[2]*60)))
				out[i] = float32(h.volume(q) * float32(lump*step(-0.02, 0.38, d)))
			}
		}
		if b.length > 0 {
			z := &a.zones[i]
			out[i] = max(out[i], float32(b.length*max(float32(b.jaw*max(z.jaw, float32(0.6*z.sideburn))), float32(0.5*float32(b.moustache*z.moustache)), float32(b.chin*z.chin))))
		}
	}
	s := &id.shell
	for _, t := range m.tris {
		if t.part != body || max(out[t.v[0]], out[t.v[1]], out[t.v[2]]) < 0.004 {
			continue
		}
		if min(m.base[t.v[0]][1], m.base[t.v[1]][1], m.base[t.v[2]][1]) < neckEnd || m.earMost(t.v) > 0.25 {
			continue
		}
		s.add(t.v, number, func(i int32) (float32, float32, float32) {
			return out[i] + 0.006, float32(0.25 * out[i] * step(7.6, 8.3, m.base[i][1])), 1
		})
	}
}

// unnumbered returns the numbers of vertices that are in no shell yet.
func unnumbered(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = -1
	}
	return out
}

// earMost returns how much a triangle belongs to an ear.
func (m *mesh) earMost(t [3]int32) float32 {
	e := m.masks[ears]
	return max(e[t[0]], e[t[1]], e[t[2]])
}

// add adds a triangle of the body, and those of its vertices that are not in the shell
// yet.
func (s *shell) add(t [3]int32, number []int32, vertex func(int32) (out, lift, cut float32)) {
	var c [3]int32
	for k, i := range t {
		if number[i] < 0 {
			number[i] = int32(len(s.of))
			out, lift, cut := vertex(i)
			s.of, s.out, s.lift, s.cut = append(s.of, i), append(s.out, out), append(s.lift, lift), append(s.cut, cut)
		}
		c[k] = number[i]
	}
	s.tris = append(s.tris, c)
}

// dress puts a shirt above the torso, whose neckline the cut follows.
func (id *Identity) dress(m *mesh) {
	number := unnumbered(len(m.base))
	deep := float32(id.look.seed>>8&0xff) / 255
	v := float32(id.look.seed >> 16 & 1)
	line := func(q vec) float32 {
		dip := float32(deep * 0.5 * step(0.1, 0.7, q[2]))
		dip = float32(dip * step(1.0, 0.55, abs(q[0])))
		dip = float32(dip * lerp(1, step(0.6, 0.0, abs(q[0])), v))
		return 5.93 - float32(0.2*step(-0.2, 0.7, q[2])) - dip + step(0.7, 1.1, abs(q[0]))
	}
	for _, t := range m.tris {
		if t.part != body || max(m.base[t.v[0]][1], m.base[t.v[1]][1], m.base[t.v[2]][1]) > 6.3 {
			continue
		}
		id.dressed.add(t.v, number, func(i int32) (float32, float32, float32) { return 0.05, 0, line(m.base[i]) - m.base[i][1] })
	}
}

const (
	hangColumns = 36
	hangRows    = 14
)

// hang makes the hair that hangs around the head, or the bun.
func (id *Identity) hang() {
	h := &id.look.hairs
	if h.bun > 0 {
		id.hanging.ball(id.onHead(h.bunAt), vec{float32(h.bun * 1.05), h.bun, float32(h.bun * 0.85)})
	}
	if h.drop == 0 {
		return
	}
	profile := id.outline()
	s := &id.hanging
	for c := range hangColumns {
		t := float32(c) / (hangColumns - 1)
		angle := lerp(h.opening, 2*math.Pi-h.opening, t)
		sine, cosine := sin(angle), cos(angle)
		edge := min(t, 1-t)
		row := profile[int(float32(angle*(outlineColumns/(2*math.Pi))))%outlineColumns]
		top := id.fit(7.85 - float32(0.2*step(0.2, 0, edge)))
		reach := row.at(top) - 0.04 // it begins below the layer on the scalp
		for r := range hangRows {
			down := float32(r) / (hangRows - 1)
			y := lerp(top, id.fit(h.drop), down)
			wide := row.at(y)
			reach = max(float32(reach*0.985), wide)
			if down > 0.35 && y < id.fit(7) {
				reach = max(wide, lerp(reach, wide, 0.12))
			}
			volume := float32(float32(h.sides*0.75)*step(0, 0.25, down)) + float32(0.05*step(0, 0.3, down))
			wave := float32(h.wave * float32(0.05*sin(float32(y*7)+float32(angle*3))*step(7.4, 6.4, y)))
			d := reach + volume + wave
			at := vec{float32(sine * d), y, id.axis() + float32(cosine*d)}
			s.at = append(s.at, at)
			s.uv = append(s.uv, [2]float32{float32(angle * 40.743), float32(y * 20)})
			s.cut = append(s.cut, min(step(1, 0.86, down), step(-0.06, 0.02, edge)))
		}
	}
	s.grid(hangColumns, hangRows)
	s.normal = make([]vec, len(s.at))
	normalsOf(s.at, s.tris, s.normal)
}

// grid joins columns of rows by triangles.
func (s *surface) grid(columns, rows int) {
	first := len(s.at) - columns*rows
	for c := range columns - 1 {
		for r := range rows - 1 {
			i := int32(first + c*rows + r)
			j := i + int32(rows)
			s.tris = append(s.tris, [3]int32{i, i + 1, j}, [3]int32{j, i + 1, j + 1})
		}
	}
}

// ball adds an ellipsoid.
func (s *surface) ball(center, radius vec) {
	const columns, rows = 17, 9
	for c := range columns {
		for r := range rows {
			a, b := float32(c)*(2*math.Pi/(columns-1)), float32(r)*(math.Pi/(rows-1))
			d := vec{float32(sin(a) * sin(b)), cos(b), float32(cos(a) * sin(b))}
			s.at = append(s.at, center.add(d.times(radius)))
			s.uv = append(s.uv, [2]float32{float32(a * 40), float32(b * 30)})
			s.cut = append(s.cut, 1)
		}
	}
	s.grid(columns, rows)
	s.normal = make([]vec, len(s.at))
	normalsOf(s.at, s.tris, s.normal)
}

const (
	outlineColumns = 24
	outlineRows    = 26
	outlineBottom  = 5.6
	outlineTop     = 8.7
)

// outlineRow is how far the head reaches from its axis in one direction, from the neck
// up.
type outlineRow [outlineRows]float32

func (o *outlineRow) at(y float32) float32 {
	x := float32((min(max(y, outlineBottom), outlineTop) - outlineBottom) * ((outlineRows - 1) / (outlineTop - outlineBottom)))
	i := min(int(x), outlineRows-2)
	return lerp(o[i], o[i+1], x-float32(i))
}

// axis is where the head's axis lies, in front of the origin.
func (id *Identity) axis() float32 { return id.center[2] - 0.5 }

// outline measures the head in all directions, its ears included.
func (id *Identity) outline() *[outlineColumns]outlineRow {
	var o [outlineColumns]outlineRow
	p := places()
	for _, set := range [][]int32{p.outer, p.ears[0], p.ears[1]} {
		for _, i := range set {
			q := id.shape[i]
			dx, dz := q[0], q[2]-id.axis()
			r := sqrt(float32(dx*dx) + float32(dz*dz))
			a := float32((atan2(dx, dz) + 2*math.Pi) * (outlineColumns / (2 * math.Pi)))
			y := float32((q[1] - outlineBottom) * ((outlineRows - 1) / (outlineTop - outlineBottom)))
			for _, c := range [3]int{int(a - 0.5), int(a), int(a + 0.5)} {
				for _, k := range [2]int{int(y), int(y) + 1} {
					if k >= 0 && k < outlineRows {
						o[c%outlineColumns][k] = max(o[c%outlineColumns][k], r)
					}
				}
			}
		}
	}
	return &o
}

// onHead moves a place of the base mesh to where it is on this head, roughly.
func (id *Identity) onHead(q vec) vec {
	scale := (id.top - id.chin) / (8.49 - 6.2)
	return vec{q[0], id.chin + float32((q[1]-6.2)*scale), q[2] + id.axis() - 0.35}
}
