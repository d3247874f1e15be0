package sim

import (
	"slices"
	"sync"
)

// The points that face detectors mark, on the base mesh, as in pose's mean head, on the
// image's right.
var (
	noseTip     = vec{0, 7.003, 1.652}
	mouthCorner = vec{0.247, 6.628, 1.363}
)

// sites are sets of vertices whose mean is a place of the head.
type sites struct {
	landmarks [5][]int32 // in the order of pose.Landmarks
	eyes      []int32    // both eyeballs
	eyeball   [2][]int32 // the left, the right one of the person
	earHoles  []int32
	neck      []int32
	crown     []int32
	chin      []int32
	face      []int32 // what a detector's box holds
	outer     []int32 // the body's surface from the neck up, without ears
	ears      [2][]int32
	torso     []int32
}

var places = sync.OnceValue(func() *sites {
	m := human()
	s := &sites{}
	of := map[part][]int32{}
	for _, t := range m.tris {
		of[t.part] = append(of[t.part], t.v[:]...)
	}
	for p := range of {
		slices.Sort(of[p])
		of[p] = slices.Compact(of[p])
	}
	s.eyeball = [2][]int32{of[leftEye], of[rightEye]}
	s.eyes = append(append(s.eyes, of[leftEye]...), of[rightEye]...)
	flip := func(v vec) vec { return vec{-v[0], v[1], v[2]} }
	s.landmarks = [5][]int32{
		m.pole(of[rightEye]), m.pole(of[leftEye]), {m.nearest(of[body], noseTip)},
		{m.nearest(of[body], flip(mouthCorner))}, {m.nearest(of[body], mouthCorner)},
	}
	hole := vec{0.72, 7.2, 0.3}
	s.earHoles = []int32{m.nearest(of[body], hole), m.nearest(of[body], flip(hole))}
	s.neck = []int32{m.nearest(of[body], vec{0, 5.95, 0.6}), m.nearest(of[body], vec{0, 5.95, -0.45})}
	for _, i := range of[body] {
		s.sort(m, i)
	}
	return s
})

// sort puts a vertex of the body into the sets that it belongs to.
func (s *sites) sort(m *mesh, i int32) {
	q := m.base[i]
	ear := m.masks[ears][i] > 0.3
	switch {
	case q[1] > 8.3:
		s.crown = append(s.crown, i)
	case abs(q[0]) < 0.3 && q[1] < 6.35 && q[1] > 6.1 && q[2] > 1:
		s.chin = append(s.chin, i)
	}
	if q[2] > 0.45 && q[1] > 6.15 && q[1] < 7.95 && !ear && (q[1] > 6.5 || q[2] > 0.8) {
		s.face = append(s.face, i)
	}
	if q[1] > neckEnd && !ear {
		s.outer = append(s.outer, i)
	}
	if ear {
		side := 0
		if q[0] < 0 {
			side = 1
		}
		s.ears[side] = append(s.ears[side], i)
	}
	if q[1] < 6.3 {
		s.torso = append(s.torso, i)
	}
}

// pole returns the front of an eyeball.
func (m *mesh) pole(eye []int32) []int32 {
	front := float32(-100)
	for _, i := range eye {
		front = max(front, m.base[i][2])
	}
	return slices.DeleteFunc(slices.Clone(eye), func(i int32) bool { return m.base[i][2] <= front-0.01 })
}

func (m *mesh) nearest(vertices []int32, where vec) int32 {
	best, least := vertices[0], float32(1e9)
	for _, i := range vertices {
		if d := m.base[i].sub(where).norm(); d < least {
			best, least = i, d
		}
	}
	return best
}

// partOf returns the part of each vertex.
var partOf = sync.OnceValue(func() []part {
	m := human()
	out := make([]part, len(m.base))
	for _, t := range m.tris {
		for _, i := range t.v {
			out[i] = t.part
		}
	}
	return out
})

// eyeCenters returns the middles of the person's left and right eyeball on the base mesh.
var eyeCenters = sync.OnceValue(func() [2]vec {
	m := human()
	var out [2]vec
	for k, ball := range places().eyeball {
		for _, i := range ball {
			out[k] = out[k].add(m.base[i])
		}
		out[k] = out[k].scale(1 / float32(len(ball)))
	}
	return out
})
