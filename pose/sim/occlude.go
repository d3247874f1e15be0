package sim

import (
	"math"
	"math/rand/v2"
)

// occlude puts on what the shot asks for. The same seed gives the same things.
func (s *scene) occlude() {
	o := &s.shot.Occluders
	w := wardrobe{scene: s, Rand: rand.New(rand.NewPCG(s.shot.Seed, 0x0cc))}
	if o.Hat != NoHat {
		w.hat(o.Hat)
	}
	if o.Mask {
		w.mask()
	}
	if o.Scarf {
		w.scarf()
	}
	if o.Glasses || o.Sunglasses {
		w.glasses(o.Sunglasses) // last: what is seen through them has to be drawn before
	}
}

// wardrobe makes occluders that fit a head.
type wardrobe struct {
	*scene
	*rand.Rand
}

func (w *wardrobe) between(a, b float32) float32 { return lerp(a, b, w.Float32()) }

// thing adds a material, and returns its number.
func (w *wardrobe) thing(t thing) uint8 {
	w.things = append(w.things, t)
	return uint8(len(w.things) - 1)
}

// cloth returns the color of a piece of clothing: often dark or plain.
func (w *wardrobe) cloth() vec {
	g := w.between(0.04, 0.8)
	tint := w.between(0, 0.5)
	var c vec
	for k := range c {
		c[k] = clamp01(g + float32(tint*(float32(w.Float32())-0.5)))
	}
	return c
}

// strip adds a band along a line, as wide as across.
func (f *surface) strip(points []vec, across vec) {
	for _, p := range points {
		for _, side := range [2]float32{-0.5, 0.5} {
			f.at = append(f.at, p.plus(side, across))
			f.uv = append(f.uv, [2]float32{})
			f.cut = append(f.cut, 1)
		}
	}
	f.grid(len(points), 2)
}

// finish computes the normals.
func (f *surface) finish() *surface {
	f.normal = make([]vec, len(f.at))
	normalsOf(f.at, f.tris, f.normal)
	return f
}

// Colors of glasses.
var (
	frameColors = [...]vec{{0.03, 0.03, 0.035}, {0.12, 0.07, 0.04}, {0.35, 0.32, 0.28}, {0.6, 0.5, 0.3}, {0.3, 0.06, 0.06}, {0.08, 0.1, 0.25}}
	tints       = [...]vec{{0.03, 0.03, 0.03}, {0.08, 0.05, 0.02}, {0.02, 0.05, 0.05}, {0.05, 0.04, 0.09}}
)

const lensCorners = 20

// glasses sit on the nose before the eyes and reach back to the ears.
func (w *wardrobe) glasses(dark bool) {
	p := places()
	id := w.id
	eyes := [2]vec{id.mean(p.landmarks[1]), id.mean(p.landmarks[0])} // the person's left first: at +x
	half := abs(eyes[0][0]-eyes[1][0]) / 2
	middle := eyes[0].add(eyes[1]).scale(0.5)
	front := middle[2] + 0.17
	for _, i := range p.face { // before the brows and the root of the nose
		if q := id.shape[i]; q[1] > middle[1]-0.05 && q[1] < middle[1]+0.3 {
			front = max(front, q[2]-0.02)
		}
	}
	width, height := float32(half*w.between(0.74, 0.9)), float32(half*w.between(0.5, 0.75))
	if dark {
		width, height = float32(width*1.06), float32(height*1.1)
	}
	square := w.between(2, 4.5)
	rim := w.between(0.02, 0.06)
	frame := w.thing(thing{color: frameColors[w.IntN(len(frameColors))], gloss: 0.25})
	glass := thing{color: vec{0.9, 0.93, 0.95}, gloss: 0.5, clear: 0.93}
	if dark {
		glass = thing{color: tints[w.IntN(len(tints))], gloss: 0.7, clear: w.between(0.02, 0.25)}
	}
	var frames, lenses surface
	for side, eye := range eyes {
		sign := float32(1 - 2*side)
		c := vec{float32(sign * max(half, width+0.07)), eye[1] - 0.03, front}
		lenses.oval(c, width, height, square, sign)
		frames.ring(c, width, height, rim, square, sign)
		hinge := vec{float32(sign * (abs(c[0]) + width)), c[1] + float32(0.4*height), front - 0.1}
		ear := id.mean(p.ears[side])
		end := vec{ear[0], ear[1] + 0.2, ear[2] - 0.05}
		bend := mix(hinge, end, 0.5)
		bend[0] += float32(sign * 0.05)
		frames.strip([]vec{hinge, bend, end}, vec{0, max(rim, 0.03), 0})
	}
	bridge := max(half, width+0.07) - width
	frames.strip([]vec{{-bridge, eyes[1][1] + 0.03, front}, {0, middle[1] + 0.06, front + 0.02}, {bridge, eyes[0][1] + 0.03, front}}, vec{0, max(rim, 0.03), 0})
	w.addSurface(frames.finish(), onThing, frame)
	w.addSurface(lenses.finish(), onGlass, w.thing(glass))
}

// onOval returns a point of a rounded rectangle in front of the face, bent back towards
// the temple.
func onOval(c vec, width, height, square, sign float32, k int) vec {
	sine, cosine := math.Sincos(2 * math.Pi * float64(k) / lensCorners)
	e := 2 / float64(square)
	x := float32(math.Copysign(math.Pow(math.Abs(cosine), e), cosine))
	y := float32(math.Copysign(math.Pow(math.Abs(sine), e), sine))
	dx := float32(x * width)
	return vec{c[0] + dx, c[1] + float32(y*height), c[2] - max(0, float32(0.16*(float32(sign*dx)+width)))}
}

// oval adds a lens.
func (f *surface) oval(c vec, width, height, square, sign float32) {
	first := int32(len(f.at))
	middle := c
	middle[2] -= float32(0.16 * width)
	f.at = append(f.at, middle)
	for k := range lensCorners {
		f.at = append(f.at, onOval(c, width, height, square, sign, k))
		f.tris = append(f.tris, [3]int32{first, first + 1 + int32(k), first + 1 + int32((k+1)%lensCorners)})
	}
	f.uv = append(f.uv, make([][2]float32, lensCorners+1)...)
	for range lensCorners + 1 {
		f.cut = append(f.cut, 1)
	}
}

// ring adds the rim around a lens.
func (f *surface) ring(c vec, width, height, rim, square, sign float32) {
	for k := range lensCorners + 1 {
		for _, grow := range [2]float32{0, rim} {
			p := onOval(c, width+grow, height+grow, square, sign, k%lensCorners)
			p[2] += 0.01
			f.at = append(f.at, p)
			f.uv = append(f.uv, [2]float32{})
			f.cut = append(f.cut, 1)
		}
	}
	f.grid(lensCorners+1, 2)
}

// fit moves a height on the base mesh to where it is on this head.
func (id *Identity) fit(y float32) float32 {
	return id.chin + float32((y-6.2)*(id.top-id.chin)/(8.49-6.2))
}

// mask is stretched over mouth and nose.
func (w *wardrobe) mask() {
	const columns, rows = 25, 9
	profile := w.id.outline()
	var f surface
	top, most := w.between(7.07, 7.2), float32(1.1)
	for c := range columns {
		a := lerp(-most, most, float32(c)/(columns-1))
		side := abs(a) / most
		x := float32((a + 2*math.Pi) * (outlineColumns / (2 * math.Pi)))
		left, right := &profile[int(x)%outlineColumns], &profile[int(x+1)%outlineColumns]
		reach := float32(0)
		for r := range rows {
			t := float32(r) / (rows - 1)
			y := w.id.fit(lerp(top-float32(0.12*step(0.1, 0.5, side)), 6.12+float32(0.35*float32(side*side)), t))
			d := lerp(left.at(y), right.at(y), x-float32(int(x)))
			reach = max(d, float32(reach*0.965))
			f.at = append(f.at, vec{float32(sin(a) * (reach + 0.05)), y, w.id.axis() + float32(cos(a)*(reach+0.05))})
			f.uv = append(f.uv, [2]float32{})
			f.cut = append(f.cut, 1)
		}
	}
	f.grid(columns, rows)
	for side, sign := range [2]float32{1, -1} {
		ear := w.id.mean(places().ears[side])
		column := (columns - 1) * (1 - side)
		for _, row := range [2]int{1, rows - 2} {
			from := f.at[column*rows+row]
			to := vec{ear[0] - float32(0.02*sign), ear[1] + float32(0.2*float32(1-2*min(row-1, 1))), ear[2] - 0.02}
			bend := mix(from, to, 0.5)
			bend[0] += float32(sign * 0.04)
			f.strip([]vec{from, bend, to}, vec{0, 0.03, 0})
		}
	}
	color := [...]vec{{0.85, 0.88, 0.9}, {0.55, 0.72, 0.82}, {0.05, 0.05, 0.06}, w.cloth()}[w.IntN(4)]
	w.addSurface(f.finish(), onThing, w.thing(thing{color: color, weave: 0.06}))
}

// scarf is wound around the neck, up to the chin or over it.
func (w *wardrobe) scarf() {
	const columns, rows = 33, 10
	profile := w.id.outline()
	var f surface
	top := w.between(6.15, 6.75)
	fold := w.between(0.04, 0.09)
	for c := range columns {
		a := float32(float32(c) * (2 * math.Pi / (columns - 1)))
		row := &profile[int(float32(a*(outlineColumns/(2*math.Pi))))%outlineColumns]
		upper := w.id.fit(lerp(6.45, top, step(-0.6, 0.9, cos(a))))
		reach := float32(0)
		for r := range rows {
			t := float32(r) / (rows - 1)
			y := lerp(upper, w.id.fit(5.45), t)
			reach = max(row.at(y), float32(reach*0.99))
			d := reach + 0.07 + float32(0.12*sin(float32(math.Pi*t))) + float32(fold*sin(float32(t*14)+a+a))
			f.at = append(f.at, vec{float32(sin(a) * d), y, w.id.axis() + float32(cos(a)*d)})
			f.uv = append(f.uv, [2]float32{})
			f.cut = append(f.cut, 1)
		}
	}
	f.grid(columns, rows)
	first := len(w.at)
	w.addSurface(f.finish(), onThing, w.thing(thing{color: w.cloth(), weave: w.between(0.1, 0.35)}))
	for i := first; i < len(w.at); i++ {
		w.torso[i] = 0.5
	}
}
