package eval

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

// ErrPeople is wrapped by the errors for trials whose people are not known, or too few.
var ErrPeople = errors.New("the people of the trials are not known")

// Bootstrap says how intervals are drawn. The zero value is ready to use.
//
// A draw takes as many people as there are, with replacement. A person drawn n times counts n times: trials of one person
// weigh n, trials of two people the product of their numbers.
type Bootstrap struct {
	Draws int     // 0 stands for 1,000
	Level float64 // of confidence; 0 stands for 0.95
	Seed  uint64  // 0 stands for 42
}

// Interval is a figure with its bounds: percentiles of the draws.
type Interval struct {
	Value, Low, High float64
}

// String returns the interval in percent.
func (i Interval) String() string {
	return fmt.Sprintf("%.2f [%.2f, %.2f]", 100*i.Value, 100*i.Low, 100*i.High)
}

// Statistic computes a figure of weighted trials.
type Statistic func(*Weighted) float64

// Estimate returns the figure of all trials with its interval.
func (b Bootstrap) Estimate(ctx context.Context, t Trials, figure Statistic) (Interval, error) {
	w, err := newWeighted(t)
	if err != nil {
		return Interval{}, err
	}
	w.weigh(ones(w.people))
	value := figure(w)
	return b.run(ctx, w.people, value, func(counts []float64) float64 {
		w.weigh(counts)
		return figure(w)
	})
}

// Difference returns the figure of a minus that of b, with its interval. Both have the same trials in the same order, scored by
// two methods; each draw of people serves both, so that what they have in common cancels.
func (b Bootstrap) Difference(ctx context.Context, first, second Trials, figure Statistic) (Interval, error) {
	if !slices.Equal(first.A, second.A) || !slices.Equal(first.B, second.B) || !slices.Equal(first.Same, second.Same) {
		return Interval{}, fmt.Errorf("eval: difference: the two methods were tried on different faces: %w", ErrPairs)
	}
	u, err := newWeighted(first)
	if err != nil {
		return Interval{}, err
	}
	v, err := newWeighted(second)
	if err != nil {
		return Interval{}, err
	}
	gap := func(counts []float64) float64 {
		u.weigh(counts)
		v.weigh(counts)
		return figure(u) - figure(v)
	}
	return b.run(ctx, u.people, gap(ones(u.people)), gap)
}

// run draws people and collects the percentiles.
func (b Bootstrap) run(ctx context.Context, people int, value float64, figure func([]float64) float64) (Interval, error) {
	draws, level, seed := b.Draws, b.Level, b.Seed
	if draws == 0 {
		draws = 1000
	}
	if level == 0 {
		level = 0.95
	}
	if seed == 0 {
		seed = 42
	}
	if draws < 2 || !(level > 0 && level < 1) {
		return Interval{}, fmt.Errorf("eval: bootstrap: %d draws, level %g", draws, level)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	values, counts := make([]float64, draws), make([]float64, people)
	for d := range values {
		if err := ctx.Err(); err != nil {
			return Interval{}, fmt.Errorf("eval: bootstrap: %w", err)
		}
		clear(counts)
		for range people {
			counts[rng.IntN(people)]++
		}
		values[d] = figure(counts)
	}
	slices.Sort(values)
	return Interval{Value: value, Low: percentile(values, (1-level)/2), High: percentile(values, (1+level)/2)}, nil
}

// percentile interpolates linearly between sorted values, as numpy does.
func percentile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// Weighted is a list of trials that count more or less.
type Weighted struct {
	scores  []float64 // falling
	same    []bool
	a, b    []int32 // people, numbered from 0
	people  int
	weights []float64
	sums    [2]float64 // weights of different and of same trials
}

// newWeighted sorts trials and numbers their people.
func newWeighted(t Trials) (*Weighted, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.A == nil {
		return nil, fmt.Errorf("eval: bootstrap: %w", ErrPeople)
	}
	order, number := descending(t.Scores), map[int]int32{}
	w := &Weighted{}
	person := func(p int) int32 {
		n, ok := number[p]
		if !ok {
			n = int32(len(number))
			number[p] = n
		}
		return n
	}
	// Numbered in the order of the trials and not of the scores: two methods have to number alike.
	for i := range t.A {
		person(t.A[i])
		person(t.B[i])
	}
	for _, i := range order {
		w.scores, w.same = append(w.scores, t.Scores[i]), append(w.same, t.Same[i])
		w.a, w.b = append(w.a, person(t.A[i])), append(w.b, person(t.B[i]))
	}
	w.people = len(number)
	if w.people < 2 {
		return nil, fmt.Errorf("eval: bootstrap: %d people: %w", w.people, ErrPeople)
	}
	w.weights = make([]float64, len(order))
	return w, nil
}

// weigh sets the trials' weights from how often each person was drawn.
func (w *Weighted) weigh(counts []float64) {
	w.sums = [2]float64{}
	for i := range w.weights {
		x := counts[w.a[i]]
		if w.same[i] {
			w.sums[1] += x
		} else {
			x *= counts[w.b[i]]
			w.sums[0] += x
		}
		w.weights[i] = x
	}
}

// TARAt is ROC.TARAt of the weighted trials.
func (w *Weighted) TARAt(far float64) float64 {
	limit := far * w.sums[0]
	var accepted [2]float64
	tar := 0.0
	for i := 0; i < len(w.scores); {
		for score := w.scores[i]; i < len(w.scores) && w.scores[i] == score; i++ {
			if w.same[i] {
				accepted[1] += w.weights[i]
			} else {
				accepted[0] += w.weights[i]
			}
		}
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

// AUC is ROC.AUC of the weighted trials.
func (w *Weighted) AUC() float64 {
	area, accepted := 0.0, [2]float64{}
	for i := 0; i < len(w.scores); {
		before := accepted
		for score := w.scores[i]; i < len(w.scores) && w.scores[i] == score; i++ {
			if w.same[i] {
				accepted[1] += w.weights[i]
			} else {
				accepted[0] += w.weights[i]
			}
		}
		area += (accepted[0] - before[0]) * (accepted[1] + before[1]) / 2
	}
	if w.sums[0] == 0 || w.sums[1] == 0 {
		return 0.5
	}
	return area / (w.sums[0] * w.sums[1])
}
