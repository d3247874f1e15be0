package sim

// look is a person's colors, hair and marks.
type look struct {
	melanin, redness float32
	skin, lip, iris  vec // as displayed: red, green, blue in 0 to 1
	hair, browColor  vec
	gloss            float32

	mottle, blush, freckles, socket, bag float32
	wrinkles                             float32
	moles                                []mole
	shadow, lipstick                     float32 // make-up

	brow  brow
	hairs hairdo
	beard beard
	cloth [2]vec
	seed  uint32 // of the patterns
}

type mole struct {
	at     [2]float32 // on the front of the base mesh
	radius float32
	dark   float32
}

type brow struct {
	thick, density, arch, height, tilt, inner, outer float32
}

// beard holds how much of the skin each part covers, 0 to 1, and how far it stands out.
type beard struct {
	jaw, moustache, chin, stubble, length float32
}

// drawLook draws what a person's physique leaves open.
func drawLook(g *genome, p physique) look {
	l := look{seed: uint32(g.rank() * (1 << 32))}
	l.drawSkin(g, p)
	l.drawHairColor(g, p)
	l.drawEyes(g, p)
	l.drawMarks(g, p)
	l.brow = drawBrow(g, p)
	l.beard = drawBeard(g, p)
	l.hairs = drawHairdo(g, p)
	for k := range l.cloth {
		gray := g.within(0.08, 0.85)
		l.cloth[k] = vec{clamp01(gray + g.normal(0.14, 2)), clamp01(gray + g.normal(0.1, 2)), clamp01(gray + g.normal(0.14, 2))}
	}
	return l
}

// tones of skin by melanin, from 0 to 1.
var tones = [...]vec{{0.95, 0.80, 0.73}, {0.89, 0.71, 0.60}, {0.78, 0.57, 0.44}, {0.58, 0.39, 0.28}, {0.40, 0.26, 0.19}, {0.27, 0.175, 0.135}}

func (l *look) drawSkin(g *genome, p physique) {
	l.melanin = clamp01(float32(p.descent[0]*g.within(0.5, 1)) + float32(p.descent[1]*g.within(0.08, 0.5)) + float32(p.descent[2]*g.within(0, 0.36)))
	l.redness = g.normal(1, 2.2)
	at := float32(l.melanin * float32(len(tones)-1))
	k := min(int(at), len(tones)-2)
	l.skin = mix(tones[k], tones[k+1], at-float32(k))
	l.skin = l.skin.times(vec{1 + g.normal(0.03, 2), 1 - float32(0.025*l.redness), 1 - float32(0.03*l.redness) + g.normal(0.035, 2)})
	red := vec{0.72, 0.34, 0.32}.scale(lerp(0.45, 1, l.skin[0]))
	l.lip = mix(l.skin.scale(0.88), red, g.within(0.25, 0.75)-float32(0.2*p.male))
	if p.male < 0.5 && g.uniform() < 0.35 {
		l.lipstick = g.within(0.3, 0.9)
		color := mix(vec{0.62, 0.12, 0.16}, vec{0.75, 0.38, 0.42}, g.uniform())
		l.lip = mix(l.lip, color.scale(lerp(0.7, 1, l.skin[0])), l.lipstick)
	}
	l.gloss = g.within(0.3, 1)
	l.mottle = g.within(0.3, 1)
	l.blush = g.within(0.1, 1)
	l.socket = g.within(0.1, 1)
	l.bag = float32(g.within(0, 0.6) + float32(0.4*p.old))
	l.wrinkles = step(0.12, 0.7, p.old)
	if p.male < 0.5 && g.uniform() < 0.3 {
		l.shadow = g.within(0.2, 0.8)
	}
}

var hairColors = [...]vec{
	{0.055, 0.045, 0.04}, {0.11, 0.075, 0.055}, {0.21, 0.135, 0.08}, {0.34, 0.225, 0.13}, {0.50, 0.37, 0.22}, {0.68, 0.55, 0.36}, {0.45, 0.2, 0.09},
}

func (l *look) drawHairColor(g *genome, p physique) {
	fair := p.descent[2]
	k := g.choose(1-float32(0.75*fair), 0.7, float32(fair*0.8), float32(fair*0.7), float32(fair*0.5), float32(fair*0.35), float32(fair*0.2))
	l.hair = hairColors[k].scale(1 + g.normal(0.12, 2))
	if p.male < 0.5 && g.uniform() < 0.12 { // dyed
		l.hair = mix(l.hair, vec{0.72, 0.58, 0.4}, g.within(0.3, 0.9))
	}
	gray := step(0.25, 0.75, p.old+g.normal(0.12, 2))
	l.browColor = mix(l.hair, vec{0.1, 0.08, 0.07}, 0.25)
	shade := g.within(0.45, 0.85)
	l.hair = mix(l.hair, vec{shade, shade, shade}, gray)
	l.browColor = mix(l.browColor, vec{0.5, 0.5, 0.5}, float32(0.6*gray))
}

var irises = [...]vec{{0.16, 0.09, 0.05}, {0.26, 0.15, 0.08}, {0.36, 0.26, 0.13}, {0.32, 0.42, 0.55}, {0.30, 0.40, 0.30}, {0.45, 0.48, 0.50}}

func (l *look) drawEyes(g *genome, p physique) {
	fair := p.descent[2]
	k := g.choose(1, 0.8, float32(0.5*fair), float32(1.2*fair), float32(0.5*fair), float32(0.4*fair))
	l.iris = irises[k].scale(1 + g.normal(0.1, 2))
}

func (l *look) drawMarks(g *genome, p physique) {
	l.freckles = float32(max(0, g.normal(0.6, 2)-0.25) * (1 - l.melanin))
	n := int(float32(g.uniform() * 4.5))
	for k := range 5 {
		m := mole{at: [2]float32{g.normal(0.42, 1.8), g.within(6.3, 7.9)}, radius: g.within(0.012, 0.028), dark: g.within(0.25, 0.75)}
		if k < n {
			l.moles = append(l.moles, m)
		}
	}
}

func drawBrow(g *genome, p physique) brow {
	return brow{
		thick:   g.within(0.02, 0.036) + float32(0.012*p.male),
		density: g.within(0.5, 0.95),
		arch:    g.within(0.015, 0.075),
		height:  g.normal(0.018, 2.2),
		tilt:    g.normal(0.02, 2),
		inner:   g.within(0.09, 0.15),
		outer:   g.within(0.54, 0.62),
	}
}

func drawBeard(g *genome, p physique) beard {
	kind, cover, length, stubble := g.uniform(), g.within(0.65, 1), g.uniform(), g.within(0.12, 0.6)
	if p.male < 0.5 {
		return beard{}
	}
	switch {
	case kind < 0.17:
		return beard{jaw: cover, moustache: cover, chin: cover, length: lerp(0.02, 0.13, float32(length*length))}
	case kind < 0.24:
		return beard{moustache: cover, chin: cover, length: lerp(0.02, 0.07, length), stubble: float32(0.5 * stubble)}
	case kind < 0.29:
		return beard{moustache: cover, length: lerp(0.02, 0.05, length)}
	case kind < 0.65:
		return beard{stubble: stubble}
	}
	return beard{stubble: float32(0.1 * stubble)}
}
