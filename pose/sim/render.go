package sim

import (
	"image"

	"github.com/pifr-go/pifr/pose"
)

// Render takes the picture and tells what is known about it. Equal arguments give equal
// pictures. It is safe for concurrent use: work on many pictures is spread over
// goroutines by the caller.
func Render(id *Identity, shot Shot) (*image.RGBA, Label) {
	s := scenes.Get().(*scene)
	defer scenes.Put(s)
	s.build(id, &shot)
	s.turn()
	s.aim()
	s.setLamps()
	s.castShadows()
	s.illuminate()
	s.project()
	s.rasterize()
	shot.Background.paint(shot.Seed, s.lens.width, s.lens.height, &s.behind)
	s.shade()
	label := s.label()
	img := shot.Quality.apply(s.develop(), shot.Seed)
	s.id, s.shot = nil, nil
	return img, label
}

// label reads off where everything is.
func (s *scene) label() Label {
	l := Label{Angles: s.shot.Angles.Canonical(), Expression: s.shot.Expression, Light: s.shot.Light}
	m := s.shot.Angles.Matrix()
	for i := range 3 {
		for j := range 3 {
			l.Rotation[i][j] = m.At(i, j)
		}
	}
	for k, p := range s.landmarks() {
		q := s.lens.pixel(p)
		l.Landmarks[k] = [2]float64{float64(q[0]), float64(q[1])}
		l.Visible[k] = s.seen(p, q, margins[k])
	}
	var face [][2]float64
	for _, i := range places().face {
		q := s.screen[i]
		face = append(face, [2]float64{float64(q[0]) / supersampling, float64(q[1]) / supersampling})
	}
	l.Box = pose.Bound(face...)
	return l
}

// margins say how far, in decimeters, something may lie in front of each landmark without
// hiding it: lids and lashes before an eye; the corners of the mouth lie deep between the
// lips.
var margins = [5]float32{0.06, 0.06, 0.03, 0.14, 0.14}

// seen tells whether nothing lies in front of a point.
func (s *scene) seen(p, pixel vec, margin float32) bool {
	x, y := int(pixel[0]*supersampling), int(pixel[1]*supersampling)
	if pixel[0] < 0 || pixel[1] < 0 || x >= s.canvas.width || y >= s.canvas.height {
		return false
	}
	if c := &s.canvas; len(c.glass) > 0 {
		if p := &c.glass[y*c.width+x]; p.near > 0 && s.things[s.tris[p.tri].thing].clear < 0.5 {
			return false // behind dark glass
		}
	}
	limit := s.lens.distance / (s.lens.distance - p[2] - margin)
	return s.canvas.samples[y*s.canvas.width+x].near <= limit
}

// develop turns light into a picture.
func (s *scene) develop() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, s.lens.width, s.lens.height))
	e := s.lamps.exposure
	for i, c := range s.canvas.pixels {
		p := img.Pix[4*i : 4*i+4 : 4*i+4]
		for k := range 3 {
			p[k] = byteOf(sqrt(shoulder(float32(c[k] * e))))
		}
		p[3] = 255
	}
	return img
}

// shoulder is the film's curve: bright light is compressed rather than cut off.
func shoulder(x float32) float32 {
	const knee = 0.55
	if x < knee {
		return x
	}
	t := (x - knee) / (1 - knee)
	return knee + float32((1-knee)*(t/(1+t)))
}
