package eval

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrPeople is wrapped by the errors for trials whose people are not known, or too few.
var ErrPeople = errors.New("the people of the trials are not known")

// Bootstrap says how intervals are drawn. The zero value is ready to use.
//
// A draw takes as many people as there are, with replacement. A person drawn n times
// counts n times: trials of one person weigh n, trials of two people the product of their
// numbers.
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

// Statistic computes a figure of weighted trials. It is called on several goroutines at
// once, each with its own Weighted.
type Statistic func(*Weighted) float64

// Resamples is a figure of all trials, and of the trials of every draw of people. Draws
// depend on the people alone: whatever is tried on the same faces, another method or one
// trained with another seed, sees the same draws of them, so that what two of them have
// in common cancels.
type Resamples struct {
	Value float64
	Draws []float64

	print uint64 // of the trials and the draws
}

// Draw computes a figure of all trials and of those of every draw, on all processors.
func (b Bootstrap) Draw(ctx context.Context, t Trials, figure Statistic) (Resamples, error) {
	drawn, err := b.DrawEach(ctx, t, figure)
	if err != nil {
		return Resamples{}, err
	}
	return drawn[0], nil
}

// DrawEach is Draw for several figures of the same trials, which are sorted once.
func (b Bootstrap) DrawEach(ctx context.Context, t Trials, figures ...Statistic) ([]Resamples, error) {
	b, err := b.withDefaults()
	if err != nil {
		return nil, err
	}
	trials, err := newOrdered(t)
	if err != nil {
		return nil, err
	}
	of := func(counts []float64, to func(k int, v float64)) {
		w := &Weighted{ordered: trials}
		w.weigh(counts)
		for k, figure := range figures {
			to(k, figure(w))
		}
	}
	drawn := make([]Resamples, len(figures))
	for k := range drawn {
		drawn[k] = Resamples{Draws: make([]float64, b.Draws), print: trials.print ^ mixed(b.Seed)}
	}
	of(ones(trials.people), func(k int, v float64) { drawn[k].Value = v })
	counts := b.counts(trials.people)
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), b.Draws) {
		all.Go(func() {
			for n := int(next.Add(1)) - 1; n < b.Draws && ctx.Err() == nil; n = int(next.Add(1)) - 1 {
				of(counts[n], func(k int, v float64) { drawn[k].Draws[n] = v })
			}
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("eval: bootstrap: %w", err)
	}
	return drawn, nil
}

// counts are how often each draw has each person.
func (b Bootstrap) counts(people int) [][]float64 {
	rng := rand.New(rand.NewPCG(b.Seed, 0))
	out := make([][]float64, b.Draws)
	for d := range out {
		out[d] = make([]float64, people)
		for range people {
			out[d][rng.IntN(people)]++
		}
	}
	return out
}

// Average is the mean of a figure over runs of a method: the people are drawn once for
// all of them. It fails with ErrPairs if the runs were not tried on the same faces, or
// drawn otherwise.
func Average(runs ...Resamples) (Resamples, error) {
	if len(runs) == 0 {
		return Resamples{}, errors.New("eval: average of no runs")
	}
	out := Resamples{Draws: make([]float64, len(runs[0].Draws)), print: runs[0].print}
	for _, r := range runs {
		if err := runs[0].pairs(r); err != nil {
			return Resamples{}, err
		}
		out.Value += r.Value / float64(len(runs))
		for k, v := range r.Draws {
			out.Draws[k] += v / float64(len(runs))
		}
	}
	return out, nil
}

// Minus is the difference of two methods' figures, draw by draw. It fails with ErrPairs
// as Average does.
func (d Resamples) Minus(other Resamples) (Resamples, error) {
	if err := d.pairs(other); err != nil {
		return Resamples{}, err
	}
	out := Resamples{Value: d.Value - other.Value, Draws: make([]float64, len(d.Draws)), print: d.print}
	for k := range d.Draws {
		out.Draws[k] = d.Draws[k] - other.Draws[k]
	}
	return out, nil
}

// pairs tells whether two figures are of the same draws of the same trials.
func (d Resamples) pairs(other Resamples) error {
	if d.print != other.print || len(d.Draws) != len(other.Draws) {
		return fmt.Errorf("eval: difference: the two methods were tried on different faces: %w", ErrPairs)
	}
	return nil
}

// Interval returns the figure between the percentiles of its draws.
func (b Bootstrap) Interval(d Resamples) (Interval, error) {
	b.Draws = len(d.Draws)
	b, err := b.withDefaults()
	if err != nil {
		return Interval{}, err
	}
	values := slices.Sorted(slices.Values(d.Draws))
	return Interval{Value: d.Value, Low: percentile(values, (1-b.Level)/2), High: percentile(values, (1+b.Level)/2)}, nil
}

// Estimate returns the figure of all trials with its interval.
func (b Bootstrap) Estimate(ctx context.Context, t Trials, figure Statistic) (Interval, error) {
	d, err := b.Draw(ctx, t, figure)
	if err != nil {
		return Interval{}, err
	}
	return b.Interval(d)
}

// Difference returns by how much the figure of one method is above that of another, with
// its interval. Each method comes as its runs, with one seed or several, over which the
// figure is averaged. All runs are trials of the same faces; each draw of people serves
// all of them.
func (b Bootstrap) Difference(ctx context.Context, first, second []Trials, figure Statistic) (Interval, error) {
	var means [2]Resamples
	for i, runs := range [][]Trials{first, second} {
		var drawn []Resamples
		for _, t := range runs {
			d, err := b.Draw(ctx, t, figure)
			if err != nil {
				return Interval{}, err
			}
			drawn = append(drawn, d)
		}
		var err error
		if means[i], err = Average(drawn...); err != nil {
			return Interval{}, err
		}
	}
	gap, err := means[0].Minus(means[1])
	if err != nil {
		return Interval{}, err
	}
	return b.Interval(gap)
}

func (b Bootstrap) withDefaults() (Bootstrap, error) {
	if b.Draws == 0 {
		b.Draws = 1000
	}
	if b.Level == 0 {
		b.Level = 0.95
	}
	if b.Seed == 0 {
		b.Seed = 42
	}
	if b.Draws < 2 || !(b.Level > 0 && b.Level < 1) {
		return b, fmt.Errorf("eval: bootstrap: %d draws, level %g", b.Draws, b.Level)
	}
	return b, nil
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
