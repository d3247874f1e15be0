package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/stat"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/internal/vector"
)

// Test is the benchmark as the frozen networks see it.
type Test struct {
	Features *features.Set
	// Turned has the features of the same pictures, turned to the front: see
	// Networks.Turn. Only methods that compare those need it.
	Turned *features.Set
	// Buckets are the parts of the probes, by the names of posesimv.
	Buckets []posesimv.Bucket
	// Template holds the frontal pictures that people are enrolled by, one each; Probes
	// those of every bucket.
	Template []int
	Probes   [][]int
	// Pairs are the pairs of the ten-fold protocol, of every bucket but the frontal one;
	// nil leaves accuracies out.
	Pairs [][]posesimv.Pair
}

// trials compares the probes of a bucket with everybody's template, all of them mapped
// features [faces, d].
func (t *Test) trials(values []float32, bucket int) (eval.Trials, error) {
	d := t.Features.FeatureLen
	faces := func(numbers []int) []eval.Face {
		out := make([]eval.Face, len(numbers))
		for k, i := range numbers {
			out[k] = eval.Face{Person: t.Features.Identities[i], Angles: t.Features.Angles[i], Feature: values[i*d : (i+1)*d]}
		}
		return out
	}
	return eval.Match(faces(t.Template), faces(t.Probes[bucket]))
}

// norm is the mean length of the features of a bucket's probes.
func (t *Test) norm(values []float32, bucket int) float64 {
	d, sum := t.Features.FeatureLen, 0.0
	for _, i := range t.Probes[bucket] {
		sum += vector.Norm(values[i*d : (i+1)*d])
	}
	return sum / float64(len(t.Probes[bucket]))
}

// accuracy is that of the ten-fold protocol in a bucket, 0 if it has no pairs.
func (t *Test) accuracy(values []float32, bucket int) (float64, error) {
	if bucket >= len(t.Pairs) || len(t.Pairs[bucket]) == 0 {
		return 0, nil
	}
	d := t.Features.FeatureLen
	faces := make([][]float32, t.Features.Len())
	for i := range faces {
		faces[i] = values[i*d : (i+1)*d]
	}
	var pairs []eval.Pair
	var folds []int
	for _, p := range t.Pairs[bucket] {
		pairs, folds = append(pairs, eval.Pair{A: p.Frontal, B: p.Other, Same: p.Same}), append(folds, p.Fold)
	}
	result, err := eval.Folds(faces, pairs, folds)
	return result.Accuracy, err
}

// Stat is a figure over seeds: its mean, and its standard deviation (over n-1), 0 for one
// seed.
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

// Score is what a method reached in a bucket: true accept rates at the false accept rates
// 1e-2 and 1e-3, area under the curve, equal error rate.
type Score struct {
	TAR2, TAR3, AUC, EER Stat
	// Norm is the mean length of the probes' features, as the method compares them.
	Norm Stat
	// Accuracy is that of the ten-fold protocol; 0 for the frontal bucket, which has no
	// pairs.
	Accuracy Stat
	// Resamples is TAR2 over draws of people, averaged over the seeds: draws are the same
	// for all methods.
	Resamples eval.Resamples
}

// PlotData is what a bucket's figures are drawn from, for the first seed: the curve, the
// similarities of one person's faces, and some of two people's. All trials would take
// gigabytes.
type PlotData struct {
	ROC             *eval.ROC
	Same, Different []float64
}

// plottedPairs is about how many similarities of two people a PlotData keeps.
const plottedPairs = 20_000

// Row is a method's line in a table, with what figures are drawn from.
type Row struct {
	Method   string
	Proposed bool       // Method.Proposed
	Scores   []Score    // of each bucket of the Test
	Mean     Score      // over all buckets but the frontal one
	Plots    []PlotData // of each bucket
	// Runs are the trained heads, one per seed; Attention is what the attention module of
	// each does, nil without one.
	Runs      []*Trained
	Attention []*Attention
}

// measures is what one run reached in one bucket.
type measures struct {
	figures [6]float64
	drawn   eval.Resamples
	plot    PlotData
}

// measure compares everybody with everybody in a bucket. The trials, millions of them,
// are given up again.
func (b *Bench) measure(ctx context.Context, values []float32, bucket int) (measures, error) {
	trials, err := b.Test.trials(values, bucket)
	if err != nil {
		return measures{}, err
	}
	trials = trials.Sorted()
	roc, err := eval.NewROC(trials)
	if err != nil {
		return measures{}, err
	}
	accuracy, err := b.Test.accuracy(values, bucket)
	if err != nil {
		return measures{}, err
	}
	m := measures{figures: [6]float64{roc.TARAt(1e-2), roc.TARAt(1e-3), roc.AUC(), roc.EER(), b.Test.norm(values, bucket), accuracy}}
	m.plot.ROC = roc.Thin()
	for i, s := range trials.Scores {
		if trials.Same[i] {
			m.plot.Same = append(m.plot.Same, s)
		} else if i%(trials.Len()/plottedPairs+1) == 0 {
			m.plot.Different = append(m.plot.Different, s)
		}
	}
	m.drawn, err = b.Bootstrap.Draw(ctx, trials, eval.TARAt(1e-2))
	return m, err
}

// bucketsAtOnce bounds the memory that trials take.
const bucketsAtOnce = 4

// measureAll is measure for all buckets.
func (b *Bench) measureAll(ctx context.Context, values []float32) ([]measures, error) {
	out, errs := make([]measures, len(b.Test.Buckets)), make([]error, len(b.Test.Buckets))
	slots := make(chan struct{}, min(bucketsAtOnce, runtime.GOMAXPROCS(0)))
	var all sync.WaitGroup
	for k, bucket := range b.Test.Buckets {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if out[k], errs[k] = b.measure(ctx, values, k); errs[k] != nil {
				errs[k] = fmt.Errorf("study: bucket %s: %w", bucket, errs[k])
			}
		})
	}
	all.Wait()
	return out, errors.Join(errs...)
}

// evaluate measures the runs of a method.
func (b *Bench) evaluate(ctx context.Context, m Method, runs []*Trained) (Row, error) {
	features := b.Test.Features
	if m.Turned {
		if features = b.Test.Turned; features == nil {
			return Row{}, fmt.Errorf("study: %s: the test has no pictures that are turned to the front", m.Name)
		}
	}
	var mapped [][]float32
	var attention []*Attention
	for _, run := range runs {
		values, err := run.Map(ctx, features)
		if err != nil {
			return Row{}, fmt.Errorf("study: %s: %w", run.Method, err)
		}
		a, err := run.attention(ctx, features.Subset(b.Test.Template))
		if err != nil {
			return Row{}, err
		}
		mapped, attention = append(mapped, values), append(attention, a)
	}
	row, err := b.Measure(ctx, m.Name, mapped...)
	row.Proposed, row.Runs, row.Attention = m.Proposed, runs, attention
	return row, err
}

// Measure scores a method by what it makes of the test's faces, [faces, d] for each seed.
func (b *Bench) Measure(ctx context.Context, method string, features ...[]float32) (Row, error) {
	row := Row{Method: method}
	found := make([][]measures, len(features)) // [seeds][buckets]
	for k, values := range features {
		var err error
		if found[k], err = b.measureAll(ctx, values); err != nil {
			return Row{}, err
		}
	}
	var turned []int
	for bucket, name := range b.Test.Buckets {
		score, err := scoreOf(found, bucket)
		if err != nil {
			return Row{}, fmt.Errorf("study: %s: %w", method, err)
		}
		row.Scores, row.Plots = append(row.Scores, score), append(row.Plots, found[0][bucket].plot)
		if name != posesimv.Frontal {
			turned = append(turned, bucket)
		}
	}
	var err error
	if row.Mean, err = scoreOf(found, turned...); err != nil {
		err = fmt.Errorf("study: %s: %w", method, err)
	}
	return row, err
}

// scoreOf sums up the mean over some buckets, of which each has as many probes of
// everybody, over the runs.
func scoreOf(found [][]measures, buckets ...int) (Score, error) {
	var figures [6][]float64
	var drawn []eval.Resamples
	for _, run := range found {
		var mean [6]float64
		for _, bucket := range buckets {
			for i, v := range run[bucket].figures {
				mean[i] += v / float64(len(buckets))
			}
			drawn = append(drawn, run[bucket].drawn)
		}
		for i, v := range mean {
			figures[i] = append(figures[i], v)
		}
	}
	mean, err := eval.Average(drawn...)
	return Score{statOf(figures[0]), statOf(figures[1]), statOf(figures[2]), statOf(figures[3]), statOf(figures[4]), statOf(figures[5]), mean}, err
}

// Lead is by how much a row's TAR at FAR 1e-2 is above another's in each bucket, averaged
// over seeds, with intervals from drawing people.
func (b *Bench) Lead(row, other Row) ([]eval.Interval, error) {
	out := make([]eval.Interval, len(row.Scores))
	for bucket := range out {
		var err error
		if out[bucket], err = b.lead(row.Scores[bucket], other.Scores[bucket]); err != nil {
			return nil, fmt.Errorf("study: %s minus %s: %w", row.Method, other.Method, err)
		}
	}
	return out, nil
}

// MeanLead is Lead for the mean over all buckets but the frontal one.
func (b *Bench) MeanLead(row, other Row) (eval.Interval, error) {
	lead, err := b.lead(row.Mean, other.Mean)
	if err != nil {
		err = fmt.Errorf("study: %s minus %s: %w", row.Method, other.Method, err)
	}
	return lead, err
}

func (b *Bench) lead(score, other Score) (eval.Interval, error) {
	gap, err := score.Resamples.Minus(other.Resamples)
	if err != nil {
		return eval.Interval{}, err
	}
	return b.Bootstrap.Interval(gap)
}

// ScoreMethod trains a method once per seed and measures it. trained, if not nil, is
// called after each run that trained something.
func ScoreMethod(ctx context.Context, b *Bench, m Method, trained func(*Trained)) (Row, error) {
	var runs []*Trained
	for _, seed := range b.Seeds {
		run, err := Train(ctx, b.Engine, m, b.Train, b.Budget, seed)
		if err != nil {
			return Row{}, err
		}
		if trained != nil && run.Fit != nil {
			trained(run)
		}
		runs = append(runs, run)
		if m.Head == nil {
			break // nothing that a seed could change
		}
	}
	return b.evaluate(ctx, m, runs)
}
