package eval

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// ErrPairs is wrapped by the errors for pairs that a protocol cannot be run on.
var ErrPairs = errors.New("unusable pairs")

const (
	tenFolds     = 10
	accuracyStep = 0.01  // of the thresholds that accuracy is measured at
	rateStep     = 0.001 // of those that VAL is
	rateTarget   = 1e-3  // the FAR of VAL
	farthest     = 4     // the largest squared distance of unit vectors
)

// FoldResult is the outcome of a k-fold protocol.
type FoldResult struct {
	// Accuracy is the mean over the folds, Std the population standard deviation. Folds
	// and Thresholds belong to single folds; a threshold is a squared distance below
	// which two faces are taken for the same person.
	Accuracy, Std     float64
	Folds, Thresholds []float64
	// VAL is the mean share of same pairs accepted at the threshold at which the other
	// folds have a FAR of 1e-3; VALStd its deviation, FAR the mean rate that the
	// threshold then has on the fold itself.
	VAL, VALStd, FAR float64
}

// TenFold runs the verification protocol of InsightFace: features are compared by squared
// distance after scaling to length one; the pairs, in their order, are cut into ten
// folds; the threshold that is best on nine folds, the lowest if several are, is applied
// to the tenth. Features of an image and of its mirror image are summed before, not here
// (backbone.ExtractorConfig.FlipSum).
//
// The pairs have to be ordered so that each tenth holds pairs of both kinds, as in the
// published files.
func TenFold(features [][]float32, pairs []Pair) (FoldResult, error) {
	folds := make([]int, len(pairs))
	for i, f := range kfold(len(pairs), tenFolds) {
		folds[i] = f
	}
	return Folds(features, pairs, folds)
}

// Folds is TenFold for pairs whose folds, 0 to k-1, are given.
func Folds(features [][]float32, pairs []Pair, folds []int) (FoldResult, error) {
	trials, err := Compare(features, pairs)
	if err != nil {
		return FoldResult{}, err
	}
	distances := make([]float64, len(trials.Scores))
	for i, c := range trials.Scores {
		distances[i] = 2 - 2*c
	}
	return FoldsOf(distances, trials.Same, folds)
}

// FoldsOf is Folds for squared distances that are known already.
func FoldsOf(distances []float64, same []bool, folds []int) (FoldResult, error) {
	if len(distances) != len(same) || len(folds) != len(same) || len(same) == 0 {
		return FoldResult{}, fmt.Errorf("eval: %d distances, %d labels, %d folds: %w", len(distances), len(same), len(folds), ErrPairs)
	}
	k := slices.Max(folds) + 1
	if slices.Min(folds) < 0 || k < 2 {
		return FoldResult{}, fmt.Errorf("eval: folds from %d to %d: %w", slices.Min(folds), k-1, ErrPairs)
	}
	coarse, fine := sweep(distances, same, folds, k, accuracyStep), sweep(distances, same, folds, k, rateStep)
	var r FoldResult
	var vals, fars []float64
	for f := range k {
		test, train := coarse[f], total(coarse, f)
		if test.same == 0 || test.different == 0 {
			return FoldResult{}, fmt.Errorf("eval: fold %d has %d pairs of the same person and %d of different people: %w", f, test.same, test.different, ErrPairs)
		}
		best := train.best()
		r.Folds = append(r.Folds, test.accuracy(best))
		r.Thresholds = append(r.Thresholds, float64(best)*accuracyStep)
		val, far := rates(distances, same, folds, f, total(fine, f).thresholdAt(rateTarget))
		vals, fars = append(vals, val), append(fars, far)
	}
	r.Accuracy, r.Std = meanStd(r.Folds)
	r.VAL, r.VALStd = meanStd(vals)
	r.FAR, _ = meanStd(fars)
	return r, nil
}

// counts says, for thresholds 0, step, 2 step, ... below 4, how many pairs have a
// distance below.
type counts struct {
	step              float64
	sameIn, differsIn []int
	same, different   int
}

// sweep counts every fold's pairs at every threshold.
func sweep(distances []float64, same []bool, folds []int, k int, step float64) []counts {
	n := int(math.Ceil(farthest / step))
	out := make([]counts, k)
	for f := range out {
		out[f] = counts{step: step, sameIn: make([]int, n), differsIn: make([]int, n)}
	}
	for i, d := range distances {
		c := &out[folds[i]]
		in := c.sameIn
		if same[i] {
			c.same++
		} else {
			c.different++
			in = c.differsIn
		}
		// The first threshold above the distance: d < t is strict.
		first := max(0, int(d/step)-1)
		for first < n && !(d < float64(first)*step) {
			first++
		}
		if first < n {
			in[first]++
		}
	}
	for f := range out {
		for t := 1; t < n; t++ {
			out[f].sameIn[t] += out[f].sameIn[t-1]
			out[f].differsIn[t] += out[f].differsIn[t-1]
		}
	}
	return out
}

// total adds up all folds but one.
func total(all []counts, without int) counts {
	sum := counts{step: all[0].step, sameIn: make([]int, len(all[0].sameIn)), differsIn: make([]int, len(all[0].differsIn))}
	for f, c := range all {
		if f == without {
			continue
		}
		sum.same, sum.different = sum.same+c.same, sum.different+c.different
		for t := range c.sameIn {
			sum.sameIn[t] += c.sameIn[t]
			sum.differsIn[t] += c.differsIn[t]
		}
	}
	return sum
}

// accuracy is the share of pairs judged right at threshold number t.
func (c counts) accuracy(t int) float64 {
	return float64(c.sameIn[t]+c.different-c.differsIn[t]) / float64(c.same+c.different)
}

// best returns the first threshold of the highest accuracy.
func (c counts) best() int {
	best, right := 0, -1
	for t := range c.sameIn {
		if n := c.sameIn[t] + c.different - c.differsIn[t]; n > right {
			best, right = t, n
		}
	}
	return best
}

// thresholdAt interpolates, linearly between the thresholds, where the FAR reaches the
// target; 0 if it never does. Where several thresholds have the same FAR, the last one
// stands for it.
func (c counts) thresholdAt(far float64) float64 {
	if c.different == 0 || float64(c.differsIn[len(c.differsIn)-1])/float64(c.different) < far {
		return 0
	}
	rate := func(t int) float64 { return float64(c.differsIn[t]) / float64(c.different) }
	t := 0
	for rate(t) < far {
		t++
	}
	if t == 0 || rate(t) == far {
		for t+1 < len(c.differsIn) && rate(t+1) == rate(t) {
			t++
		}
		return float64(t) * c.step
	}
	share := (far - rate(t-1)) / (rate(t) - rate(t-1))
	return (float64(t-1) + share) * c.step
}

// rates returns the shares of same and of different pairs of a fold whose distance is
// below the threshold.
func rates(distances []float64, same []bool, folds []int, fold int, threshold float64) (val, far float64) {
	var in, all [2]int
	for i, d := range distances {
		if folds[i] != fold {
			continue
		}
		kind := 0
		if same[i] {
			kind = 1
		}
		all[kind]++
		if d < threshold {
			in[kind]++
		}
	}
	return float64(in[1]) / float64(all[1]), float64(in[0]) / float64(all[0])
}

// kfold numbers the folds of n items as scikit-learn's KFold without shuffling: in order,
// the first n%k one longer.
func kfold(n, k int) []int {
	folds := make([]int, 0, n)
	for f := range k {
		size := n / k
		if f < n%k {
			size++
		}
		for range size {
			folds = append(folds, f)
		}
	}
	return folds
}

// meanStd returns the mean and the population standard deviation.
func meanStd(values []float64) (mean, std float64) {
	return stat.PopMeanStdDev(values, nil)
}
