package sim

// hairdo is where a head has hair, and of what shape. Places are decimeters on the base
// mesh, whose crown is at 8.49.
type hairdo struct {
	style    int
	line     float32 // height of the hairline over the middle of the forehead
	peak     float32 // how far it comes down in the very middle
	temple   float32 // how far it recedes at both sides of that
	side     float32 // how far forward it comes at the temples
	sideburn float32 // where it ends in front of the ears
	nape     float32 // where it ends behind
	top      float32 // how far it stands out above, at the sides and behind
	sides    float32
	back     float32
	parting  float32 // where the hair parts, and to which side
	curl     float32 // 0 straight to 1 tight
	cover    float32 // density, 1 for all of the scalp hidden
	crown    float32 // how much of the crown is bare
	drop     float32 // height down to which it hangs; 0 if it does not
	opening  float32 // angle from the front at which the hanging hair begins, in radians
	wave     float32
	bun      float32 // radius of a bun
	bunAt    vec
}

// Hair styles, in the order of styles.
const (
	shaven = iota
	receding
	buzz
	cropped
	quiff
	parted
	fringe
	curls
	afro
	bob
	pageboy
	long
	wavy
	tied
	styles
)

var styleNames = [styles]string{"shaven", "receding", "buzz", "cropped", "quiff", "parted", "fringe", "curls", "afro", "bob", "pageboy", "long", "wavy", "tied"}

// HairStyles returns the names of the hair styles that Identity.HairStyle chooses from.
func HairStyles() []string { return append([]string(nil), styleNames[:]...) }

// frequency of the styles among men and women.
var (
	maleStyles   = [styles]float32{0.08, 0.05, 0.14, 0.2, 0.12, 0.14, 0.08, 0.06, 0.04, 0.01, 0.01, 0.03, 0.02, 0.03}
	femaleStyles = [styles]float32{0.005, 0, 0.01, 0.06, 0.02, 0.05, 0.04, 0.08, 0.06, 0.13, 0.09, 0.2, 0.12, 0.16}
)

func drawHairdo(g *genome, p physique) hairdo {
	var w [styles]float32
	for k := range w {
		w[k] = lerp(femaleStyles[k], maleStyles[k], step(0.4, 0.6, p.male))
	}
	w[receding] *= 1 + float32(6*p.old)
	w[shaven] *= 1 + float32(1.5*p.old)
	african := p.descent[0]
	w[afro] *= float32(4 * african)
	w[curls] *= 0.5 + float32(2*african)
	for _, k := range []int{quiff, fringe, pageboy, parted} {
		w[k] *= 1 - float32(0.8*african)
	}
	h := hairdo{style: g.choose(w[:]...)}
	h.line = 8.06 + g.normal(0.07, 2) - float32(0.05*p.male)
	h.peak = g.within(0, 0.1)
	h.temple = float32(g.within(0, 0.2)*lerp(0.3, 1, p.male)) + float32(0.12*float32(p.old*p.male))
	h.side = 0.74 + g.normal(0.05, 2)
	h.sideburn = g.within(6.95, 7.22)
	h.nape = g.within(6.35, 6.7)
	h.parting = g.normal(0.3, 1.5)
	h.curl = clamp01(float32(g.within(-0.5, 0.7)) + float32(0.8*african))
	h.cover = g.within(0.85, 1)
	size := g.uniform()
	h.opening = g.within(0.95, 1.25)
	h.wave = g.within(0.1, 0.5)
	drop := g.uniform()
	h.dress(size, drop, p)
	return h
}

// dress sets what makes a style.
func (h *hairdo) dress(size, drop float32, p physique) {
	volume := func(top, sides, back float32) {
		h.top, h.sides, h.back = top, sides, back
	}
	switch h.style {
	case shaven:
		h.cover = 0
	case receding:
		h.crown, h.cover = 1, lerp(0.5, 0.9, size)
		volume(0.02, lerp(0.02, 0.08, size), 0.05)
	case buzz:
		h.cover = lerp(0.55, 0.95, size)
		volume(0.025, 0.015, 0.015)
	case cropped:
		volume(lerp(0.07, 0.16, size), lerp(0.03, 0.08, size), 0.06)
	case quiff:
		volume(lerp(0.16, 0.32, size), lerp(0.03, 0.07, size), 0.07)
		h.line += 0.03
	case parted:
		volume(lerp(0.12, 0.22, size), lerp(0.05, 0.12, size), 0.1)
	case fringe:
		volume(lerp(0.11, 0.19, size), lerp(0.08, 0.15, size), 0.12)
		h.line, h.peak, h.temple = lerp(7.86, 7.6, size), 0, -0.05
	case curls:
		volume(lerp(0.16, 0.3, size), lerp(0.1, 0.22, size), 0.16)
		h.curl = max(h.curl, 0.7)
	case afro:
		volume(lerp(0.3, 0.62, size), lerp(0.26, 0.55, size), lerp(0.26, 0.5, size))
		h.curl = 1
	case bob, pageboy:
		volume(lerp(0.12, 0.18, size), lerp(0.12, 0.18, size), 0.14)
		h.drop = lerp(6.75, 6.25, drop)
		if h.style == pageboy {
			h.line, h.peak, h.temple = lerp(7.8, 7.62, size), 0, -0.08
			h.opening = 1.0
		}
	case long, wavy:
		volume(lerp(0.1, 0.2, size), lerp(0.1, 0.16, size), 0.14)
		h.drop = lerp(5.9, 4.7, drop)
		if h.style == wavy {
			h.wave = 1
			h.curl = max(h.curl, 0.35)
		}
	case tied:
		volume(lerp(0.05, 0.09, size), 0.04, 0.05)
		h.bun = lerp(0.24, 0.36, drop)
		h.bunAt = mix(vec{0, 8.35, -0.35}, vec{0, 7.3, -0.75}, size)
	}
	if h.drop > 0 {
		h.nape = 6.3
		h.sideburn = min(h.sideburn, 7.0)
	}
}

// inside returns how far a place of the base mesh lies within the hair, in decimeters;
// negative outside.
func (h *hairdo) inside(q vec) float32 {
	ax, y, z := abs(q[0]), q[1], q[2]
	line := h.line - float32(h.peak*step(0.16, 0, ax)) + float32(h.temple*step(0.22, 0.45, ax)) - float32((0.5+h.temple)*step(0.48, 0.78, ax))
	front := y - line
	side := min(h.side-z, y-h.sideburn, float32((ax-0.5)*3))
	behind := min(0.2-z, y-h.nape)
	d := max(front, side, behind)
	if h.crown > 0 {
		bare := min(y-lerp(8.2, 7.75, h.crown), 0.62+float32(0.4*h.crown)+float32(0.1*q[2])-ax)
		d = min(d, -bare, 7.9-y)
		d = min(d, max(float32((ax-0.52)*2), 0.1-z))
	}
	return d
}

// volume returns how far the hair stands out from a place of the base mesh.
func (h *hairdo) volume(q vec) float32 {
	top := step(7.5, 8.3, q[1])
	out := lerp(lerp(h.back, h.sides, step(0, 0.3, q[2])), h.top, top)
	if h.style == quiff {
		out *= lerp(0.55, 1.15, step(-0.2, 0.9, q[2]))
	}
	if h.style == parted {
		groove := bump(h.parting, 0.09, q[0]) * step(7.9, 8.2, q[1]) * step(-0.3, 0.2, q[2])
		out *= 1 - float32(0.75*groove)
		out *= 1 + float32(0.4*step(0, 0.5, float32(-q[0]*signOf(h.parting))))
	}
	if h.drop > 0 {
		groove := bump(float32(0.5*h.parting), 0.07, q[0]) * step(8.0, 8.25, q[1]) * step(-0.3, 0.2, q[2])
		out *= 1 - float32(0.6*groove)
	}
	return out
}

func signOf(x float32) float32 {
	if x < 0 {
		return -1
	}
	return 1
}

// thread returns where a place of the base mesh lies in the pattern of the hair: across
// and along the strands, which run from the crown outwards.
func thread(q vec) (across, along float32) {
	d := q.sub(vec{0, 8.2, -0.1})
	across = atan2(d[0], d[2])
	return across, d.norm()
}
