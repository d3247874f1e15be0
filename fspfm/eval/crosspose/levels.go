package crosspose

import (
	"context"
	"math"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
)

// levelPairs is how many pairs of two people a level has to rest on at least: those that
// may be accepted at its rate.
const levelPairs = 5

// newLevels are the rates that a decision gets levels for, as far as there are pairs.
func newLevels() (all []decision.Level) {
	for power := 1; power <= 6; power++ {
		all = append(all, decision.Level{FMR: math.Pow10(-power)})
	}
	return all
}

// levels sets the cosine of one kind of pairs, chosen as threshold does, and returns the
// levels that have enough pairs.
func levels(ctx context.Context, all []decision.Level, at func(*decision.Level) *float64, t eval.Trials, cal Calibration) ([]decision.Level, error) {
	different := 0
	for _, same := range t.Same {
		if !same {
			different++
		}
	}
	for len(all) > 0 && all[len(all)-1].FMR*float64(different) < levelPairs {
		all = all[:len(all)-1]
	}
	figures := make([]eval.Statistic, len(all))
	for k, l := range all {
		figures[k] = func(w *eval.Weighted) float64 { return min(w.ThresholdAt(l.FMR), 1) }
	}
	drawn, err := cal.Draws.DrawEach(ctx, t, figures...)
	if err != nil {
		return nil, err
	}
	for k := range all {
		i, err := cal.Draws.Interval(drawn[k])
		if err != nil {
			return nil, err
		}
		*at(&all[k]) = math.Ceil(1000*max(i.High, i.Value)) / 1000
		if k > 0 { // draws may cross; a lower rate never needs less
			*at(&all[k]) = max(*at(&all[k]), *at(&all[k-1]))
		}
	}
	return all, nil
}
