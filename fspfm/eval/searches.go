package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// Search is a face that was compared with everybody in a gallery, their own person among
// them. Leaving that one out makes it a search for somebody who is not there: every face
// counts in both ways (closed-set and open-set identification, ISO/IEC 19795-1).
type Search struct {
	Person int     // whose face it is: any number
	Own    float64 // score of that person
	Others float64 // the highest score of all other people
}

// Searches are those of many faces in one gallery.
type Searches []Search

// SearchStatistic is a figure of searches of which some count more than others.
type SearchStatistic func(s Searches, weights []float64) float64

// Rank1 is the share of searches whose own person has the highest score. Without weights
// all count alike.
func Rank1(s Searches, weights []float64) float64 {
	var right, all float64
	for i, x := range s {
		w := weightOf(weights, i)
		all += w
		if x.Own > x.Others {
			right += w
		}
	}
	return right / all
}

// FPIR is the share of searches for people who are not there, the own person left out,
// that score at least the threshold.
func FPIR(s Searches, weights []float64, threshold float64) float64 {
	var found, all float64
	for i, x := range s {
		w := weightOf(weights, i)
		all += w
		if x.Others >= threshold {
			found += w
		}
	}
	return found / all
}

// TPIRAt is the share of searches whose own person has the highest score, and at least
// that at which no more than the given share of searches for people who are not there
// return anybody.
func TPIRAt(fpir float64) SearchStatistic {
	return func(s Searches, weights []float64) float64 {
		return TPIR(s, weights, thresholdOf(s, weights, fpir))
	}
}

// TPIR is the share of searches whose own person has the highest score, and at least the
// threshold.
func TPIR(s Searches, weights []float64, threshold float64) float64 {
	var right, all float64
	for i, x := range s {
		w := weightOf(weights, i)
		all += w
		if x.Own > x.Others && x.Own >= threshold {
			right += w
		}
	}
	return right / all
}

// thresholdOf is just above the score that would take the share of strangers beyond the
// limit.
func thresholdOf(s Searches, weights []float64, fpir float64) float64 {
	order := make([]int, len(s))
	var all float64
	for i := range s {
		order[i] = i
		all += weightOf(weights, i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(s[b].Others, s[a].Others) })
	var found float64
	for k, i := range order {
		found += weightOf(weights, i)
		last := k+1 == len(order) || s[order[k+1]].Others != s[i].Others
		if last && found > fpir*all {
			return math.Nextafter(s[i].Others, math.Inf(1))
		}
	}
	return math.Inf(-1)
}

func weightOf(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}

// Searches returns figures of searches with their intervals by drawing the people whose
// faces are searched; the gallery stays what it is.
func (b Bootstrap) Searches(ctx context.Context, s Searches, figures ...SearchStatistic) ([]Interval, error) {
	b, err := b.withDefaults()
	if err != nil {
		return nil, err
	}
	people := make([]int, len(s))
	for i, x := range s {
		people[i] = x.Person
	}
	number := numbers(people)
	if len(number) < 2 {
		return nil, fmt.Errorf("eval: searches of %d people: %w", len(number), ErrPeople)
	}
	drawn := make([]Resamples, len(figures))
	for k, figure := range figures {
		drawn[k].Value = figure(s, nil)
	}
	weights := make([]float64, len(s))
	for _, counts := range b.counts(len(number)) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("eval: bootstrap: %w", err)
		}
		for i, p := range people {
			weights[i] = counts[number[p]]
		}
		for k, figure := range figures {
			drawn[k].Draws = append(drawn[k].Draws, figure(s, weights))
		}
	}
	out := make([]Interval, len(figures))
	for k := range drawn {
		if out[k], err = b.Interval(drawn[k]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
