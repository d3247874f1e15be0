package people

import (
	"math"

	"github.com/pifr-go/pifr/fspfm/decision"
)

// linkage says how alike two groups are, and how alike they have to be.
type linkage struct {
	turnedDeg                   float64
	single, group, blur, growth float64

	threshold [ranges][ranges]float64 // the decision's, by the ranges of two faces
	weight    [ranges][ranges]float64 // of such a pair in the mean
}

// newLinkage prepares what does not change; faces is how many there are in all.
func newLinkage(o Options, faces int) *linkage {
	l := &linkage{turnedDeg: o.Decision.TurnedDeg, single: o.Single, group: o.Group, blur: o.Blur}
	l.growth = o.Growth * math.Log10(max(1, float64(faces)/chosenOn))
	for a := range ranges {
		for b := range ranges {
			yawA, yawB := l.middleDeg(a), l.middleDeg(b)
			l.threshold[a][b] = o.Decision.Threshold(yawA, yawB).Cosine
			l.weight[a][b] = math.Exp(-math.Abs(yawA-yawB) / o.Reach)
		}
	}
	return l
}

// least is the lowest cosine that two faces may have to be linked, by whatever route.
func (l *linkage) least(d decision.Decision) float32 {
	low := min(d.Frontal.Cosine, d.Mixed.Cosine, d.Turned.Cosine)
	return float32(low + min(l.single, l.group, 0) + l.growth)
}

// excess is by how much two groups are more alike than they have to be to become one: the
// mean, over all pairs of a face of one and a face of the other, of the cosine minus the
// threshold for their poses, weighted by how near their poses are, minus what is wanted of
// groups of these sizes and qualities. Below 0 they stay two.
func (l *linkage) excess(a, b *cluster) float64 {
	sum, weights := 0.0, 0.0
	for r := range a.sums {
		for s := range b.sums {
			if a.counts[r] == 0 || b.counts[s] == 0 {
				continue
			}
			pairs := a.counts[r] * b.counts[s]
			sum += l.weight[r][s] * (dot(a.sums[r], b.sums[s]) - pairs*l.threshold[r][s])
			weights += l.weight[r][s] * pairs
		}
	}
	return sum/weights - l.wanted(a, b)
}

// wanted is what the mean has to be above the thresholds. The mean over many pairs varies
// less than one cosine, of strangers as of one person, so that less is enough.
func (l *linkage) wanted(a, b *cluster) float64 {
	few := math.Sqrt((1/a.n() + 1/b.n()) / 2) // 1 for two faces, 0 for two large groups
	blur := 1 - min(a.quality/a.n(), b.quality/b.n())
	return l.group + (l.single-l.group)*few + l.blur*blur + l.growth
}

// dot adds in four lanes, always in the same order.
func dot(a, b []float32) float64 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return float64(s0+s1) + float64(s2+s3)
}
