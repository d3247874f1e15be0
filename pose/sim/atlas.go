package sim

import (
	"math"
	"sync"
)

// The colors of a head are painted on a map of it: longitude to the right, from the back
// over the person's right ear, the nose and the left ear to the back again, and latitude
// down from the crown, both finer in the middle of the face than elsewhere.
const (
	atlasWidth  = 320
	atlasHeight = 320
)

// neckEnd is the height below which the map does not reach: shoulders lie in the same
// directions as the chin.
const neckEnd = 5.9

// atlasCenter is where latitude and longitude are measured from.
var atlasCenter = vec{0, 7.0, 0.3}

// atlasPlace returns where a point of the base mesh lies on the map, within [0, 1].
func atlasPlace(q vec) [2]float32 {
	d := q.sub(atlasCenter)
	r := math.Sqrt(float64(float64(d[0])*float64(d[0])) + float64(float64(d[2])*float64(d[2])))
	longitude := float32(math.Atan2(float64(d[0]), float64(d[2])) / math.Pi)
	latitude := float32(math.Atan2(float64(d[1]), r) / (math.Pi / 2))
	return [2]float32{0.5 + float32(0.5*dense(longitude)), 0.5 - float32(0.5*dense(latitude))}
}

// dense maps [-1, 1] to itself, twice as steep in the middle and half as steep at the
// ends.
func dense(x float32) float32 { return float32(2*x) / (1 + abs(x)) }

// atlas is the map with what is the same for all heads.
type atlas struct {
	place  [][2]float32 // of every vertex
	zones  []zones      // of every vertex
	texels []texel
	front  []int32 // the texels of the face
}

// texel is a place of the map.
type texel struct {
	at    vec     // on the base mesh
	ok    bool    // whether there is a head here
	lips  float32 // masks
	lids  float32
	zones *zones // a shared one without any where the texel is of no zone

	across, along float32 // in the pattern of the hair
}

// zones say how much of a texel belongs to a part of a face that has a color of its own,
// 0 to 1.
type zones struct {
	cheek, nose, socket, bag, freckle    float32 // reddened, shaded, freckled
	forehead, crow, fold                 float32 // wrinkles
	jaw, moustache, chin, sideburn, brow float32 // hair
}

// noZones is shared, and never changed.
var noZones zones

var skinAtlas = sync.OnceValue(func() *atlas {
	m := human()
	a := &atlas{place: make([][2]float32, len(m.base)), zones: make([]zones, len(m.base)), texels: make([]texel, atlasWidth*atlasHeight)}
	for i, q := range m.base {
		a.place[i] = atlasPlace(q)
		if q[1] < neckEnd { // bare skin, as on the neck
			a.place[i][1] = 0.95
		}
		a.zones[i] = zonesAt(q)
	}
	depth := make([]float32, len(a.texels))
	for _, t := range m.tris {
		if t.part == body && m.base[t.v[0]][1] > neckEnd && max(m.masks[ears][t.v[0]], m.masks[ears][t.v[1]], m.masks[ears][t.v[2]]) < 0.5 {
			a.fill(m, t, depth)
		}
	}
	a.grow()
	for i := range a.texels {
		t := &a.texels[i]
		t.across, t.along = thread(t.at)
		if t.ok && t.at[2] > 0.6 && t.at[1] > 6.2 {
			a.front = append(a.front, int32(i))
		}
		z := zonesAt(t.at)
		z.jaw *= 1 - t.lips
		z.moustache *= 1 - t.lips
		z.chin *= 1 - t.lips
		if t.zones = &noZones; z != noZones {
			t.zones = &z
		}
	}
	return a
})

// corners returns a triangle's places on the map, on one side of the seam.
func (a *atlas) corners(t *[3]int32) [3][2]float32 {
	c := [3][2]float32{a.place[t[0]], a.place[t[1]], a.place[t[2]]}
	if least, largest := span(c[0][0], c[1][0], c[2][0]); largest-least > 0.5 {
		for k := range c {
			if c[k][0] < 0.5 {
				c[k][0]++
			}
		}
	}
	return c
}

// fill draws a triangle of the base mesh into the map. Of several surfaces the outermost
// stays.
func (a *atlas) fill(m *mesh, t triangle, depth []float32) {
	c := a.corners(&t.v)
	for k := range c {
		c[k] = [2]float32{float32(c[k][0] * atlasWidth), float32(c[k][1] * atlasHeight)}
	}
	area := edge(c[0], c[1], c[2])
	if abs(area) < 1e-9 {
		return
	}
	for y := int(min(c[0][1], c[1][1], c[2][1])); y <= int(max(c[0][1], c[1][1], c[2][1])); y++ {
		for x := int(min(c[0][0], c[1][0], c[2][0])); x <= int(max(c[0][0], c[1][0], c[2][0])); x++ {
			p := [2]float32{float32(x) + 0.5, float32(y) + 0.5}
			w := vec{edge(c[1], c[2], p) / area, edge(c[2], c[0], p) / area, 0}
			w[2] = 1 - w[0] - w[1]
			if min(w[0], w[1], w[2]) < -0.01 || y >= atlasHeight {
				continue
			}
			var q vec
			var lip, lid float32
			for k, i := range t.v {
				q = q.plus(w[k], m.base[i])
				lip += float32(w[k] * m.masks[lips][i])
				lid += float32(w[k] * m.masks[eyelids][i])
			}
			i := y*atlasWidth + x%atlasWidth
			if d := q.sub(atlasCenter).norm(); d > depth[i] {
				depth[i] = d
				a.texels[i] = texel{at: q, ok: true, lips: step(0.3, 0.75, lip), lids: lid}
			}
		}
	}
}

// edge is twice the signed area of a triangle.
func edge(a, b, p [2]float32) float32 {
	return float32((b[0]-a[0])*(p[1]-a[1])) - float32((b[1]-a[1])*(p[0]-a[0]))
}

// grow fills empty texels from their neighbors, so that none shows at an edge.
func (a *atlas) grow() {
	for range 24 {
		before := make([]bool, len(a.texels))
		for i := range before {
			before[i] = a.texels[i].ok
		}
		for i := range a.texels {
			if before[i] {
				continue
			}
			x := i % atlasWidth
			for _, j := range [4]int{i - x + (x+1)%atlasWidth, i - x + (x+atlasWidth-1)%atlasWidth, i - atlasWidth, i + atlasWidth} {
				if j >= 0 && j < len(before) && before[j] {
					a.texels[i] = a.texels[j]
					break
				}
			}
		}
	}
}

// zonesAt returns the zones at a place of the base mesh. The numbers are decimeters on
// that mesh: eyes at (0.31, 7.28), tip of the nose at (0, 7.0), corners of the mouth at
// (0.25, 6.63), chin at 6.2.
func zonesAt(q vec) zones {
	ax, y, z := abs(q[0]), q[1], q[2]
	front := step(0.75, 1.05, z)
	var o zones
	o.cheek = near(ax, y, 0.44, 6.95, 0.36, 0.32) * step(0.6, 1, z)
	o.nose = near(ax, y, 0, 7.0, 0.2, 0.16) * step(1.35, 1.55, z)
	o.socket = near(ax, y, 0.3, 7.28, 0.30, 0.20) * step(0.9, 1.15, z)
	o.bag = near(ax, y, 0.29, 7.13, 0.2, 0.08) * front
	o.freckle = near(ax, y, 0.28, 7.02, 0.5, 0.42) * step(0.7, 1.1, z)
	o.forehead = step(7.58, 7.68, y) * step(8.1, 7.9, y) * step(0.6, 0.3, ax) * step(0.95, 1.15, z)
	o.crow = step(0.49, 0.54, ax) * step(0.68, 0.58, ax) * step(0.15, 0.05, abs(y-7.26)) * step(0.75, 0.95, z)
	along := clamp01((6.98 - y) / 0.4)
	o.fold = step(0.045, 0, abs(ax-(0.2+float32(0.19*along)))) * step(6.5, 6.62, y) * step(7.02, 6.92, y) * front
	low := y + float32(0.22*step(0.45, 0.1, ax))
	o.jaw = step(6.9, 6.66, low) * step(5.9, 6.1, y) * step(0.2, 0.5, z+float32(0.5*step(6.9, 6.4, y))) * step(0.35, 0.6, z+float32(0.3*step(6.6, 6.2, y)))
	o.jaw *= step(-0.1, 0.06, y-(6.7-float32(0.55*(z-0.35)))) // not on the neck
	o.sideburn = step(0.5, 0.64, ax) * step(7.25, 6.95, y) * step(0.38, 0.5, z) * step(1.0, 0.82, z) * step(6.2, 6.4, y)
	droop := float32(0.16 * step(0.08, 0.34, ax))
	o.moustache = step(6.66, 6.72, y+droop) * step(6.87, 6.77, y+droop) * step(0.38, 0.24, ax) * step(1.15, 1.3, z)
	o.moustache *= 1 - float32(0.5*bump(0, 0.04, ax))
	o.chin = near(ax, y, 0, 6.36, 0.36, 0.24) * step(0.85, 1.1, z)
	o.chin = step(0, 0.5, o.chin)
	if y > 7.3 && y < 7.85 && z > 0.8 && ax > 0.02 && ax < 0.72 {
		o.brow = 1
	}
	return o
}
