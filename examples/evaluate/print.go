package main

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/pifr-go/pifr/fspfm/study"
)

// sheet is a table as text, whatever shows it.
type sheet struct {
	title, note string
	head        []string
	rows        [][]string // cells may have lines
	best        int        // row to stress, counted from 1; 0 for none
}

// titles are the columns of tables by bucket.
func (out *outcome) titles() []string {
	titles := []string{"method"}
	for _, b := range out.bench.Test.Buckets {
		titles = append(titles, string(b))
	}
	return titles
}

// sheets are all tables of an outcome: accuracy, how far rows lead, lengths of features,
// attention.
func (out *outcome) sheets() []sheet {
	accuracy := sheet{title: "True accept rate at a false accept rate of 1 %, in percent", best: bestRow(out.rows) + 1, head: out.titles(),
		note: fmt.Sprintf("Mean ± standard deviation over the seeds %v.", out.bench.Seeds)}
	for _, row := range out.rows {
		line := []string{row.Method}
		for _, score := range row.Scores {
			line = append(line, score.TAR2.String())
		}
		accuracy.rows = append(accuracy.rows, line)
	}
	sheets := []sheet{accuracy}
	for _, l := range out.leads {
		sheets = append(sheets, out.leadSheet(l))
	}
	if s := out.attentionSheet(); len(s.rows) > 0 {
		sheets = append(sheets, out.normSheet(), s)
	}
	return sheets
}

// leadSheet is what a row has more than each of the others.
func (out *outcome) leadSheet(l lead) sheet {
	s := sheet{title: out.rows[l.row].Method + " minus each row, in points", head: out.titles(),
		note: fmt.Sprintf("Differences of the means over the seeds %v, with 95 %% intervals from %d draws of people, the same for both rows and all seeds.",
			out.bench.Seeds, out.bench.Bootstrap.Draws)}
	for i, row := range out.rows {
		if i == l.row {
			continue
		}
		line := []string{row.Method}
		for _, gap := range l.over[i] {
			line = append(line, fmt.Sprintf("%+.1f\n[%+.1f, %+.1f]", points(gap.Value), points(gap.Low), points(gap.High)))
		}
		s.rows = append(s.rows, line)
	}
	return s
}

// points are those of a share, to a tenth, without minus nothing.
func points(share float64) float64 { return math.Round(1000*share)/10 + 0 }

// normSheet is how long features are: a loss that falls because they shrink is no
// evidence.
func (out *outcome) normSheet() sheet {
	s := sheet{title: "Mean length of the features that are compared", head: out.titles(),
		note: fmt.Sprintf("Probes of PoseSim-V, mean ± standard deviation over the seeds %v; none is the extractor's own.", out.bench.Seeds)}
	rows := out.rows
	if rows[0].Method != out.raw.Method {
		rows = append([]study.Row{out.raw}, rows...)
	}
	for _, row := range rows {
		line := []string{row.Method}
		for _, score := range row.Scores {
			line = append(line, fmt.Sprintf("%.3f ± %.3f", score.Norm.Mean, score.Norm.Std))
		}
		s.rows = append(s.rows, line)
	}
	return s
}

// attentionSheet has a line for every trained attention module.
func (out *outcome) attentionSheet() sheet {
	s := sheet{title: "Weights of the attention module", head: []string{"method, seed", "mean", "sd", "least", "greatest", "effective dimensions"},
		note: fmt.Sprintf("Over the dimensions of the frontal features that the test's %d people are enrolled by. Effective dimensions, (Σw)²/Σw² of "+
			"a feature, are as many as there are if all weigh the same.", len(out.bench.Test.Template))}
	for _, row := range out.rows {
		for k, a := range row.Attention {
			if a == nil {
				continue
			}
			s.rows = append(s.rows, []string{fmt.Sprintf("%s, %d", row.Method, row.Runs[k].Seed), fmt.Sprintf("%.3f", a.Stats.Mean), fmt.Sprintf("%.3f", a.Stats.Std),
				fmt.Sprintf("%.3f", a.Stats.Min), fmt.Sprintf("%.3f", a.Stats.Max), fmt.Sprintf("%.1f of %d", a.Stats.Effective, len(a.Mean))})
		}
	}
	return s
}

// print writes all tables.
func (out *outcome) print(o *options) {
	for i, s := range out.sheets() {
		if i > 0 {
			fmt.Fprintln(o.stdout)
		}
		fmt.Fprintf(o.stdout, "%s\n%s\n", s.title, s.note)
		w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
		for _, line := range append([][]string{s.head}, s.rows...) {
			fmt.Fprintln(w, strings.ReplaceAll(strings.Join(line, "\t"), "\n", " "))
		}
		_ = w.Flush() // stdout
	}
}
