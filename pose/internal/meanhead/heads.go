package main

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/spatial/r3"
)

const (
	detailSD = 0.3  // spread of a detail's weight; 1 is the most that MakeHuman's artists drew
	halfSD   = 0.05 // spread of the difference between the left and the right half of a face
	limit    = 0.9
)

// details are the folders of targets that shape a face.
var details = []string{"cheek/", "chin/", "eyebrows/", "eyes/", "forehead/", "head/", "mouth/", "nose/"}

// opposites are the endings of targets that undo each other.
var opposites = [][2]string{{"decr", "incr"}, {"down", "up"}, {"in", "out"}, {"backward", "forward"}, {"concave", "convex"}, {"compress", "uncompress"}}

// head returns the five landmarks of a random adult, in millimeters: sex, age, descent,
// muscle and weight first, then every detail of the face by itself.
func (m *mesh) head(r *rand.Rand) [5]r3.Vec {
	var p [5]r3.Vec
	for k, vertices := range m.points {
		for _, i := range vertices {
			p[k] = r3.Add(p[k], r3.Scale(1/float64(len(vertices)), m.base[i]))
		}
	}
	move := func(name string, w float64) {
		t := m.targets[name]
		for k := range p {
			p[k] = r3.Add(p[k], r3.Scale(w, t[k]))
		}
	}
	macro(r, move)
	m.detail(r, move)
	for k := range p {
		p[k] = r3.Scale(millimeters, p[k])
	}
	return p
}

// macro applies what MakeHuman blends between drawn extremes: the weights of each kind
// sum to one.
func macro(r *rand.Rand, move func(string, float64)) {
	male := float64(r.IntN(2))
	old := 0.75 * math.Pow(r.Float64(), 1.8) // adults, the young more often
	sex := []weight{{"female", 1 - male}, {"male", male}}
	age := []weight{{"young", 1 - old}, {"old", old}}
	muscle := between(normal(r, 0.4), "minmuscle", "averagemuscle", "maxmuscle")
	fat := between(normal(r, 0.45), "minweight", "averageweight", "maxweight")
	descent := mixture(r, "african", "asian", "caucasian")
	for _, s := range sex {
		for _, a := range age {
			for _, d := range descent {
				move("macrodetails/"+d.name+"-"+s.name+"-"+a.name, s.w*a.w*d.w)
			}
			for _, mu := range muscle {
				for _, f := range fat {
					move("macrodetails/universal-"+s.name+"-"+a.name+"-"+mu.name+"-"+f.name, s.w*a.w*mu.w*f.w)
				}
			}
		}
	}
}

type weight struct {
	name string
	w    float64
}

// between blends from the middle towards one end.
func between(x float64, lo, mid, hi string) []weight {
	return []weight{{lo, max(0, -x)}, {mid, 1 - math.Abs(x)}, {hi, max(0, x)}}
}

// mixture gives most of the weight to one of the names, most of the time.
func mixture(r *rand.Rand, names ...string) []weight {
	out := make([]weight, len(names))
	sum := 0.0
	for i, n := range names {
		out[i] = weight{n, math.Pow(r.ExpFloat64(), 2.2)}
		sum += out[i].w
	}
	for i := range out {
		out[i].w /= sum
	}
	return out
}

// detail gives every detail a random weight. Both halves of a face get nearly the same.
func (m *mesh) detail(r *rand.Rand, move func(string, float64)) {
	for _, name := range slices.Sorted(maps.Keys(m.targets)) {
		folder, rest, _ := strings.Cut(name, "/")
		if !slices.Contains(details, folder+"/") || strings.HasPrefix(rest, "r-") || elsewhere(folder, rest) {
			continue
		}
		stem, pair, second := opposite(name)
		if second {
			continue
		}
		w := normal(r, detailSD)
		m.signed(stem, pair, w, move)
		if half, ok := strings.CutPrefix(rest, "l-"); ok {
			stem, pair, _ = opposite(folder + "/r-" + half)
			m.signed(stem, pair, w+halfSD*r.NormFloat64(), move)
		}
	}
}

// elsewhere tells targets that move a whole part to one side, or that belong to age, from
// those that make a face its own.
func elsewhere(folder, rest string) bool {
	aside := strings.Contains(rest, "trans-in") || strings.Contains(rest, "trans-out")
	return aside && folder != "eyes" || strings.HasPrefix(rest, "head-age") || strings.HasPrefix(rest, "head-angle") || strings.HasPrefix(rest, "head-trans")
}

// opposite splits a name into its stem and the pair of endings that it belongs to, and
// tells whether it is the second of them. A name without such an ending is its own stem,
// with two equal endings.
func opposite(name string) (stem string, pair [2]string, second bool) {
	for _, p := range opposites {
		for k, end := range p {
			if s, ok := strings.CutSuffix(name, "-"+end); ok {
				return s + "-", p, k == 1
			}
		}
	}
	return name, [2]string{}, false
}

// signed applies one of two opposite targets, whichever the sign asks for, or a lone one
// by its weight's size.
func (m *mesh) signed(stem string, pair [2]string, w float64, move func(string, float64)) {
	end := pair[1]
	if w < 0 {
		end = pair[0]
	}
	move(stem+end, math.Abs(w))
}

func normal(r *rand.Rand, sd float64) float64 {
	return min(max(sd*r.NormFloat64(), -limit), limit)
}
