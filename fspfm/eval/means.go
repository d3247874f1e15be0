package eval

import (
	"context"
	"errors"
	"fmt"
)

// ErrMeans is wrapped by the errors for values that no mean can be made of.
var ErrMeans = errors.New("no mean of these values")

// Mean returns the mean of values with its interval by drawing the people they belong to:
// value i is one of people[i], who are numbered from 0. The figure is that of the values,
// not of their people: who has more of them counts more. The error wraps ErrMeans for no
// values, or lists of two lengths, and ErrPeople for fewer than two people.
func (b Bootstrap) Mean(ctx context.Context, people []int, values []float64) (Interval, error) {
	b, err := b.withDefaults()
	if err != nil {
		return Interval{}, err
	}
	if len(values) == 0 || len(values) != len(people) {
		return Interval{}, fmt.Errorf("eval: mean: %w: %d values of %d people", ErrMeans, len(values), len(people))
	}
	var sums, numbers []float64 // of each person who has values
	at := map[int]int{}
	for i, v := range values {
		k, known := at[people[i]]
		if !known {
			k = len(sums)
			at[people[i]], sums, numbers = k, append(sums, 0), append(numbers, 0)
		}
		sums[k] += v
		numbers[k]++
	}
	if len(sums) < 2 {
		return Interval{}, fmt.Errorf("eval: mean: %w: intervals want two people", ErrPeople)
	}
	mean := func(counts []float64) float64 {
		var sum, number float64
		for k, n := range counts {
			sum += n * sums[k]
			number += n * numbers[k]
		}
		return sum / number
	}
	drawn := Resamples{Value: mean(ones(len(sums)))}
	for _, counts := range b.counts(len(sums)) {
		if err := ctx.Err(); err != nil {
			return Interval{}, fmt.Errorf("eval: mean: %w", err)
		}
		drawn.Draws = append(drawn.Draws, mean(counts))
	}
	return b.Interval(drawn)
}
