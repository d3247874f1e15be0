package sim

import "math/rand/v2"

// backdrop is the light that comes from behind the head, at every pixel.
type backdrop struct {
	width, height int
	pixels        []vec
}

func (b *backdrop) at(x, y int) vec { return b.pixels[y*b.width+x] }

// paint paints the background of a shot, in the memory of an earlier one.
func (b Background) paint(seed uint64, width, height int, out *backdrop) {
	out.width, out.height = width, height
	out.pixels = resize(out.pixels, width*height)
	p := painter{rand.New(rand.NewPCG(seed, 0xbac)), out, vec{float32(b.Color[0]), float32(b.Color[1]), float32(b.Color[2])}}
	if p.base == (vec{}) {
		p.base = p.color(0.08, 0.85, 0.25)
	}
	switch b.Kind {
	case Wall:
		p.wall()
	case Shelves:
		p.shelves()
	case Foliage:
		p.foliage()
	case Lights:
		p.lights()
	case City:
		p.city()
	default:
		p.studio()
	}
	for i, c := range out.pixels {
		out.pixels[i] = linear(vec{clamp01(c[0]), clamp01(c[1]), clamp01(c[2])})
	}
	if r := int(b.Blur * 0.06 * float64(min(width, height))); r > 0 {
		for range 2 {
			out.blur(r)
		}
	}
}

// painter paints with displayed colors.
type painter struct {
	*rand.Rand
	to   *backdrop
	base vec
}

func (p *painter) between(a, b float32) float32 { return lerp(a, b, p.Float32()) }

// color returns a gray between two, tinted.
func (p *painter) color(dark, bright, tint float32) vec {
	g := p.between(dark, bright)
	var c vec
	for k := range c {
		c[k] = clamp01(g + float32(tint*(float32(p.Float32())-0.5)))
	}
	return c
}

// each sets every pixel from its place, whose unit is the picture's height.
func (p *painter) each(f func(x, y float32) vec) {
	inv := 1 / float32(p.to.height)
	for i := range p.to.pixels {
		p.to.pixels[i] = f(float32(float32(i%p.to.width)*inv), float32(float32(i/p.to.width)*inv))
	}
}

func (p *painter) studio() {
	cx, cy, fall := p.between(0, 1), p.between(0, 0.8), p.between(0.1, 0.7)
	p.each(func(x, y float32) vec {
		dx, dy := x-cx, y-cy
		return p.base.scale(1.1 - float32(fall*min(1, float32(dx*dx)+float32(dy*dy))))
	})
}

func (p *painter) wall() {
	n, scale, rough := tiles(), p.between(60, 300), p.between(0.04, 0.2)
	ox, oy := p.between(0, 256), p.between(0, 256)
	rows := float32(0)
	if p.Float32() < 0.4 {
		rows = p.between(6, 16) // bricks
	}
	mortar := p.color(0.4, 0.8, 0.05)
	light := p.between(-0.4, 0.4)
	p.each(func(x, y float32) vec {
		c := p.base.scale(1 + float32(rough*(n.clouds.at(float32(x*scale)+ox, float32(y*scale)+oy)+n.grain.at(float32(x*260)+oy, float32(y*260)+ox))) + float32(light*(x-0.5)))
		if rows > 0 {
			v := float32(y * rows)
			u := float32(float32(x*rows)/2) + float32(float32(int(v)%2)/2)
			if v-float32(int(v)) < 0.1 || u-float32(int(u)) < 0.05 {
				return mortar
			}
			c = c.scale(1 + float32(0.12*signed(hash(int32(u), int32(v), 0, 5))))
		}
		return c
	})
}

// rectangle fills a part of the picture.
func (p *painter) rectangle(x0, y0, x1, y1 float32, c vec) {
	h := float32(p.to.height)
	for y := max(0, int(float32(y0*h))); y < min(p.to.height, int(float32(y1*h))); y++ {
		for x := max(0, int(float32(x0*h))); x < min(p.to.width, int(float32(x1*h))); x++ {
			p.to.pixels[y*p.to.width+x] = c
		}
	}
}

// shelves is a room: large things behind, small ones in front.
func (p *painter) shelves() {
	p.wall()
	wide := float32(p.to.width) / float32(p.to.height)
	for range 4 + p.IntN(5) {
		x, y, w, h := p.between(-0.2, wide), p.between(-0.2, 1), p.between(0.1, 0.6), p.between(0.1, 0.8)
		p.rectangle(x, y, x+w, y+h, p.color(0.05, 0.9, 0.3))
	}
	for y := p.between(0, 0.3); y < 1; y += p.between(0.15, 0.35) {
		for x := float32(0); x < wide; {
			w, h := p.between(0.02, 0.08), p.between(0.05, 0.16)
			if p.Float32() < 0.7 {
				p.rectangle(x, y-h, x+w, y, p.color(0.05, 0.8, 0.5))
			}
			x += w
		}
		p.rectangle(0, y, wide, y+0.02, p.color(0.1, 0.5, 0.1))
	}
}

func (p *painter) foliage() {
	n := tiles()
	dark, green, gold := p.color(0.02, 0.15, 0.05), vec{p.between(0.15, 0.45), p.between(0.35, 0.6), p.between(0.08, 0.25)}, p.color(0.5, 0.95, 0.3)
	scale, ox, oy := p.between(90, 300), p.between(0, 256), p.between(0, 256)
	p.each(func(x, y float32) vec {
		a := n.clouds.at(float32(x*scale)+ox, float32(y*scale)+oy)
		b := n.speckles.at(float32(x*scale)+oy, float32(y*scale)+ox)
		c := mix(dark, green, step(-0.6, 0.6, a+float32(0.6*b)))
		return mix(c, gold, step(0.5, 0.9, b+float32(0.4*a)))
	})
}

func (p *painter) lights() {
	night := p.color(0.02, 0.2, 0.1)
	p.each(func(x, y float32) vec { return night })
	wide := float32(p.to.width) / float32(p.to.height)
	for range 12 + p.IntN(20) {
		cx, cy, r := p.between(0, wide), p.between(0, 1), p.between(0.02, 0.1)
		c := mix(vec{1, 0.75, 0.4}, p.color(0.3, 1, 0.8), p.Float32()).scale(p.between(0.4, 1))
		p.disc(cx, cy, r, c)
	}
}

// disc adds a disc of light.
func (p *painter) disc(cx, cy, r float32, c vec) {
	h := float32(p.to.height)
	for y := max(0, int(float32((cy-r)*h))); y < min(p.to.height, int(float32((cy+r)*h))+1); y++ {
		for x := max(0, int(float32((cx-r)*h))); x < min(p.to.width, int(float32((cx+r)*h))+1); x++ {
			dx, dy := float32(x)/h-cx, float32(y)/h-cy
			i := y*p.to.width + x
			p.to.pixels[i] = p.to.pixels[i].plus(step(r, float32(0.85*r), sqrt(float32(dx*dx)+float32(dy*dy))), c)
		}
	}
}

func (p *painter) city() {
	low, high := p.color(0.5, 0.95, 0.2), vec{p.between(0.2, 0.6), p.between(0.35, 0.7), p.between(0.5, 0.95)}
	p.each(func(x, y float32) vec { return mix(high, low, clamp01(float32(y*1.4))) })
	wide := float32(p.to.width) / float32(p.to.height)
	for x := p.between(-0.2, 0); x < wide; {
		w, top := p.between(0.08, 0.3), p.between(0.15, 0.7)
		c := p.color(0.15, 0.7, 0.15)
		p.rectangle(x, top, x+w, 1, c)
		window := mix(c, p.color(0.1, 0.9, 0.2), 0.6)
		for y := top + 0.03; y < 1; y += 0.06 {
			for u := x + 0.015; u < x+w-0.02; u += 0.04 {
				p.rectangle(u, y, u+0.022, y+0.035, window)
			}
		}
		x += w
	}
	ground := p.color(0.15, 0.5, 0.1)
	p.rectangle(0, p.between(0.75, 0.95), wide, 1, ground)
}

// blur averages over squares.
func (b *backdrop) blur(r int) {
	line := make([]vec, max(b.width, b.height))
	for y := range b.height {
		blurLine(b.pixels[y*b.width:], line[:b.width], 1, r)
	}
	for x := range b.width {
		blurLine(b.pixels[x:], line[:b.height], b.width, r)
	}
}

// blurLine replaces every stride-th of the pixels by the mean of its neighbors, up to r
// away; the ends are repeated.
func blurLine(pixels, line []vec, stride, r int) {
	n := len(line)
	for i := range line {
		line[i] = pixels[i*stride]
	}
	var sum vec
	for i := -r; i <= r; i++ {
		sum = sum.add(line[min(max(i, 0), n-1)])
	}
	inv := 1 / float32(2*r+1)
	for i := range line {
		pixels[i*stride] = sum.scale(inv)
		sum = sum.add(line[min(i+r+1, n-1)]).sub(line[max(i-r, 0)])
	}
}
