package sim

// rgbx is a texel or a pixel as displayed: red, green, blue, and one number more.
type rgbx [4]uint8

func pack(c vec, last float32) rgbx {
	return rgbx{byteOf(c[0]), byteOf(c[1]), byteOf(c[2]), byteOf(last)}
}

func byteOf(x float32) uint8 { return uint8(float32(clamp01(x)*255) + 0.5) }

// darken multiplies each channel by 1 - t*by.
func darken(c vec, t float32, by vec) vec {
	return vec{c[0] * (1 - float32(t*by[0])), c[1] * (1 - float32(t*by[1])), c[2] * (1 - float32(t*by[2]))}
}

// paint bakes a person's skin, with gloss as the fourth number, and the hair that stands
// out from it, with the share of it that covers as the fourth.
func (l *look) paint() (skin, hair []rgbx) {
	a, n := skinAtlas(), tiles()
	skin, hair = make([]rgbx, len(a.texels)), make([]rgbx, len(a.texels))
	shift := float32(l.seed & 0xff)
	for i := range a.texels {
		t := &a.texels[i]
		if !t.ok {
			continue
		}
		x, y := float32(i%atlasWidth)+shift, float32(i/atlasWidth)-shift
		grain := n.grain.at(x, y)
		c := l.complexion(t, n.clouds.at(float32(0.8*x), float32(0.8*y)), grain, n.speckles.at(float32(2.7*y), float32(2.7*x)))
		gloss := float32(l.gloss * (0.35 + float32(0.4*t.lips) + float32(0.25*t.zones.nose)))
		strand := l.strand(t, shift, grain)
		cover, shell := l.hairAt(t, strand, grain)
		tint := 1 + float32(0.32*strand)
		h := l.hair.scale(tint)
		c = mix(c, h, cover)
		if t.zones.brow > 0 {
			b := l.brow.at(t.at, strand, grain)
			c = mix(c, l.browColor.scale(1+float32(0.2*grain)), b)
		}
		skin[i] = pack(c, gloss*(1-cover))
		hair[i] = pack(h, shell)
	}
	l.paintMoles(a, skin)
	return skin, hair
}

// complexion is the skin's color without hair.
func (l *look) complexion(t *texel, cloud, grain, speckle float32) vec {
	z := t.zones
	c := l.skin.scale(1 + float32(l.mottle*(float32(0.05*cloud)+float32(0.03*grain))))
	red := float32(l.blush*(float32(0.45*z.cheek)+float32(0.4*z.nose))) + float32(0.15*l.redness*0.3) + float32(l.mottle*float32(0.12*cloud))
	c = darken(c, clamp01(red), vec{0.02, 0.17, 0.18})
	if max(z.socket, t.lids) > 0 {
		c = darken(c, float32(l.socket*float32(0.55*z.socket))+float32(0.4*t.lids), vec{0.17, 0.24, 0.22})
	}
	if z.bag > 0 {
		c = darken(c, float32(l.bag*z.bag), vec{0.12, 0.17, 0.12})
	}
	if l.shadow > 0 && t.lids > 0 {
		c = mix(c, l.cloth[1].scale(0.6), float32(l.shadow*float32(0.5*t.lids)))
	}
	if l.freckles > 0 && z.freckle > 0 {
		c = darken(c, float32(l.freckles*z.freckle)*step(0.35, 0.75, speckle), vec{0.17, 0.27, 0.31})
	}
	if l.wrinkles > 0 && max(z.forehead, z.crow) > 0 {
		c = darken(c, float32(l.wrinkles*l.furrows(t, cloud)), vec{0.2, 0.24, 0.25})
	}
	if z.fold > 0 {
		c = darken(c, float32((0.15+float32(0.5*l.wrinkles))*z.fold), vec{0.14, 0.18, 0.18})
	}
	if t.lips > 0 {
		lip := l.lip.scale(1 + float32(0.06*grain))
		c = mix(c, lip, float32(0.9*t.lips))
	}
	return c
}

// furrows of the forehead and at the outer corners of the eyes.
func (l *look) furrows(t *texel, cloud float32) float32 {
	q, z := t.at, t.zones
	lines := step(0.1, 1.2, sin(float32(q[1]*36)+float32(1.6*cloud)))
	feet := step(0.2, 1.2, sin(float32((q[1]-7.25)*44)/(abs(q[0])+0.2)+cloud))
	return float32(0.5*float32(lines*z.forehead)) + float32(0.4*float32(feet*z.crow))
}

// strand is the hair's pattern: along strands if it is straight, without direction if it
// is curly.
func (l *look) strand(t *texel, shift, grain float32) float32 {
	n := tiles()
	s := n.strands.at(float32(t.across*40.743)+shift, float32(t.along*22))
	if l.hairs.curl > 0 {
		curl := n.speckles.at(float32(t.across*90), float32(t.along*110))
		s = lerp(s, float32(0.8*curl)+float32(0.5*grain), l.hairs.curl)
	}
	return s
}

// hairAt returns how much of the skin is covered by hair, and how much of the shell of
// hair above it is there.
func (l *look) hairAt(t *texel, strand, grain float32) (cover, shell float32) {
	h := &l.hairs
	if t.at[1] > 6.2 && h.cover > 0 && (t.at[2] < 1.05 || t.at[1] > 7.2) {
		d := h.inside(t.at)
		cover = float32(h.cover * step(-0.09, 0.07, d+float32(0.03*strand)))
		shell = step(-0.06, 0.06, d+float32(0.05*strand)-0.01)
	}
	b, z := &l.beard, t.zones
	if z == &noZones {
		return cover, shell
	}
	full := max(float32(b.jaw*max(z.jaw, z.sideburn)), float32(b.moustache*z.moustache), float32(b.chin*z.chin))
	grow := float32(full * (0.85 + float32(0.3*grain)))
	if stubble := float32(b.stubble * max(z.jaw, z.moustache, z.chin, float32(0.7*z.sideburn))); stubble > 0 {
		grow = max(grow, float32(stubble*(0.45+float32(0.25*grain))))
	}
	return max(cover, min(grow, 0.95)), max(shell, step(0.35, 0.75, full+float32(0.25*strand)))
}

// at returns how much of a place of the base mesh the brow covers.
func (b *brow) at(q vec, strand, grain float32) float32 {
	ax := abs(q[0])
	x := (ax - b.inner) / (b.outer - b.inner)
	if x < -0.2 || x > 1.2 {
		return 0
	}
	middle := 7.49 + b.height + float32(b.tilt*(x-0.4)) + float32(b.arch*sin(float32(2.3*clamp01(x)))) - float32(0.06*step(0.65, 1.1, x))
	thick := float32(b.thick * (1 - float32(0.6*step(0.4, 1.1, x))))
	e := abs(q[1]-middle) / thick
	m := step(1.5, 0.45, e) * step(-0.12, 0.12, x) * step(1.15, 0.85, x)
	return clamp01(float32(b.density*m) * (0.9 + float32(0.3*grain)))
}

// paintMoles puts brown spots on the skin, softer than a pixel is large.
func (l *look) paintMoles(a *atlas, skin []rgbx) {
	for _, i := range a.front {
		q := &a.texels[i].at
		for _, m := range l.moles {
			dx, dy := q[0]-m.at[0], q[1]-m.at[1]
			if abs(dx) > 0.05 || abs(dy) > 0.05 {
				continue
			}
			d := sqrt(float32(dx*dx) + float32(dy*dy))
			s := &skin[i]
			c := vec{float32(s[0]) / 255, float32(s[1]) / 255, float32(s[2]) / 255}
			c = darken(c, float32(m.dark*step(float32(1.6*m.radius), float32(0.3*m.radius), d)), vec{0.55, 0.68, 0.7})
			*s = pack(c, float32(s[3])/255)
		}
	}
}
