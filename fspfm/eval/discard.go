package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrDiscard is wrapped by the errors for comparisons that no curve of errors against
// discarded comparisons can be drawn of.
var ErrDiscard = errors.New("unusable qualities")

// Discards are comparisons of two faces of one person each: whether the right answer was
// missed, whose faces they were, and how good the worse of the two photos was said to be.
// All three are equally long.
type Discards struct {
	Missed  []bool
	People  []int
	Quality []float64
}

// Add appends a comparison.
func (d *Discards) Add(missed bool, person int, quality float64) {
	d.Missed = append(d.Missed, missed)
	d.People = append(d.People, person)
	d.Quality = append(d.Quality, quality)
}

func (d Discards) check(shares []float64) error {
	if len(d.Missed) == 0 || len(d.Missed) != len(d.People) || len(d.Missed) != len(d.Quality) {
		return fmt.Errorf("eval: discard: %w: %d comparisons, %d people, %d qualities", ErrDiscard, len(d.Missed), len(d.People), len(d.Quality))
	}
	for i, q := range d.Quality {
		if math.IsNaN(q) {
			return fmt.Errorf("eval: discard: %w: comparison %d has none", ErrDiscard, i)
		}
	}
	for _, s := range shares {
		if !(s >= 0 && s < 1) {
			return fmt.Errorf("eval: discard: %w: a share of %g, want one from 0 to below 1", ErrDiscard, s)
		}
	}
	return nil
}

// Discard returns the points of an error-versus-discard curve (ISO/IEC 29794-1): the share
// of missed comparisons among those that stay when a share of them, those of the lowest
// quality, is discarded. Qualities matter by their order alone. Of comparisons of equal
// quality any may be discarded, and the figure is the mean: a quality that is always the
// same gives a level curve. Figure k belongs to share k.
//
// The same people are drawn for every quality, so that the figures of two of them on the
// same comparisons, in the same order, can be subtracted (Resamples.Minus). The error wraps
// ErrDiscard for qualities that are not numbers, ErrPeople for fewer than two people.
func (b Bootstrap) Discard(ctx context.Context, d Discards, shares ...float64) ([]Resamples, error) {
	b, err := b.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := d.check(shares); err != nil {
		return nil, err
	}
	number := numbers(d.People)
	if len(number) < 2 {
		return nil, fmt.Errorf("eval: discard: %d people: %w", len(number), ErrPeople)
	}
	order := make([]int, len(d.Quality))
	print := mixed(b.Seed)
	for i := range order {
		order[i] = i
		print = mixed(print + 2*uint64(d.People[i]))
		if d.Missed[i] {
			print++
		}
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(d.Quality[i], d.Quality[k]) })

	out := make([]Resamples, len(shares))
	for k, v := range d.curve(order, number, ones(len(number)), shares) {
		out[k] = Resamples{Value: v, print: print}
	}
	for _, counts := range b.counts(len(number)) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("eval: discard: %w", err)
		}
		for k, v := range d.curve(order, number, counts, shares) {
			out[k].Draws = append(out[k].Draws, v)
		}
	}
	return out, nil
}

// curve is the share of missed comparisons that stays at each share of discarded ones.
// The order is by rising quality; a comparison weighs as often as its person was drawn.
func (d Discards) curve(order []int, number map[int]int32, counts []float64, shares []float64) []float64 {
	var total, missed float64
	weight := func(i int) float64 { return counts[number[d.People[i]]] }
	for i := range order {
		total += weight(i)
		if d.Missed[i] {
			missed += weight(i)
		}
	}
	out := make([]float64, len(shares))
	for k, share := range shares {
		discard, gone := share*total, 0.0
		for from := 0; from < len(order) && discard > 0; {
			to, group, wrong := from, 0.0, 0.0
			for ; to < len(order) && d.Quality[order[to]] == d.Quality[order[from]]; to++ {
				group += weight(order[to])
				if d.Missed[order[to]] {
					wrong += weight(order[to])
				}
			}
			if group > 0 {
				part := min(1, discard/group)
				gone += part * wrong
				discard -= part * group
			}
			from = to
		}
		out[k] = (missed - gone) / (total * (1 - share))
	}
	return out
}
