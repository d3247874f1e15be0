package sim

import (
	"errors"
	"fmt"
	"image"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
)

// ErrPhoto is wrapped by NewPhoto's errors: landmarks that are not numbers or all in one
// place, a photo without pixels.
var ErrPhoto = errors.New("unusable photo")

// Photo is a head that wears a photo of a face, and can be turned: the way in which
// MS1M-Pose-Sim was made from MS1M, and, from a profile to the front, the image-space
// frontalization that feature-space frontalization competes with. It is safe for
// concurrent use.
//
// The mean head is laid under the photo in the given pose, and bent until its landmarks
// lie where the photo's are. The photo becomes a relief as deep as that head, and beyond
// its outline as deep as the outline, so that hair, ears and neck turn with the face, and
// a photo that is turned back is itself (relief.go). Where the relief is torn, since
// something in front hides what is behind, the head shows: what the photo does not show
// of it is taken from the other side of the face where that is to be seen, mirrored, and
// elsewhere continued smoothly. Beyond the relief lies the photo, blurred. Up to about 60
// degrees the result looks like the person; beyond, it shows that nothing is known about
// the depth of this very face.
type Photo struct {
	head   *Identity
	angles pose.Angles
	crop   *backdrop // the photo around the head, as linear light
	lens   lens      // that took it
	behind *backdrop // the same, blurred
	relief *relief   // what is drawn over the head; nil if nothing is

	// For every vertex of the mesh: where the photo shows it and its mirror image, how
	// well, and what it is like if not at all.
	own, other             [][2]float32
	ownWeight, otherWeight []float32
	fill                   []vec
}

// PhotoDistance is from how far photos are taken to be shot, in millimeters: a camera at
// that distance shows a photo, not turned, as it is.
const PhotoDistance = 2000

// Sizes of the crop that is taken from a photo.
const (
	cropSide = 320
	cropHead = 0.52 // of the side, from chin to crown
)

// NewPhoto fits the mean head to a face in a photo, given its five landmarks and its
// pose, in the frame of renders: a network that was trained on them estimates it, and
// hopenet.Nod by -hopenet.RenderedNodDeg makes it of what package fspfm says. The image is
// not kept. It fails with ErrPhoto.
func NewPhoto(img image.Image, landmarks pose.Landmarks, a pose.Angles) (*Photo, error) {
	if img == nil || img.Bounds().Empty() {
		return nil, fmt.Errorf("sim: %w: no pixels", ErrPhoto)
	}
	for _, p := range landmarks {
		if x := p[0] + p[1]; math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("sim: %w: a landmark is not a number", ErrPhoto)
		}
	}
	if box := pose.Bound(landmarks[:]...); box.Dx() < 1e-3 && box.Dy() < 1e-3 {
		return nil, fmt.Errorf("sim: %w: all landmarks are in one place", ErrPhoto)
	}
	p := &Photo{angles: a, head: meanHead()}
	s := newPhotoScene(p, a)
	s.lens = lens{distance: PhotoDistance / 100, a: 1}
	toPhoto := p.fit(s, landmarks)
	p.take(s, imaging.FromImage(img), toPhoto)
	p.see(s)
	p.spread()
	p.lens, p.relief = s.lens, p.raise(s)
	return p, nil
}

// meanHead returns a head between all of them, with some room for hair.
var meanHead = sync.OnceValue(func() *Identity {
	m := human()
	id := &Identity{shape: append([]vec(nil), m.base...)}
	physique{male: 0.5, old: 0.25, descent: [3]float32{1. / 3, 1. / 3, 1. / 3}}.shape(m, id.shape)
	normals := make([]vec, len(m.base))
	vertexNormals(id.shape, m.tris, normals)
	for i, q := range m.base {
		room := float32(0.08*step(7.85, 8.3, q[1])) + float32(0.06*step(0.3, -0.1, q[2])*step(6.9, 7.3, q[1]))
		id.shape[i] = id.shape[i].plus(room*(1-m.masks[ears][i]), normals[i])
	}
	id.measure()
	return id
})

// mostTorso is how much of the neck is drawn under a relief, whose shoulders turn with the
// head.
const mostTorso = 0.3

// newPhotoScene returns the head of a photo, turned, and its relief if there is one.
func newPhotoScene(p *Photo, a pose.Angles) *scene {
	m := human()
	s := &scene{id: p.head, shot: &Shot{Angles: a, Torso: p.angles}, photo: p}
	s.at = append(s.at, p.head.shape...)
	s.normal = make([]vec, len(s.at))
	vertexNormals(s.at, m.tris, s.normal)
	s.torso = torsoShares()
	for _, t := range m.tris {
		of := t.part == body || t.part == leftEye || t.part == rightEye
		if torso := max(s.torso[t.v[0]], s.torso[t.v[1]], s.torso[t.v[2]]); of && (p.relief == nil || torso < mostTorso) {
			s.tris = append(s.tris, drawn{v: t.v, of: onPhoto})
		}
	}
	s.turn()
	if p.relief != nil {
		s.addRelief(p)
	}
	return s
}

// fit bends the head so that its landmarks, as seen from the camera, are those of the
// photo, and returns the lens that took it.
func (p *Photo) fit(s *scene, landmarks pose.Landmarks) lens {
	from := [5][2]float64{}
	points := s.landmarks()
	for k, q := range points {
		x := s.lens.pixel(q)
		from[k] = [2]float64{float64(x[0]), float64(x[1])}
	}
	a, b, dx, dy := similarity(from, landmarks)
	l := lens{distance: s.lens.distance, a: float32(a), b: float32(b), shift: [2]float32{float32(dx), float32(dy)}}
	// What is left, back in decimeters of the head, bends it; landmarks that are turned
	// away know less.
	size := float64(a*a) + float64(b*b)
	kernel, moves := mat.NewDense(5, 5, nil), mat.NewDense(5, 2, nil)
	for i := range 5 {
		x := l.pixel(points[i])
		ex, ey := landmarks[i][0]-float64(x[0]), landmarks[i][1]-float64(x[1])
		trust := float64(step(-0.3, 0.3, s.facing(i)))
		f := float64(l.distance-points[i][2]) / float64(l.distance)
		moves.SetRow(i, []float64{trust * f * (float64(a*ex) + float64(b*ey)) / size, -trust * f * (float64(a*ey) - float64(b*ex)) / size})
		for j := range 5 {
			kernel.Set(i, j, bend(points[i], points[j]))
		}
		kernel.Set(i, i, kernel.At(i, i)+0.02)
	}
	var weights mat.Dense
	if err := weights.Solve(kernel, moves); err == nil {
		for i := range s.at {
			for j := range 5 {
				w := bend(s.at[i], points[j])
				s.at[i][0] += float32(w * weights.At(j, 0))
				s.at[i][1] += float32(w * weights.At(j, 1))
			}
		}
	}
	p.head = p.bent(s)
	return l
}

// facing returns how much a landmark's surroundings are turned to the camera, from -1 to
// 1.
func (s *scene) facing(k int) float32 {
	return s.normal[places().landmarks[k][0]][2]
}

// bend says how far a move of one point moves another.
func bend(a, b vec) float64 {
	d := float64(a.sub(b).norm()) / 0.7
	return math.Exp(-0.5 * d * d)
}

// bent turns the bent head, which is in the frame of the camera, back to the frame of the
// head.
func (p *Photo) bent(s *scene) *Identity {
	id := &Identity{shape: append([]vec(nil), p.head.shape...)}
	m := rotation(p.angles)
	middle := m.apply(p.head.center.sub(p.head.neck))
	back := rows{{m[0][0], m[1][0], m[2][0]}, {m[0][1], m[1][1], m[2][1]}, {m[0][2], m[1][2], m[2][2]}}
	for i, q := range s.at {
		id.shape[i] = back.apply(q.add(middle)).add(p.head.neck)
	}
	id.measure()
	id.neck, id.center = p.head.neck, p.head.center
	return id
}

// take resamples the photo around the head, and sets the scene's lens to that crop.
func (p *Photo) take(s *scene, img *imaging.RGB, l lens) {
	scale := float64(sqrt(float32(l.a*l.a) + float32(l.b*l.b)))
	side := float64(p.head.top-p.head.chin) * scale / cropHead // in the photo's pixels
	ratio := side / cropSide
	x0, y0 := float64(l.shift[0])-float64(side/2), float64(l.shift[1])-float64(0.47*side)
	p.crop = &backdrop{width: cropSide, height: cropSide, pixels: make([]vec, cropSide*cropSide)}
	n := min(max(int(math.Ceil(ratio)), 1), 8) // samples per pixel in each direction
	for i := range p.crop.pixels {
		var sum vec
		for k := range n * n {
			x := x0 + float64(ratio*(float64(i%cropSide)+(float64(k%n)+0.5)/float64(n)))
			y := y0 + float64(ratio*(float64(i/cropSide)+(float64(k/n)+0.5)/float64(n)))
			sum = sum.add(samplePhoto(img, x, y))
		}
		p.crop.pixels[i] = sum.scale(1 / float32(n*n))
	}
	inv := float32(1 / ratio)
	s.lens = lens{
		width: cropSide, height: cropSide, distance: l.distance, a: float32(l.a * inv), b: float32(l.b * inv),
		shift: [2]float32{float32((l.shift[0] - float32(x0)) * inv), float32((l.shift[1] - float32(y0)) * inv)},
	}
	p.behind = &backdrop{width: cropSide, height: cropSide, pixels: append([]vec(nil), p.crop.pixels...)}
	for range 3 {
		p.behind.blur(cropSide / 14)
	}
}

// samplePhoto interpolates linear light at a place in pixels; beyond the edge of the
// photo it goes on.
func samplePhoto(img *imaging.RGB, x, y float64) vec {
	x, y = min(max(x-0.5, 0), float64(img.Width-1)), min(max(y-0.5, 0), float64(img.Height-1))
	i, j := int(x), int(y)
	u, v := float32(x-float64(i)), float32(y-float64(j))
	at := func(i, j int) vec {
		p := img.Pix[3*(min(j, img.Height-1)*img.Width+min(i, img.Width-1)):]
		return linear(vec{float32(p[0]) / 255, float32(p[1]) / 255, float32(p[2]) / 255})
	}
	return mix(mix(at(i, j), at(i+1, j), u), mix(at(i, j+1), at(i+1, j+1), u), v)
}

// see finds out where the photo shows each vertex, and how well.
func (p *Photo) see(s *scene) {
	m := human()
	vertexNormals(s.at, m.tris, s.normal)
	s.project()
	s.rasterize()
	n := len(m.base)
	p.own, p.other = make([][2]float32, n), make([][2]float32, n)
	p.ownWeight, p.otherWeight = make([]float32, n), make([]float32, n)
	for i := range n {
		q := s.lens.pixel(s.at[i])
		p.own[i] = [2]float32{q[0], q[1]}
		// Where heads differ most from the mean one, at the crown, behind and at the
		// ears, the photo may show what is behind the head.
		outer := max(step(7.95, 8.2, m.base[i][1]), step(0.5, 0.2, m.base[i][2]))
		w := step(lerp(0.12, 0.4, outer), lerp(0.5, 0.8, outer), s.normal[i][2])
		w *= 1 - step(0.1, 0.4, m.masks[ears][i])
		w *= 1 - step(0.1, 0.6, s.torso[i]) // how the shoulders are turned is not known
		edge := min(q[0], q[1], cropSide-q[0], cropSide-q[1])
		w *= step(2, 12, edge)
		if !s.seen(s.at[i], q, 0.05) {
			w = 0
		}
		p.ownWeight[i] = w
	}
	p.smoothWeights(p.ownWeight)
	for i, j := range mirrored() {
		p.other[i], p.otherWeight[i] = p.own[j], p.ownWeight[j]
	}
}

// smoothWeights lets no part end abruptly.
func (p *Photo) smoothWeights(w []float32) {
	for range 2 {
		next := append([]float32(nil), w...)
		for _, t := range human().tris {
			least := min(w[t.v[0]], w[t.v[1]], w[t.v[2]])
			for _, i := range t.v {
				next[i] = min(next[i], float32(0.5*(w[i]+least)))
			}
		}
		copy(w, next)
	}
}

// mirrored returns the vertex on the other side of each.
var mirrored = sync.OnceValue(func() []int32 {
	m := human()
	type cell [3]int32
	key := func(q vec, d [3]int32) cell {
		return cell{int32(float32(q[0]*20)+100) + d[0], int32(float32(q[1]*20)+100) + d[1], int32(float32(q[2]*20)+100) + d[2]}
	}
	grid := map[cell][]int32{}
	for i, q := range m.base {
		grid[key(q, [3]int32{})] = append(grid[key(q, [3]int32{})], int32(i))
	}
	out := make([]int32, len(m.base))
	parts := partOf()
	flip := map[part]part{body: body, leftEye: rightEye, rightEye: leftEye, lash: lash, teeth: teeth}
	for i, q := range m.base {
		q[0] = -q[0]
		best := float32(1e9)
		out[i] = int32(i)
		for k := range int32(27) {
			for _, j := range grid[key(q, [3]int32{k%3 - 1, k/3%3 - 1, k/9 - 1})] {
				if d := m.base[j].sub(q).norm(); d < best && parts[j] == flip[parts[i]] {
					out[i], best = j, d
				}
			}
		}
	}
	return out
})

// spread gives every vertex a color: what the photo shows of it, or the mean of its
// neighbors', again and again.
func (p *Photo) spread() {
	n := len(p.own)
	known, unknown := make([]vec, n), make([]float32, n)
	var mean vec
	sum := float32(0)
	for i := range n {
		c := p.crop.sample(p.own[i][0]-0.5, p.own[i][1]-0.5)
		o := p.crop.sample(p.other[i][0]-0.5, p.other[i][1]-0.5)
		w, v := p.ownWeight[i], float32(p.otherWeight[i]*(1-p.ownWeight[i]))
		known[i] = c.scale(w).plus(v, o)
		unknown[i] = 1 - (w + v)
		mean, sum = mean.add(known[i]), sum+(w+v)
	}
	if sum > 0 {
		mean = mean.scale(1 / sum)
	}
	p.fill = make([]vec, n)
	for i := range n {
		p.fill[i] = known[i].plus(unknown[i], mean)
	}
	for range 60 {
		diffuse(p.fill, known, unknown)
	}
}

// diffuse moves what is unknown of the colors to the mean of their neighbors.
func diffuse(colors, known []vec, unknown []float32) {
	sum, count := make([]vec, len(colors)), make([]float32, len(colors))
	for _, t := range human().tris {
		c := colors[t.v[0]].add(colors[t.v[1]]).add(colors[t.v[2]])
		for _, i := range t.v {
			sum[i] = sum[i].add(c)
			count[i] += 3
		}
	}
	for i := range colors {
		if count[i] > 0 {
			colors[i] = known[i].plus(unknown[i]/count[i], sum[i])
		}
	}
}
