package crosspose

import (
	"context"
	"math"

	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
)

// levelPairs is how many pairs of two people a level has to rest on at least: those that
// may be accepted at its rate.
const levelPairs = 5

// newLevels are the rates that a decision gets levels for, as far as there are pairs.
// What half of the strangers reach comes first: AtMean begins there.
func newLevels() (all []decision.Level) {
	all = append(all, decision.Level{FMR: 0.5})
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

// togetherness returns the correlation of the cosines of a face with two faces of one other
// person: of the four kinds, by who of them is turned, the highest.
func togetherness(set *views.Set, faces []Face, turned func(i int32) bool) float64 {
	byPerson := make([][2][]int32, len(set.People))
	for i, p := range set.Photos {
		if faces[i].Boxes > 0 {
			k := kindOf(turned, int32(i))
			byPerson[p.Person][k] = append(byPerson[p.Person][k], int32(i))
		}
	}
	var kinds [2][2]correlation
	for i, p := range set.Photos {
		if faces[i].Boxes == 0 {
			continue
		}
		for person, lists := range byPerson {
			if person != p.Person {
				for k, list := range lists {
					kinds[kindOf(turned, int32(i))][k].add(faces, int32(i), list)
				}
			}
		}
	}
	most := 0.0
	for _, row := range kinds {
		for _, c := range row {
			most = max(most, c.value())
		}
	}
	return math.Ceil(100*most) / 100
}

func kindOf(turned func(i int32) bool, i int32) int {
	if turned(i) {
		return 1
	}
	return 0
}

// correlation is that of all pairs of values that are added together.
type correlation struct{ n, sum, squares, pairs, products float64 }

// add adds the cosines of a face with those of a person.
func (c *correlation) add(faces []Face, i int32, list []int32) {
	var sum, squares float64
	for _, j := range list {
		v := dot(faces[i].Result.Feature, faces[j].Result.Feature)
		sum, squares = sum+v, squares+v*v
	}
	n := float64(len(list))
	c.n, c.sum, c.squares = c.n+n, c.sum+sum, c.squares+squares
	c.pairs, c.products = c.pairs+n*(n-1), c.products+sum*sum-squares
}

// value is the correlation; 0 where there are too few pairs to tell.
func (c *correlation) value() float64 {
	if c.pairs < 100 {
		return 0
	}
	mean := c.sum / c.n
	variance := c.squares/c.n - mean*mean
	if variance <= 0 {
		return 0
	}
	return min(1, max(0, (c.products/c.pairs-mean*mean)/variance))
}
