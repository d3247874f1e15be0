package sim

import (
	"math/rand/v2"
)

// backdrop is the light that comes from behind the head, at every pixel.
type backdrop struct {
	width  int
	pixels []vec
}

func (b *backdrop) at(x, y int) vec { return b.pixels[y*b.width+x] }

func (b Background) paint(shot *Shot, width, height int) *backdrop {
	r := rand.New(rand.NewPCG(shot.Seed, 0xbac))
	out := &backdrop{width: width, pixels: make([]vec, width*height)}
	c := vec{float32(b.Color[0]), float32(b.Color[1]), float32(b.Color[2])}
	if c == (vec{}) {
		g := 0.15 + float32(0.6*r.Float32())
		c = vec{clamp01(g + float32(0.2*(r.Float32()-0.5))), clamp01(g + float32(0.2*(r.Float32()-0.5))), clamp01(g + float32(0.2*(r.Float32()-0.5)))}
	}
	for i := range out.pixels {
		y := float32(i/width) / float32(height)
		out.pixels[i] = linear(c.scale(1.05 - float32(0.3*y)))
	}
	return out
}
