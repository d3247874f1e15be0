package eval

import (
	"math"
	"slices"
)

// ROC is a receiver operating characteristic: what share of the comparisons of one person
// (TAR, true accept rate) and of two people (FAR, false accept rate) is accepted at each
// threshold. A trial is accepted if its score is at least the threshold.
//
// The points are those of scikit-learn's roc_curve: the thresholds fall, beginning at
// +Inf where nothing is accepted; equal scores share a point.
type ROC struct {
	Thresholds, FAR, TAR []float64
	Same, Different      int // number of trials of each kind
}

// NewROC returns the curve of all distinct scores. It fails with ErrOneClass unless there
// are trials of both kinds.
func NewROC(t Trials) (*ROC, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	t = t.Sorted()
	r := &ROC{}
	for _, list := range []*[]float64{&r.Thresholds, &r.FAR, &r.TAR} {
		*list = make([]float64, 1, t.Len()+1)
	}
	r.Thresholds[0] = math.Inf(1)
	for i, score := range t.Scores {
		if t.Same[i] {
			r.Same++
		} else {
			r.Different++
		}
		if i+1 == t.Len() || t.Scores[i+1] != score {
			r.Thresholds, r.FAR, r.TAR = append(r.Thresholds, score), append(r.FAR, float64(r.Different)), append(r.TAR, float64(r.Same))
		}
	}
	for k := range r.FAR {
		r.FAR[k] /= float64(r.Different)
		r.TAR[k] /= float64(r.Same)
	}
	return r, nil
}

// descending returns the indices of the scores from the highest to the lowest, equal ones
// in their order.
func descending(scores []float64) []int32 {
	type ranked struct {
		score float64
		index int32
	}
	ranks := make([]ranked, len(scores))
	for i, s := range scores {
		ranks[i] = ranked{s, int32(i)}
	}
	slices.SortFunc(ranks, func(a, b ranked) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return int(a.index - b.index)
	})
	order := make([]int32, len(scores))
	for k, r := range ranks {
		order[k] = r.index
	}
	return order
}

// AUC returns the area under the curve, by the trapezoid rule: the probability that a
// comparison of one person scores higher than one of two people, ties counting half.
func (r *ROC) AUC() float64 {
	area := 0.0
	for i := 1; i < len(r.FAR); i++ {
		area += (r.FAR[i] - r.FAR[i-1]) * (r.TAR[i] + r.TAR[i-1]) / 2
	}
	return area
}

// EER returns the equal error rate: where, on straight lines between the points, as many
// are falsely accepted as are falsely rejected.
func (r *ROC) EER() float64 {
	for i := 1; i < len(r.FAR); i++ {
		// gap rises from -1 to 1.
		before, after := r.FAR[i-1]+r.TAR[i-1]-1, r.FAR[i]+r.TAR[i]-1
		if after >= 0 {
			share := -before / (after - before)
			return r.FAR[i-1] + share*(r.FAR[i]-r.FAR[i-1])
		}
	}
	return 1
}

// TARAt returns the highest TAR whose FAR is not above the rate. It never promises more
// than the trials show: with fewer than 1/far comparisons of different people it is the
// TAR at no false accept at all.
func (r *ROC) TARAt(far float64) float64 {
	return r.TAR[r.last(far)]
}

// ThresholdAt returns the threshold that TARAt stands for. It is +Inf if even the highest
// score belongs to different people.
func (r *ROC) ThresholdAt(far float64) float64 {
	return r.Thresholds[r.last(far)]
}

// last returns the last point whose FAR is not above the rate.
func (r *ROC) last(far float64) int {
	i := 0
	for i+1 < len(r.FAR) && r.FAR[i+1] <= far {
		i++
	}
	return i
}

// Thin returns the curve without points that lie on a straight line between their
// neighbors, as roc_curve returns it unless told otherwise.
func (r *ROC) Thin() *ROC {
	out := &ROC{Same: r.Same, Different: r.Different}
	for i := range r.FAR {
		// The beginning at (0, 0) is no score, and does not count as a neighbor.
		if i > 1 && i+1 < len(r.FAR) && r.bend(r.FAR, r.Different, i) == 0 && r.bend(r.TAR, r.Same, i) == 0 {
			continue
		}
		out.Thresholds = append(out.Thresholds, r.Thresholds[i])
		out.FAR = append(out.FAR, r.FAR[i])
		out.TAR = append(out.TAR, r.TAR[i])
	}
	return out
}

// bend returns the second difference of a rate's counts: whole numbers, so that rounding
// does not matter.
func (r *ROC) bend(rate []float64, count, i int) int {
	at := func(i int) int { return int(math.Round(rate[i] * float64(count))) }
	return at(i+1) - 2*at(i) + at(i-1)
}

// NearestTAR returns the TAR at the point whose FAR is nearest to the rate, the one of
// higher TAR if two are: how InsightFace reads TAR at FAR off the thinned curve for IJB-B
// and IJB-C.
func (r *ROC) NearestTAR(far float64) float64 {
	best := len(r.FAR) - 1
	for i := best - 1; i >= 0; i-- {
		if math.Abs(r.FAR[i]-far) < math.Abs(r.FAR[best]-far) {
			best = i
		}
	}
	return r.TAR[best]
}
