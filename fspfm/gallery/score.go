package gallery

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/internal/vector"
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

// Combine makes one number of those of a person's faces, of which there is at least one.
// Qualities may be nil; a quality of 0 counts as 1, since nobody has judged it.
func (r Rule) Combine(margins, qualities []float64) float64 {
	if r == Best {
		return slices.Max(margins)
	}
	most, sum, weights := slices.Max(margins), 0.0, 0.0
	for i, m := range margins {
		w := weight(qualities, i)
		if r == Weighted {
			w *= math.Exp((m - most) / weightedScale)
		}
		sum, weights = sum+w*m, weights+w
	}
	return sum / weights
}

// weight is that of a face by its quality.
func weight(qualities []float64, i int) float64 {
	if i < len(qualities) && qualities[i] > 0 {
		return qualities[i]
	}
	return 1
}

// Margin returns by how much a face is above the threshold for somebody, at a false-match
// rate that the person as a whole keeps: its yaw in degrees, and its cosines with the
// person's faces with their yaws and qualities (0 counts as 1; nil is all 0). Measured is
// false if a threshold goes beyond what was measured.
func (r Rule) Margin(d decision.Decision, fmr, yawDeg float64, cosines, yaws, qualities []float64) (margin float64, measured bool) {
	if r == Mean {
		weights, sum := make([]float64, len(cosines)), 0.0
		for i, c := range cosines {
			weights[i] = weight(qualities, i)
			margin, sum = margin+weights[i]*c, sum+weights[i]
		}
		threshold, measured := d.AtMean(yawDeg, yaws, weights, fmr)
		return margin/sum - threshold, measured
	}
	margins := make([]float64, len(cosines))
	measured = true
	for i, c := range cosines {
		t, ok := d.At(yawDeg, yaws[i], fmr)
		margins[i], measured = c-t.Cosine, measured && ok
	}
	return r.Combine(margins, qualities), measured
}

// compare compares a sample with faces at a false-match rate for each, the highest margin
// first.
func (g *Gallery) compare(s Sample, faces []Face, fmr float64) (all []Comparison) {
	yaw, _, _ := s.Angles.Deg()
	for _, f := range faces {
		t, _ := g.options.Decision.At(yaw, f.YawDeg, fmr)
		all = append(all, Comparison{Face: f, Cosine: vector.Dot(s.Feature, f.Feature), Threshold: t.Cosine})
	}
	slices.SortStableFunc(all, func(a, b Comparison) int { return cmp.Compare(b.Margin(), a.Margin()) })
	return all
}

// candidate compares a sample with somebody's faces.
func (g *Gallery) candidate(s Sample, p Person, faces []Face, fmr float64) (c Candidate, measured bool) {
	c = Candidate{Person: p, Comparisons: g.compare(s, faces, fmr)}
	var cosines, yaws, qualities []float64
	for _, x := range c.Comparisons {
		cosines, yaws, qualities = append(cosines, x.Cosine), append(yaws, x.Face.YawDeg), append(qualities, x.Face.Quality)
	}
	yaw, _, _ := s.Angles.Deg()
	c.Margin, measured = g.options.Rule.Margin(g.options.Decision, fmr, yaw, cosines, yaws, qualities)
	c.Match = c.Margin >= 0
	return c, measured
}
