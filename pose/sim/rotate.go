package sim

import (
	"image"

	"github.com/pifr-go/pifr/pose"
)

// Rotate returns the face of the photo in another pose, aligned, 112x112, with its label,
// as Render does. It may be turned any way; angles of zero frontalize.
func (p *Photo) Rotate(a pose.Angles) (*image.RGBA, Label) { return p.Shoot(a, Camera{}) }

// Head returns the photo on the head alone, without the hair, the neck and the background
// that turn with it: for profiles that are turned to the front, where half of what would
// come to stand beside the face was behind it.
func (p *Photo) Head() *Photo {
	alone := *p
	alone.relief = nil
	return &alone
}

// Shoot is Rotate through a camera of one's choice.
func (p *Photo) Shoot(a pose.Angles, c Camera) (*image.RGBA, Label) {
	s := newPhotoScene(p, a)
	s.shot.Camera = c
	s.aim()
	s.project()
	s.rasterize()
	s.lookBehind(p)
	s.shade()
	label := s.label()
	img := image.NewRGBA(image.Rect(0, 0, s.lens.width, s.lens.height))
	for i, c := range s.canvas.pixels {
		copy(img.Pix[4*i:], []uint8{byteOf(sqrt(c[0])), byteOf(sqrt(c[1])), byteOf(sqrt(c[2])), 255})
	}
	return img, label
}

// lookBehind lays what is behind the head, blurred, behind it in its new pose, at the
// same size relative to the head.
func (s *scene) lookBehind(p *Photo) {
	w, h := s.lens.width, s.lens.height
	s.behind = backdrop{width: w, height: h, pixels: make([]vec, w*h)}
	size := sqrt(float32(s.lens.a*s.lens.a) + float32(s.lens.b*s.lens.b))
	perPixel := float32(cropHead*cropSide) / float32((p.head.top-p.head.chin)*size)
	for i := range s.behind.pixels {
		x := float32((float32(i%w) + 0.5 - s.lens.shift[0]) * perPixel)
		y := float32((float32(i/w) + 0.5 - s.lens.shift[1]) * perPixel)
		s.behind.pixels[i] = p.behind.sample(cropSide/2+x-0.5, 0.47*cropSide+y-0.5)
	}
}

// worn returns the photo's color at a place of a triangle.
func (p *Photo) worn(s *scene, t *drawn, w0, w1, w2 float32) vec {
	own, other := s.blend(p.ownWeight, t, w0, w1, w2), s.blend(p.otherWeight, t, w0, w1, w2)
	c := s.blendVec(p.fill, t, w0, w1, w2)
	if other > 0 && own < 1 {
		c = mix(c, p.shown(p.other, t, w0, w1, w2), other)
	}
	if own > 0 {
		c = mix(c, p.shown(p.own, t, w0, w1, w2), own)
	}
	return c
}

// shown returns what the photo shows at the place where it has the triangle.
func (p *Photo) shown(places [][2]float32, t *drawn, w0, w1, w2 float32) vec {
	a, b, c := &places[t.v[0]], &places[t.v[1]], &places[t.v[2]]
	x := float32(w0*a[0]) + float32(w1*b[0]) + float32(w2*c[0])
	y := float32(w0*a[1]) + float32(w1*b[1]) + float32(w2*c[1])
	return p.crop.sample(x-0.5, y-0.5)
}
