package sim

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// modifier is a detail of a face that goes two ways: a wider or a narrower nose. Where
// MakeHuman has one target for the left side of the face and one for the right, a
// modifier holds both, so that faces are nearly symmetric.
type modifier struct {
	name     string
	less     []morph // empty if the detail goes one way only
	more     []morph
	sd       float32
	oneSided bool
}

// opposites are the endings of targets that undo each other.
var opposites = [...][2]string{{"decr", "incr"}, {"down", "up"}, {"in", "out"}, {"backward", "forward"}, {"concave", "convex"}, {"compress", "uncompress"}}

// spread is the standard deviation of the details of each part; 1 is the most that
// MakeHuman's artists drew.
var spread = map[string]float32{
	"cheek": 0.28, "chin": 0.28, "ears": 0.33, "eyebrows": 0.25, "eyes": 0.2, "forehead": 0.25, "head": 0.25, "mouth": 0.25, "neck": 0.15, "nose": 0.26,
}

// tamed are details of which a little is a lot.
var tamed = map[string]float32{
	"ears/l-ear-shape-pointed": 0.1, "ears/l-ear-flap-": 0.5, "neck/measure-neck-height-": 0.2, "neck/neck-double-": 0.6, "nose/nose-scale-depth-": 0.6,
	"nose/nose-point-": 0.7, "nose/nose-curve-": 0.7, "head/head-scale-depth-": 0.6, "head/head-back-scale-depth-": 0.6, "mouth/mouth-scale-depth-": 0.6,
	"mouth/mouth-trans-": 0.6, "chin/chin-prognathism-": 0.6, "eyes/l-eye-scale-": 0.7, "head/head-scale-vert-": 0.7, "forehead/forehead-nubian-": 0.6,
	"mouth/mouth-angles-": 0.6, "eyebrows/eyebrows-angle-": 0.6, "eyes/l-eye-push1-": 0.5, "eyes/l-eye-push2-": 0.5, "nose/nose-septumangle-": 0.7,
	"chin/chin-jaw-drop-": 0.6,
}

// modifiers returns all of them, in the order of their names.
var modifiers = sync.OnceValue(func() []modifier {
	m := human()
	var out []modifier
	done := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(m.targets)) {
		folder, rest, _ := strings.Cut(name, "/")
		sd, ok := spread[folder]
		if !ok || done[name] || strings.HasPrefix(rest, "r-") {
			continue
		}
		stem, pair := opposite(m, name)
		mod := modifier{name: stem, sd: sd, oneSided: pair[0] == pair[1]}
		if t, ok := tamed[stem]; ok {
			mod.sd *= t
		}
		if !mod.oneSided {
			mod.less = m.halves(stem + pair[0])
		}
		mod.more = m.halves(stem + pair[1])
		done[stem+pair[0]], done[stem+pair[1]] = true, true
		out = append(out, mod)
	}
	return out
})

// opposite splits a name into its stem and the pair of endings that it belongs to. A name
// without an opposite is its own stem, with two equal endings.
func opposite(m *mesh, name string) (string, [2]string) {
	for _, p := range opposites {
		for _, end := range p {
			stem, ok := strings.CutSuffix(name, "-"+end)
			if !ok {
				continue
			}
			stem += "-"
			_, a := m.targets[stem+p[0]]
			_, b := m.targets[stem+p[1]]
			if a && b {
				return stem, p
			}
		}
	}
	return name, [2]string{}
}

// halves returns a target, and the one of the other half of the face.
func (m *mesh) halves(name string) []morph {
	out := []morph{m.targets[name]}
	if folder, rest, _ := strings.Cut(name, "/"); strings.HasPrefix(rest, "l-") {
		out = append(out, m.targets[folder+"/r-"+rest[2:]])
	}
	return out
}

// descents, in the order of body.descent.
var descents = [3]string{"african", "asian", "caucasian"}

// physique is what MakeHuman blends between drawn extremes.
type physique struct {
	male, old   float32 // 0 to 1
	muscle, fat float32 // -1 to 1
	descent     [3]float32
}

// drawPhysique draws an adult. The young are more frequent than the old, faces of one
// descent more than mixed ones.
func drawPhysique(g *genome) physique {
	p := physique{old: float32(0.8 * power(g.uniform(), 1.7))}
	p.male = lerp(0.08, 0.92, step(0.42, 0.58, g.uniform())) // few are in between
	p.male = clamp01(p.male + g.normal(0.06, 2))
	p.muscle, p.fat = g.normal(0.35, 2.4), g.normal(0.36, 2.2)-0.12
	sum := float32(0)
	for k := range p.descent {
		p.descent[k] = power(g.exponential(), 2)
		sum += p.descent[k]
	}
	for k := range p.descent {
		p.descent[k] /= sum
	}
	return p
}

// shape applies a physique to the base mesh.
func (p physique) shape(m *mesh, v []vec) {
	sexes := [2]weight{{"female", 1 - p.male}, {"male", p.male}}
	ages := [2]weight{{"young", 1 - p.old}, {"old", p.old}}
	muscles, weights := between(p.muscle, "muscle"), between(p.fat, "weight")
	for _, s := range sexes {
		for _, a := range ages {
			w := float32(s.w * a.w)
			for k, d := range descents {
				m.targets[d+"-"+s.name+"-"+a.name].apply(v, float32(w*p.descent[k]))
			}
			for _, mu := range muscles {
				for _, fa := range weights {
					m.targets["universal-"+s.name+"-"+a.name+"-"+mu.name+"-"+fa.name].apply(v, float32(w*float32(mu.w*fa.w)))
				}
			}
		}
	}
}

type weight struct {
	name string
	w    float32
}

// between blends from the average towards the least or the most.
func between(x float32, what string) [3]weight {
	return [3]weight{{"min" + what, max(0, -x)}, {"average" + what, 1 - abs(x)}, {"max" + what, max(0, x)}}
}

// details gives every modifier a weight of its own, and both halves of the face nearly
// the same.
func details(g *genome, v []vec) {
	for _, m := range modifiers() {
		w := g.normal(m.sd, 2.6)
		skew := g.normal(float32(0.12*m.sd), 2.6)
		if m.oneSided {
			w = max(w, 0)
		}
		morphs := m.more
		if w < 0 {
			morphs = m.less
		}
		for k, t := range morphs {
			t.apply(v, max(0, abs(w)+float32(skew*float32(k))))
		}
	}
}

var asymmetries = [...]string{"brown-1", "brown-2", "cheek-1", "ear-1", "eye-1", "eye-4", "jaw-1", "jaw-2", "mouth-1", "nose-1", "nose-2", "temple-1"}

// asymmetry pulls some places on one side of the face.
func asymmetry(g *genome, m *mesh, v []vec) {
	for _, name := range asymmetries {
		w := g.normal(0.12, 2.5)
		side := "-l"
		if w < 0 {
			side = "-r"
		}
		m.targets["asym/asym-"+name+side].apply(v, abs(w))
	}
}
