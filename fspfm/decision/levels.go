package decision

import (
	"fmt"
	"math"
)

// Level has the cosines that faces of two people reach at a false-match rate, for the
// three kinds of pairs.
type Level struct {
	FMR     float64 `json:"fmr"`
	Frontal float64 `json:"frontal"`
	Mixed   float64 `json:"mixed"`
	Turned  float64 `json:"turned"`
}

// At returns the threshold for two faces, by their yaw in degrees, at a false-match rate
// of the caller's. A search among n features makes n comparisons: at rate p/n it returns
// a stranger in a share of p of the searches for people who are not there.
//
// Between two levels the cosine goes linearly with the logarithm of the rate. Measured
// is false for rates that no level has, where it goes on as between the last two levels,
// and for a decision with fewer than two levels, of which it is Threshold.
func (d Decision) At(yawA, yawB, fmr float64) (t Threshold, measured bool) {
	if len(d.Levels) < 2 || !(fmr > 0) {
		return d.Threshold(yawA, yawB), false
	}
	k := 1
	for k < len(d.Levels)-1 && d.Levels[k].FMR > fmr {
		k++
	}
	a, b := d.Levels[k-1], d.Levels[k]
	share := math.Log(fmr/a.FMR) / math.Log(b.FMR/a.FMR)
	from, to := d.cosine(a, yawA, yawB), d.cosine(b, yawA, yawB)
	cosine := from + share*(to-from)
	return Threshold{Cosine: min(max(cosine, -1), 1), FMR: fmr}, share >= 0 && share <= 1
}

// AtMean returns the threshold for a mean of cosines: those of a face with several faces
// of one person, by their yaws in degrees and their weights, which are not negative and
// not all zero. Without weights all count alike.
//
// Of strangers a mean varies less than one cosine does. With m the cosine that half of
// the strangers reach, t the threshold for one cosine, r Alike, and n the number of faces
// that would weigh alike, (sum of weights)^2 / sum of squares, it is
//
//	m + (t - m) sqrt(r + (1 - r)/n),
//
// with the means of m and t over the faces. Without Alike it is the mean of t.
func (d Decision) AtMean(yaw float64, yaws, weights []float64, fmr float64) (cosine float64, measured bool) {
	var sum, squares, t, m float64
	measured = true
	for i, other := range yaws {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		at, ok := d.At(yaw, other, fmr)
		half, _ := d.At(yaw, other, 0.5)
		measured = measured && ok
		sum, squares, t, m = sum+w, squares+w*w, t+w*at.Cosine, m+w*half.Cosine
	}
	t, m = t/sum, m/sum
	if d.Alike == 0 || len(d.Levels) < 2 {
		return t, measured
	}
	return m + (t-m)*math.Sqrt(d.Alike+(1-d.Alike)*squares/(sum*sum)), measured
}

// cosine is that of a level for two faces.
func (d Decision) cosine(l Level, yawA, yawB float64) float64 {
	a, b := math.Abs(yawA) >= d.TurnedDeg, math.Abs(yawB) >= d.TurnedDeg
	switch {
	case a && b:
		return l.Turned
	case a || b:
		return l.Mixed
	}
	return l.Frontal
}

// checkLevels reports levels out of order, or that are none.
func checkLevels(levels []Level) error {
	for i, l := range levels {
		if !(l.FMR > 0 && l.FMR < 1) {
			return fmt.Errorf("%w: level %d: %g is no rate", ErrDecision, i, l.FMR)
		}
		for _, c := range []float64{l.Frontal, l.Mixed, l.Turned} {
			if !(c >= -1 && c <= 1) {
				return fmt.Errorf("%w: level %d: %g is no cosine", ErrDecision, i, c)
			}
		}
		if i == 0 {
			continue
		}
		before := levels[i-1]
		if !(l.FMR < before.FMR && l.Frontal >= before.Frontal && l.Mixed >= before.Mixed && l.Turned >= before.Turned) {
			return fmt.Errorf("%w: level %d: a lower rate has to come later, and needs higher cosines", ErrDecision, i)
		}
	}
	return nil
}
