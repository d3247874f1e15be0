package sim

// fetch returns the color of the atlas at a place, bilinear, in linear light, and the
// fourth number.
func fetch(paint []rgbx, x, y float32) (vec, float32) {
	x, y = max(x-0.5, 0), max(y-0.5, 0)
	i, j := int(x), min(int(y), atlasHeight-2)
	u, v := x-float32(i), min(y-float32(j), 1)
	for i >= atlasWidth {
		i -= atlasWidth
	}
	right := i + 1
	if right == atlasWidth {
		right = 0
	}
	top, below := paint[j*atlasWidth:(j+1)*atlasWidth], paint[(j+1)*atlasWidth:(j+2)*atlasWidth]
	a, b, c, d := top[i], top[right], below[i], below[right]
	wb, wc, wd := float32(u*(1-v)), float32((1-u)*v), float32(u*v)
	wa := 1 - wb - wc - wd
	at := func(k int) float32 {
		return float32(float32(float32(wa*float32(a[k]))+float32(wb*float32(b[k]))+float32(wc*float32(c[k]))+float32(wd*float32(d[k]))) * (1.0 / 255))
	}
	return linear(vec{at(0), at(1), at(2)}), at(3)
}

// linear turns displayed values into amounts of light. The display's curve is taken to be
// a square, which, unlike sRGB's, every processor computes the same.
func linear(c vec) vec { return c.times(c) }

// shade fills the pixels.
func (s *scene) shade() {
	c := &s.canvas
	width := c.width / supersampling
	for i := range c.pixels {
		x, y := i%width, i/width
		first := y*supersampling*c.width + x*supersampling
		at := [...]int{first, first + 1, first + c.width, first + c.width + 1}
		if len(c.glass) == 0 {
			c.pixels[i] = s.pixel(x, y, at)
			continue
		}
		var sum vec
		for _, j := range at {
			light := s.behind.at(x, y)
			if p := &c.samples[j]; p.near > 0 {
				light = s.color(p)
			}
			if c.glass[j].near > 0 {
				light = s.through(&c.glass[j], light)
			}
			sum = sum.add(light)
		}
		c.pixels[i] = sum.scale(1.0 / (supersampling * supersampling))
	}
}

// pixel returns the mean over the samples of a pixel. Those that show one triangle are
// shaded together, where they are on average.
func (s *scene) pixel(x, y int, at [supersampling * supersampling]int) vec {
	var sum vec
	done := 0
	for k, j := range at {
		if done>>k&1 != 0 {
			continue
		}
		p := s.canvas.samples[j]
		n := float32(1)
		for l := k + 1; l < len(at); l++ {
			if q := &s.canvas.samples[at[l]]; q.tri == p.tri && (q.near > 0) == (p.near > 0) {
				p.w[0] += q.w[0]
				p.w[1] += q.w[1]
				n++
				done |= 1 << l
			}
		}
		if p.near == 0 {
			sum = sum.plus(n, s.behind.at(x, y))
			continue
		}
		if n > 1 {
			p.w[0] /= n
			p.w[1] /= n
		}
		sum = sum.plus(n, s.color(&p))
	}
	return sum.scale(1.0 / (supersampling * supersampling))
}

// color returns the light that comes from a sample.
func (s *scene) color(p *sample) vec {
	t := &s.tris[p.tri]
	w0, w1 := p.w[0], p.w[1]
	w2 := 1 - w0 - w1
	if t.of == onPhoto {
		return s.photo.worn(s, t, w0, w1, w2)
	}
	if t.of == onRelief {
		x, y := s.place(t, w0, w1, w2)
		return s.photo.crop.sample(x-0.5, y-0.5)
	}
	light := s.blendVec(s.light, t, w0, w1, w2)
	gleam := s.blend(s.gleam, t, w0, w1, w2)
	look := &s.id.look
	switch t.of {
	case onBody:
		c, gloss := s.skinAt(t, w0, w1)
		return c.times(light).plus(float32(0.16*float32(gloss*gleam)), s.lamps.keyColor)
	case onHair:
		x, y := s.onAtlas(t, w0, w1)
		c, _ := fetch(s.id.hair, x, y)
		return c.times(light).plus(float32(0.05*gleam), s.lamps.keyColor)
	case onStrand:
		return s.strandAt(t, w0, w1).times(light).plus(float32(0.05*gleam), s.lamps.keyColor)
	case onCloth:
		return linear(look.cloth[0]).times(light)
	case onLash:
		return linear(mix(look.hair.scale(0.5), look.skin, 0.25)).times(light)
	case onTeeth:
		return linear(vec{0.86, 0.82, 0.74}).times(light).plus(float32(0.1*gleam), s.lamps.keyColor)
	case onThing:
		th := &s.things[t.thing]
		q := s.blendVec(s.at, t, w0, w1, w2)
		knit := 1 + float32(th.weave*tiles().grain.at(float32(q[0]*90), float32(q[1]*90)))
		return linear(th.color.scale(knit)).times(light).plus(float32(th.gloss*gleam), s.lamps.keyColor)
	}
	return s.eye(t, w0, w1, w2, light)
}

// skinAt returns the skin's color and gloss.
func (s *scene) skinAt(t *drawn, w0, w1 float32) (vec, float32) {
	x, y := s.onBodyAtlas(t, w0, w1)
	c, gloss := fetch(s.id.skin, x, y)
	if m := human(); m.earMost(t.v) > 0 {
		// The map is of the head behind the ears, where there may be hair.
		ear := s.blend(m.masks[ears], t, w0, w1, 1-w0-w1)
		c = mix(c, linear(s.id.look.skin.scale(0.97)), step(0, 0.2, ear))
	}
	return c, gloss
}

// strandAt returns the color of hair that hangs.
func (s *scene) strandAt(t *drawn, w0, w1 float32) vec {
	u, v := s.place(t, w0, w1, 1-w0-w1)
	h := &s.id.look
	strand := tiles().strands.at(u, v)
	if h.hairs.curl > 0 {
		strand = lerp(strand, tiles().speckles.at(float32(u*2), float32(v*4)), float32(0.7*h.hairs.curl))
	}
	return linear(h.hair.scale(1 + float32(0.32*strand)))
}

// onBodyAtlas is onAtlas for triangles of the mesh.
func (s *scene) onBodyAtlas(t *drawn, w0, w1 float32) (x, y float32) {
	a := skinAtlas()
	c := a.corners(&t.v)
	w2 := 1 - w0 - w1
	x = float32(w0*c[0][0]) + float32(w1*c[1][0]) + float32(w2*c[2][0])
	y = float32(w0*c[0][1]) + float32(w1*c[1][1]) + float32(w2*c[2][1])
	return float32(x * atlasWidth), float32(y * atlasHeight)
}

// eye is the white, the iris and the pupil, with the lamp mirrored in it.
func (s *scene) eye(t *drawn, w0, w1, w2 float32, light vec) vec {
	m := human()
	q := m.base[t.v[0]].scale(w0).plus(w1, m.base[t.v[1]]).plus(w2, m.base[t.v[2]])
	d := q.sub(eyeCenters()[t.of-onLeftEye]).unit()
	along := d.dot(s.shot.Expression.gaze())
	c := vec{0.84, 0.82, 0.80}
	c = mix(c, vec{0.68, 0.46, 0.42}, float32(0.5*step(0.75, 0.35, along)))
	iris := mix(s.id.look.iris, s.id.look.iris.scale(0.45), step(0.915, 0.885, along))
	c = mix(c, iris, step(0.862, 0.884, along))
	c = mix(c, vec{0.02, 0.015, 0.015}, step(0.968, 0.98, along))
	n := s.blendVec(s.normal, t, w0, w1, w2).unit()
	g := max(0, n.dot(s.lamps.half))
	for range 8 {
		g = float32(g * g)
	}
	lid := step(0.95, 0.25, d[1]) // the upper lid's shadow
	return linear(c).times(light.scale(float32(0.9*lid))).plus(float32(0.7*float32(g*lid)), s.lamps.keyColor)
}

// through returns the light that comes through a glass and from it.
func (s *scene) through(p *sample, behind vec) vec {
	t := &s.tris[p.tri]
	w0, w1 := p.w[0], p.w[1]
	w2 := 1 - w0 - w1
	th := &s.things[t.thing]
	n := s.blendVec(s.normal, t, w0, w1, w2).unit()
	if n[2] < 0 {
		n = n.scale(-1)
	}
	g := max(0, n.dot(s.lamps.half))
	for range 7 {
		g = float32(g * g)
	}
	slant := 1 - n[2]
	sky := s.lamps.sky.scale(0.012 + float32(0.2*float32(slant*slant)))
	return behind.times(linear(th.color)).scale(th.clear).add(linear(th.color).times(s.lamps.sky).scale(0.1*(1-th.clear))).add(sky).plus(float32(th.gloss*g), s.lamps.keyColor)
}
