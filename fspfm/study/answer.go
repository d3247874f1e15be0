package study

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
)

// Table is the answer to a question: lines of cells, the first of which are titles.
type Table struct {
	Title string
	Lines [][]string
}

// columns are what a study's tables show of PoseSim-V.
var columns = []struct {
	title  string
	bucket posesimv.Bucket
	far    float64
}{
	{"frontal", posesimv.Frontal, comparedFAR}, {"yaw 40-60", "yaw-40-60", comparedFAR}, {"yaw 60-90", "yaw-60-90", comparedFAR},
	{"60-90 at 1e-3", "yaw-60-90", strictFAR}, {"pitch 40-60", "pitch-40-60", comparedFAR},
}

// chosenBy are the figures of eval.Buckets that ways of training are chosen by.
var chosenBy = []struct{ title, name string }{{"chosen by: all yaws", "tar"}, {"60-90", "tar_60_90"}}

// lastMeasured are what a table says of norms and attention, where training measured it.
var lastMeasured = []string{"norm", "target_norm", "attention_mean", "attention_std"}

// Answer makes the table of a question from the outcomes of one setup, in percent: means
// and standard deviations over seeds, and differences averaged over seeds, with intervals
// from drawing people. Rows without an outcome are left out; a question without any has
// no lines.
func Answer(q Question, outcomes []Outcome) (Table, error) {
	t := Table{Title: q.Title}
	by := map[string][]Outcome{}
	for _, o := range outcomes {
		by[o.Variant] = append(by[o.Variant], o)
	}
	withNorms := false
	for _, r := range q.Rows {
		for _, o := range by[r.Name] {
			_, ok := o.Last["target_norm"]
			withNorms = withNorms || ok
		}
	}
	for _, r := range q.Rows {
		if len(by[r.Name]) == 0 {
			continue
		}
		line, err := answerLine(r, by, withNorms)
		if err != nil {
			return t, fmt.Errorf("study: %s: %w", r.Name, err)
		}
		t.Lines = append(t.Lines, line)
	}
	if len(t.Lines) > 0 {
		t.Lines = slices.Insert(t.Lines, 0, answerTitles(withNorms))
	}
	return t, nil
}

func answerTitles(withNorms bool) []string {
	titles := []string{"trained as", "seeds"}
	for _, c := range chosenBy {
		titles = append(titles, c.title)
	}
	for _, c := range columns {
		titles = append(titles, c.title)
	}
	titles = append(titles, "compared with", "difference at 40-60", "difference at 60-90")
	if withNorms {
		titles = append(titles, "norm, target, attention's mean, its deviation")
	}
	return titles
}

// answerLine is a row of a question.
func answerLine(r Variant, by map[string][]Outcome, withNorms bool) ([]string, error) {
	var runs []Outcome
	for _, o := range by[r.Name] {
		if o.Diverged == "" {
			runs = append(runs, o)
		}
	}
	line := []string{r.Name, fmt.Sprint(len(runs))}
	if gone := len(by[r.Name]) - len(runs); gone > 0 {
		line[1] += fmt.Sprintf(", %d diverged", gone)
	}
	for _, c := range chosenBy {
		line = append(line, over(runs, func(o Outcome) (float64, bool) { v, ok := o.Validation[c.name]; return v, ok }))
	}
	for _, c := range columns {
		line = append(line, over(runs, func(o Outcome) (float64, bool) { f, ok := o.figure(c.bucket, c.far); return f.TAR, ok }))
	}
	if r.Against == "" || r.Against == r.Name {
		line = append(line, "", "", "")
	} else {
		line = append(line, r.Against)
		for _, bucket := range []posesimv.Bucket{"yaw-40-60", "yaw-60-90"} {
			gap, err := Gap(runs, by[r.Against], bucket)
			if errors.Is(err, eval.ErrPairs) {
				line = append(line, "")
				continue
			}
			if err != nil {
				return nil, err
			}
			line = append(line, fmt.Sprintf("%+.1f [%+.1f, %+.1f]", 100*gap.Value, 100*gap.Low, 100*gap.High))
		}
	}
	if withNorms {
		line = append(line, norms(runs))
	}
	return line, nil
}

// over is the mean of a figure over runs, in percent, with its deviation if there are
// several.
func over(runs []Outcome, figure func(Outcome) (float64, bool)) string {
	var values []float64
	for _, o := range runs {
		if v, ok := figure(o); ok {
			values = append(values, v)
		}
	}
	switch len(values) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%.1f", 100*values[0])
	}
	return statOf(values).String()
}

// norms are the means over runs of what training measured last.
func norms(runs []Outcome) string {
	text := ""
	for _, name := range lastMeasured {
		var values []float64
		for _, o := range runs {
			if v, ok := o.Last[name]; ok {
				values = append(values, v)
			}
		}
		if len(values) == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%.2f", statOf(values).Mean)
	}
	return text
}

// figure is a run's true accept rate in a bucket.
func (o Outcome) figure(bucket posesimv.Bucket, far float64) (Figure, bool) {
	for _, f := range o.Test {
		if f.Bucket == bucket && f.FAR == far {
			return f, true
		}
	}
	return Figure{}, false
}

// Gap is by how much the true accept rate of some runs, at 1e-2, is above that of others,
// each the mean over its runs, with a 95 % interval from drawing people: each draw serves
// all runs. The error wraps eval.ErrPairs if the runs of either side have no such figure,
// or other draws.
func Gap(runs, others []Outcome, bucket posesimv.Bucket) (eval.Interval, error) {
	var means [2]eval.Resamples
	for i, side := range [][]Outcome{runs, others} {
		var drawn []eval.Resamples
		for _, o := range side {
			f, ok := o.figure(bucket, comparedFAR)
			if !ok || len(f.Draws) == 0 {
				continue
			}
			d := eval.Resamples{Value: f.TAR}
			for _, v := range f.Draws {
				d.Draws = append(d.Draws, float64(v))
			}
			drawn = append(drawn, d)
		}
		if len(drawn) == 0 {
			return eval.Interval{}, fmt.Errorf("study: no figure of %s: %w", bucket, eval.ErrPairs)
		}
		var err error
		if means[i], err = eval.Average(drawn...); err != nil {
			return eval.Interval{}, err
		}
	}
	gap, err := means[0].Minus(means[1])
	if err != nil {
		return eval.Interval{}, err
	}
	return eval.Bootstrap{}.Interval(gap)
}
