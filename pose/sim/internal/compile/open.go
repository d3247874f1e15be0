package main

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

const (
	rays  = 96
	reach = 0.9 // of the rays, in decimeters
)

type triangle [3]r3.Vec

// open returns for each vertex which share of the rays that leave it towards the outside,
// weighted by the cosine, meets nothing nearby: the light that reaches eye sockets,
// nostrils, ears and the throat on a cloudy day.
func (s *source) open() []uint8 {
	normals := make([]r3.Vec, len(s.base))
	var all []triangle
	for _, f := range s.faces {
		c := f.corners
		n := r3.Cross(r3.Sub(s.base[c[2]], s.base[c[0]]), r3.Sub(s.base[c[3]], s.base[c[1]]))
		for _, i := range c {
			normals[i] = r3.Add(normals[i], n)
		}
		if f.part != lash {
			all = append(all, triangle{s.base[c[0]], s.base[c[1]], s.base[c[2]]}, triangle{s.base[c[0]], s.base[c[2]], s.base[c[3]]})
		}
	}
	directions := sphere(2 * rays)
	out := make([]uint8, len(s.base))
	for i, p := range s.base {
		if r3.Norm(normals[i]) == 0 {
			out[i] = 255
			continue
		}
		n := r3.Unit(normals[i])
		from := r3.Add(p, r3.Scale(0.004, n))
		near := nearby(all, from)
		sky, free := 0.0, 0.0
		for _, d := range directions {
			w := r3.Dot(d, n)
			if w <= 0 {
				continue
			}
			sky += w
			if !meets(near, from, d) {
				free += w
			}
		}
		out[i] = uint8(math.Round(255 * free / sky))
	}
	return out
}

// sphere returns directions spread evenly, along a spiral.
func sphere(n int) []r3.Vec {
	out := make([]r3.Vec, n)
	for i := range out {
		z := 1 - (2*float64(i)+1)/float64(n)
		a := float64(i) * math.Pi * (3 - math.Sqrt(5))
		r := math.Sqrt(1 - z*z)
		out[i] = r3.Vec{X: r * math.Cos(a), Y: r * math.Sin(a), Z: z}
	}
	return out
}

func nearby(all []triangle, p r3.Vec) []triangle {
	var out []triangle
	for _, t := range all {
		if r3.Norm2(r3.Sub(t[0], p)) < (reach+0.1)*(reach+0.1) {
			out = append(out, t)
		}
	}
	return out
}

func meets(triangles []triangle, from, d r3.Vec) bool {
	for _, t := range triangles {
		if x := t.hit(from, d); x > 0 && x < reach {
			return true
		}
	}
	return false
}

// hit returns the distance at which a ray meets the triangle, 0 if it does not (Möller
// and Trumbore).
func (t triangle) hit(from, d r3.Vec) float64 {
	e1, e2 := r3.Sub(t[1], t[0]), r3.Sub(t[2], t[0])
	p := r3.Cross(d, e2)
	det := r3.Dot(e1, p)
	if math.Abs(det) < 1e-12 {
		return 0
	}
	s := r3.Sub(from, t[0])
	u := r3.Dot(s, p) / det
	if u < 0 || u > 1 {
		return 0
	}
	q := r3.Cross(s, e1)
	if v := r3.Dot(d, q) / det; v < 0 || u+v > 1 {
		return 0
	}
	return r3.Dot(e2, q) / det
}
