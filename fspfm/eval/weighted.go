package eval

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/pifr-go/pifr/internal/vector"
)

// Weighted is a list of trials that count more or less. What does not change with the
// weights is shared.
type Weighted struct {
	*ordered
	counts []float64  // how often each person was drawn
	sums   [2]float64 // weights of different and of same trials
}

// ordered are trials by their scores, with their people numbered from 0.
type ordered struct {
	scores    []float64 // falling
	same      []bool
	a, b      []int32
	people    int
	genuine   []float64 // of each person: the number of trials of the same person
	different pairings
	print     uint64 // of who was compared with whom, in whatever order
}

// newOrdered sorts trials and numbers their people. Nothing of t is changed.
func newOrdered(t Trials) (*ordered, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.A == nil {
		return nil, fmt.Errorf("eval: bootstrap: %w", ErrPeople)
	}
	number := numbers(t.A, t.B)
	w := &ordered{people: len(number), genuine: make([]float64, len(number))}
	if w.people < 2 {
		return nil, fmt.Errorf("eval: bootstrap: %d people: %w", w.people, ErrPeople)
	}
	t = t.Sorted()
	w.scores, w.same = t.Scores, t.Same
	w.a, w.b = make([]int32, t.Len()), make([]int32, t.Len())
	for i, same := range t.Same {
		w.a[i], w.b[i] = number[t.A[i]], number[t.B[i]]
		w.print += mixed(mixed(uint64(t.A[i])) + 2*uint64(t.B[i]))
		if same {
			w.print++
			w.genuine[w.a[i]]++
		}
	}
	w.different = newPairings(w)
	return w, nil
}

// numbers gives everybody a number, in the order of the identities: two methods have to
// number alike, whatever order they are tried in.
func numbers(lists ...[]int) map[int]int32 {
	number := map[int]int32{}
	for _, list := range lists {
		for i, p := range list {
			if i == 0 || p != list[i-1] {
				number[p] = 0
			}
		}
	}
	var all []int
	for p := range number {
		all = append(all, p)
	}
	slices.Sort(all)
	for i, p := range all {
		number[p] = int32(i)
	}
	return number
}

// mixed is the finalizer of SplitMix64: it makes numbers that are near each other differ
// in all bits.
func mixed(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// weigh sets the trials' weights from how often each person was drawn.
func (w *Weighted) weigh(counts []float64) {
	w.counts = counts
	w.sums = [2]float64{w.different.sum(counts), vector.Dot(w.genuine, counts)}
}

// weight is that of trial i.
func (w *Weighted) weight(i int) float64 {
	if w.same[i] {
		return w.counts[w.a[i]]
	}
	return w.counts[w.a[i]] * w.counts[w.b[i]]
}

// accept adds the weights of the trials from the i-th on that have its score, and returns
// where the next score begins.
func (w *Weighted) accept(accepted *[2]float64, i int) int {
	for score := w.scores[i]; i < len(w.scores) && w.scores[i] == score; i++ {
		if w.same[i] {
			accepted[1] += w.weight(i)
		} else {
			accepted[0] += w.weight(i)
		}
	}
	return i
}

// TARAt is ROC.TARAt of the weighted trials.
func (w *Weighted) TARAt(far float64) float64 {
	limit := far * w.sums[0]
	var accepted [2]float64
	tar := 0.0
	for i := 0; i < len(w.scores); {
		i = w.accept(&accepted, i)
		// Weights are whole numbers, and their sums exact; the limit is not.
		if accepted[0] > limit*(1+1e-12) {
			break
		}
		tar = accepted[1]
	}
	if w.sums[1] == 0 {
		return 0
	}
	return tar / w.sums[1]
}

// TARAt returns the statistic Weighted.TARAt of a rate.
func TARAt(far float64) Statistic {
	return func(w *Weighted) float64 { return w.TARAt(far) }
}

// ThresholdAt is ROC.ThresholdAt of the weighted trials: the lowest score at which no
// more than that share of the trials of two people is accepted.
func (w *Weighted) ThresholdAt(far float64) float64 {
	limit := far * w.sums[0] * (1 + 1e-12)
	var accepted [2]float64
	threshold := math.Inf(1)
	for i := 0; i < len(w.scores); {
		score := w.scores[i]
		if i = w.accept(&accepted, i); accepted[0] > limit {
			break
		}
		threshold = score
	}
	return threshold
}

// EER is ROC.EER of the weighted trials.
func (w *Weighted) EER() float64 {
	if w.sums[0] == 0 || w.sums[1] == 0 {
		return 0.5
	}
	var accepted [2]float64
	far, tar := 0.0, 0.0
	for i := 0; i < len(w.scores); {
		i = w.accept(&accepted, i)
		nextFAR, nextTAR := accepted[0]/w.sums[0], accepted[1]/w.sums[1]
		// gap rises from -1 to 1.
		before, after := far+tar-1, nextFAR+nextTAR-1
		if after >= 0 {
			return far + -before/(after-before)*(nextFAR-far)
		}
		far, tar = nextFAR, nextTAR
	}
	return 1
}

// Accepted returns the share of the weighted trials of one person, and of those of two
// people, whose score is at least the threshold.
func (w *Weighted) Accepted(threshold float64) (same, different float64) {
	var accepted [2]float64
	for i := 0; i < len(w.scores) && w.scores[i] >= threshold; {
		i = w.accept(&accepted, i)
	}
	for k, sum := range w.sums {
		if sum > 0 {
			accepted[k] /= sum
		}
	}
	return accepted[1], accepted[0]
}

// AUC is ROC.AUC of the weighted trials.
func (w *Weighted) AUC() float64 {
	area, accepted := 0.0, [2]float64{}
	for i := 0; i < len(w.scores); {
		before := accepted
		i = w.accept(&accepted, i)
		area += (accepted[0] - before[0]) * (accepted[1] + before[1]) / 2
	}
	if w.sums[0] == 0 || w.sums[1] == 0 {
		return 0.5
	}
	return area / (w.sums[0] * w.sums[1])
}

// pairings counts the trials of two people, so that the sum of their weights takes no
// walk through them. Where everybody is compared with everybody, as PoseSim-V's millions
// of trials do, it takes a step per person.
type pairings struct {
	gallery []float64 // 1 for those who come first in some trial, 0 for others
	least   []float64 // of each person: how often it comes second to everybody else of the gallery, at least
	more    []pairing // what there is beyond that, by b
}

// pairing is that a comes n times before b.
type pairing struct {
	a, b int32
	n    float64
}

func newPairings(w *ordered) pairings {
	p := pairings{gallery: make([]float64, w.people), least: make([]float64, w.people)}
	firsts := make([][]int32, w.people) // of each person: who comes before it
	for i, same := range w.same {
		if !same {
			p.gallery[w.a[i]] = 1
			firsts[w.b[i]] = append(firsts[w.b[i]], w.a[i])
		}
	}
	counts := make([]float64, w.people)
	for b, list := range firsts {
		for _, a := range list {
			counts[a]++
		}
		p.least[b] = p.fewest(counts, b)
		slices.Sort(list)
		for _, a := range slices.Compact(list) {
			n := counts[a]
			if int(a) != b {
				n -= p.least[b]
			}
			if n > 0 {
				p.more = append(p.more, pairing{a, int32(b), n})
			}
			counts[a] = 0
		}
	}
	return p
}

// fewest is the least count of anybody in the gallery but b.
func (p pairings) fewest(counts []float64, b int) float64 {
	least := -1.0
	for a, n := range counts {
		if p.gallery[a] == 1 && a != b && (least < 0 || n < least) {
			least = n
		}
	}
	return max(least, 0)
}

// sum is the weight of all trials of two people.
func (p pairings) sum(counts []float64) float64 {
	all, sum := vector.Dot(p.gallery, counts), 0.0
	for b, n := range p.least {
		sum += n * counts[b] * (all - p.gallery[b]*counts[b])
	}
	for _, m := range p.more {
		sum += m.n * counts[m.a] * counts[m.b]
	}
	return sum
}

// Sorted returns the trials by falling scores, equal ones in the order that they had.
// Sorted once, trials are not sorted again by what takes them.
func (t Trials) Sorted() Trials {
	if slices.IsSortedFunc(t.Scores, func(a, b float64) int { return cmp.Compare(b, a) }) {
		return t
	}
	out := Trials{Scores: make([]float64, t.Len()), Same: make([]bool, t.Len())}
	if t.A != nil {
		out.A, out.B = make([]int, t.Len()), make([]int, t.Len())
	}
	for k, i := range descending(t.Scores) {
		out.Scores[k], out.Same[k] = t.Scores[i], t.Same[i]
		if t.A != nil {
			out.A[k], out.B[k] = t.A[i], t.B[i]
		}
	}
	return out
}
