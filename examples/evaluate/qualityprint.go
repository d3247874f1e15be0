package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/quality"
)

// qualityRow is a way to rate photos, and what it says of every photo.
type qualityRow struct {
	name   string
	scores []float64
}

// qualityRows are the score that ships, those of weights chosen on other people and on
// these, and each measure by itself. The detector's score comes first: others are compared
// with it.
func (o *options) qualityRows(set *photoSet, photos []assessed, protocols []missedPairs) ([]qualityRow, error) {
	of := func(value func(assessed) float64) []float64 {
		out := make([]float64, len(photos))
		for i, a := range photos {
			if a.found {
				out[i] = value(a)
			}
		}
		return out
	}
	var rows []qualityRow
	for _, m := range qualityMeasures() {
		rows = append(rows, qualityRow{m.name, of(m.of)})
	}
	rows = append(rows, qualityRow{"quality", of(func(a assessed) float64 { return a.Score })})
	if !o.fit {
		return rows, nil
	}
	fitted := fitWeights(photos, protocols, func(int) bool { return true })
	fmt.Fprintf(o.stdout, "weights chosen on these people: %+v\n", fitted)
	return append(rows,
		qualityRow{"weights of other people", crossFitted(set, photos, protocols)},
		qualityRow{"weights of these people", of(func(a assessed) float64 { return a.Measures.Score(fitted, a.doubtful) })}), nil
}

// printQuality prints the curves of every protocol, and how often reasons are given.
func (o *options) printQuality(ctx context.Context, set *photoSet, photos []assessed, protocols []missedPairs, rows []qualityRow) error {
	fmt.Fprintf(o.stdout, "%s, people %s: %d people; pairs of one person that are missed, in percent, when the pairs whose worse photo is rated lowest are discarded;\n"+
		"95 %% intervals by drawing people, %d draws, seed 42.\n", set.name, set.people, len(set.People), o.draws)
	b := eval.Bootstrap{Draws: o.draws}
	for _, p := range protocols {
		fmt.Fprintf(o.stdout, "\n%s: %d pairs, threshold of FMR %g by %.0f pairs of two people\n", p.name, len(p.pairs), o.fmr, p.pairsOfTwo)
		w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "rated by\tall pairs\t10 % discarded\t20 %\t30 %\tminus detector, 20 %")
		var detector []eval.Resamples
		for k, row := range rows {
			curve, err := b.Discard(ctx, p.discards(row.scores), discardShares[:]...)
			if err != nil {
				return err
			}
			if k == 0 {
				detector = curve
			}
			if err := printCurve(w, b, row.name, curve, detector); err != nil {
				return err
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return o.printReasons(photos)
}

// discards rates each pair by the worse of its photos.
func (p missedPairs) discards(scores []float64) eval.Discards {
	var d eval.Discards
	for _, g := range p.pairs {
		d.Add(g.missed, g.person, min(scores[g.a], scores[g.b]))
	}
	return d
}

func printCurve(w *tabwriter.Writer, b eval.Bootstrap, name string, curve, detector []eval.Resamples) error {
	fmt.Fprint(w, name)
	gap, err := curve[2].Minus(detector[2])
	if err != nil {
		return err
	}
	for k, r := range append(append([]eval.Resamples(nil), curve...), gap) {
		i, err := b.Interval(r)
		if err != nil {
			return err
		}
		format := "\t%.1f [%.1f, %.1f]"
		if k == len(curve) {
			format = "\t%+.1f [%+.1f, %+.1f]"
		}
		fmt.Fprintf(w, format, 100*i.Value, 100*i.Low, 100*i.High)
	}
	fmt.Fprintln(w)
	return nil
}

// printReasons says of how many faces there is a reason against.
func (o *options) printReasons(photos []assessed) error {
	counts, found, any := map[quality.Reason]int{}, 0, 0
	for _, a := range photos {
		if a.found {
			found++
		}
		if len(a.Reasons) > 0 {
			any++
		}
		for _, r := range a.Reasons {
			counts[r]++
		}
	}
	fmt.Fprintf(o.stdout, "\nreasons against a face, of %d:", found)
	for _, r := range []quality.Reason{quality.TooSmall, quality.Blurred, quality.TooDark, quality.TooBright, quality.TurnedFar, quality.CutOff, quality.Landmarks} {
		fmt.Fprintf(o.stdout, " %s %d;", r, counts[r])
	}
	_, err := fmt.Fprintf(o.stdout, " any %d\n", any)
	return err
}
