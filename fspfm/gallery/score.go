package gallery

import (
	"fmt"
	"math"
	"slices"
)

// Rule says how the margins between a face and each of a person's become one.
type Rule string

// The rules. On photos of real people Mean finds most: examples/evaluate identify compares
// them.
const (
	// Mean takes the mean of all, weighted by their quality: who is alike in one photo by
	// chance is not in others.
	Mean Rule = "mean"

	// Best takes the face with the highest margin.
	Best Rule = "best"

	// Weighted takes the mean weighted by exp(margin / 0.1) as well, between the two.
	Weighted Rule = "weighted"
)

// Chances is how many chances a stranger has to be taken for somebody, in a search among
// so many people and faces: a false-match rate is divided by it. With Best it is each
// face that may be alike by chance, and otherwise each person.
func (r Rule) Chances(people, faces int) int {
	if r == Best {
		return max(faces, 1)
	}
	return max(people, 1)
}

// weightedScale is what margins are divided by in Weighted, about the spread of one
// person's cosines.
const weightedScale = 0.1

func (r Rule) check() error {
	if r != Best && r != Mean && r != Weighted {
		return fmt.Errorf("gallery: rule %q: want %q, %q or %q", string(r), Best, Mean, Weighted)
	}
	return nil
}

// Comparison is what a face and an enrolled one have to do with each other.
type Comparison struct {
	Face      Face
	Cosine    float64
	Threshold float64 // for the two poses and the size of the gallery
}

// Margin is by how much the cosine is above the threshold.
func (c Comparison) Margin() float64 { return c.Cosine - c.Threshold }

// Combine returns a person's margin by those of their faces, of which there is at least
// one. Qualities may be nil; a quality of 0 counts as 1, since nobody has judged it.
func (r Rule) Combine(margins, qualities []float64) float64 {
	if r == Best {
		return slices.Max(margins)
	}
	most, sum, weights := slices.Max(margins), 0.0, 0.0
	for i, m := range margins {
		w := 1.0
		if i < len(qualities) && qualities[i] > 0 {
			w = qualities[i]
		}
		if r == Weighted {
			w *= math.Exp((m - most) / weightedScale)
		}
		sum, weights = sum+w*m, weights+w
	}
	return sum / weights
}

// compare compares a sample with faces at a false-match rate for each, the highest margin
// first. Measured is false if any threshold goes beyond what was measured.
func (g *Gallery) compare(s Sample, faces []Face, fmr float64) (all []Comparison, measured bool) {
	yaw, _, _ := s.Angles.Deg()
	measured = true
	for _, f := range faces {
		t, ok := g.options.Decision.At(yaw, f.YawDeg, fmr)
		measured = measured && ok
		all = append(all, Comparison{Face: f, Cosine: dot(s.Feature, f.Feature), Threshold: t.Cosine})
	}
	slices.SortStableFunc(all, func(a, b Comparison) int {
		switch {
		case a.Margin() > b.Margin():
			return -1
		case a.Margin() < b.Margin():
			return 1
		}
		return 0
	})
	return all, measured
}

// margin is that of a person.
func (g *Gallery) margin(all []Comparison) float64 {
	margins, qualities := make([]float64, len(all)), make([]float64, len(all))
	for i, c := range all {
		margins[i], qualities[i] = c.Margin(), c.Face.Quality
	}
	return g.options.Rule.Combine(margins, qualities)
}

func dot(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}
