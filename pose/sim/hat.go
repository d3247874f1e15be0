package sim

import "math"

// underHat returns how far above the hem of a hat a place of the base mesh is.
func underHat(q vec, low float32) float32 {
	return q[1] - lerp(7.32, 7.84-low, step(-0.5, 1.15, q[2]))
}

// hat is a layer above the scalp, with a peak or a brim.
func (w *wardrobe) hat(kind Hat) {
	h := &w.id.look.hairs
	low := w.between(-0.08, 0.12)
	loft, hem := w.between(0.03, 0.1), float32(0.09)
	if kind == Beanie {
		loft, hem = w.between(0.05, 0.25), 0
	}
	press := 0.1 + float32(0.35*max(h.sides, h.top))
	if h.cover == 0 {
		press = 0.07
	}
	w.pressHair(low)
	crown := w.crown(low, hem, press, loft)
	n := w.thing(thing{color: w.cloth(), weave: w.between(0.05, 0.3)})
	w.addShellAs(crown, onThing, n)
	if kind == Beanie {
		return
	}
	var brim surface
	from, to := float32(-0.95), float32(0.95)
	out := w.between(0.5, 0.75)
	if kind == Brimmed {
		from, to, out = -math.Pi, math.Pi, w.between(0.4, 0.75)
	}
	w.brim(&brim, from, to, out, press, low)
	w.addSurface(brim.finish(), onThing, w.thing(thing{color: w.cloth(), weave: 0.1}))
}

// pressHair makes room: what is under a hat lies closer to the head.
func (w *wardrobe) pressHair(low float32) {
	m := human()
	for k, i := range w.id.shell.of {
		if under := underHat(m.base[i], low); under > -0.12 {
			at := &w.at[len(m.base)+k]
			*at = mix(*at, w.at[i].plus(0.02, w.normal[i]), float32(0.8*step(-0.12, 0.05, under)))
		}
	}
	for i := range w.id.hanging.at {
		at := &w.at[len(m.base)+len(w.id.shell.of)+i]
		over := step(-0.1, 0.25, at[1]-w.id.fit(lerp(7.32, 7.84, step(-0.5, 1.15, at[2]-w.id.axis()+0.3))))
		axis := vec{0, at[1], w.id.axis()}
		*at = mix(*at, axis, float32(0.3*over))
	}
}

// crown is the part of a hat that sits on the head; its hem may reach below the line.
func (w *wardrobe) crown(low, hem, press, loft float32) *shell {
	m := human()
	number := unnumbered(len(m.base))
	out := &shell{}
	for _, t := range m.tris {
		highest := max(underHat(m.base[t.v[0]], low), underHat(m.base[t.v[1]], low), underHat(m.base[t.v[2]], low))
		if t.part != body || highest < -hem || m.base[t.v[0]][1] < 6.9 || m.earMost(t.v) > 0.25 {
			continue
		}
		out.add(t.v, number, func(i int32) (float32, float32, float32) {
			up := underHat(m.base[i], low) + hem
			return press + float32(0.04*step(0, 0.12, up)), float32(loft * step(0.1, 0.7, up)), up
		})
	}
	return out
}

// brim adds a shade around a part of the head, given in angles from the front.
func (w *wardrobe) brim(f *surface, from, to, out, press, low float32) {
	const columns, rows = 41, 4
	profile := w.id.outline()
	for c := range columns {
		t := float32(c) / (columns - 1)
		a := lerp(from, to, t)
		full := min(step(0, 0.3, t), step(1, 0.7, t))
		if to > 3 {
			full = 1
		}
		z := cos(a)
		y := w.id.fit(lerp(7.32, 7.84-low, step(-0.5, 1.15, float32(z*0.95)+0.3)) + 0.02)
		row := &profile[int((a+2*math.Pi)*(outlineColumns/(2*math.Pi)))%outlineColumns]
		for r := range rows {
			d := row.at(y) + press - 0.08 + float32(float32(out*full)*float32(r)/(rows-1))
			drop := float32(0.1 * float32(r) / (rows - 1))
			f.at = append(f.at, vec{float32(sin(a) * d), y - drop, w.id.axis() + float32(z*d)})
			f.uv = append(f.uv, [2]float32{})
			f.cut = append(f.cut, 1)
		}
	}
	f.grid(columns, rows)
}
