package miniature

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/train"
)

// Test is the benchmark as the frozen networks see it.
type Test struct {
	Features *train.Features
	// Buckets are the parts of the probes, by the names of posesimv.
	Buckets []posesimv.Bucket
	// Template holds the frontal pictures that people are enrolled by, one each; Probes those of every bucket.
	Template []int
	Probes   [][]int
}

// trials compares the probes of every bucket with everybody's template, all of them mapped features [faces, d].
func (t *Test) trials(values []float32) ([]eval.Trials, error) {
	d := t.Features.FeatureLen
	faces := func(numbers []int) []eval.Face {
		out := make([]eval.Face, len(numbers))
		for k, i := range numbers {
			out[k] = eval.Face{Person: t.Features.Identities[i], Angles: t.Features.Angles[i], Feature: values[i*d : (i+1)*d]}
		}
		return out
	}
	gallery := faces(t.Template)
	out := make([]eval.Trials, len(t.Buckets))
	for b, probes := range t.Probes {
		var err error
		if out[b], err = eval.Match(gallery, faces(probes)); err != nil {
			return nil, fmt.Errorf("miniature: bucket %s: %w", t.Buckets[b], err)
		}
	}
	return out, nil
}

// Stat is a figure over seeds: its mean, and its standard deviation (over n-1), 0 for one seed.
type Stat struct{ Mean, Std float64 }

// String returns both in percent.
func (s Stat) String() string { return fmt.Sprintf("%.1f ± %.1f", 100*s.Mean, 100*s.Std) }

func statOf(values []float64) Stat {
	mean, std := stat.MeanStdDev(values, nil)
	if math.IsNaN(std) {
		std = 0
	}
	return Stat{mean, std}
}

// Score is what a method reached in a bucket: true accept rates at the false accept rates 1e-2 and 1e-3, area under the curve,
// equal error rate.
type Score struct{ TAR2, TAR3, AUC, EER Stat }

// Row is a method's line in a table, with what figures are drawn from.
type Row struct {
	Method string
	Scores []Score // of each bucket of the Test
	// Trials of each bucket, for the first seed.
	Trials []eval.Trials
	// Runs are the trained heads, one per seed.
	Runs []*Trained
}

// evaluate measures the runs of a method.
func evaluate(ctx context.Context, runs []*Trained, test *Test) (Row, error) {
	row := Row{Method: runs[0].Method, Runs: runs}
	figures := make([][4][]float64, len(test.Buckets))
	for k, run := range runs {
		values, err := run.Map(ctx, test.Features)
		if err != nil {
			return Row{}, fmt.Errorf("miniature: %s: %w", run.Method, err)
		}
		trials, err := test.trials(values)
		if err != nil {
			return Row{}, err
		}
		for b, t := range trials {
			roc, err := eval.NewROC(t)
			if err != nil {
				return Row{}, fmt.Errorf("miniature: bucket %s: %w", test.Buckets[b], err)
			}
			for i, v := range []float64{roc.TARAt(1e-2), roc.TARAt(1e-3), roc.AUC(), roc.EER()} {
				figures[b][i] = append(figures[b][i], v)
			}
		}
		if k == 0 {
			row.Trials = trials
		}
	}
	for _, f := range figures {
		row.Scores = append(row.Scores, Score{statOf(f[0]), statOf(f[1]), statOf(f[2]), statOf(f[3])})
	}
	return row, nil
}

// ScoreMethod trains a method once per seed and measures it. told, if not nil, is called after each run that trained something.
func ScoreMethod(ctx context.Context, b *Bench, m Method, told func(*Trained)) (Row, error) {
	var runs []*Trained
	for _, seed := range b.Seeds {
		run, err := Train(ctx, b.Engine, m, b.Train, b.Budget, seed)
		if err != nil {
			return Row{}, err
		}
		if told != nil && run.Fit != nil {
			told(run)
		}
		runs = append(runs, run)
		if m.Head == nil {
			break // nothing that a seed could change
		}
	}
	return evaluate(ctx, runs, b.Test)
}
