package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/study"
)

// row trains a way once per seed, and returns the cells of its line.
func (b *headBench) row(ctx context.Context, engine compute.Backend, v study.RealVariant) ([]string, error) {
	data, names, err := b.data(v.On)
	if err != nil {
		return nil, err
	}
	budget := study.RealBudget(turnedFaces(data), b.steps)
	budget.Match = v.Budget.Match
	test := b.tests[slices.Contains(v.On, study.FacesReal)]
	var scores []crosspose.HeadScore
	for _, seed := range b.seeds {
		began := time.Now()
		fit, err := study.Train(ctx, engine, v.Method, data, budget, seed)
		if err != nil {
			return nil, err
		}
		values, err := fit.Map(ctx, test.Features)
		if err != nil {
			return nil, err
		}
		trained := time.Since(began)
		score, err := test.Score(ctx, values, b.draws)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(b.stderr, "%s, on %s, seed %d: %d steps in %s, measured in %s: %v; %.2f and %.2f\n", v.Name, names, seed, fit.Fit.Steps,
			trained.Round(time.Second), (time.Since(began) - trained).Round(time.Second), fit.Fit.Last, 100*score.FP2.Value, 100*score.FP3.Value)
		scores = append(scores, score)
	}
	return b.cells(v.Name, names, test, scores)
}

// data are the faces of several sets, and their names.
func (b *headBench) data(on []study.Faces) (*features.Set, string, error) {
	var sets []*features.Set
	var names []string
	for _, kind := range on {
		sets, names = append(sets, b.sets[kind]), append(names, string(kind))
	}
	data, err := features.Join(sets...)
	return data, strings.Join(names, "; "), err
}

// turnedFaces counts the faces that are paired as turned ones, about.
func turnedFaces(f *features.Set) int {
	n := 0
	for _, a := range f.Angles {
		if yaw, _, _ := a.Deg(); max(yaw, -yaw) > 20 {
			n++
		}
	}
	return n
}

// cells are those of a line: the means over seeds, and their differences to no head.
func (b *headBench) cells(name, on string, test *headTest, scores []crosspose.HeadScore) ([]string, error) {
	out := []string{name, on}
	moved := 0.0
	var fp2, fp3, ff3 []eval.Resamples
	for _, s := range scores {
		fp2, fp3, ff3 = append(fp2, s.FP2), append(fp3, s.FP3), append(ff3, s.FF3)
		moved += s.Moved / float64(len(scores))
	}
	for k, column := range []struct {
		runs []eval.Resamples
		raw  eval.Resamples
	}{{fp2, test.raw.FP2}, {fp3, test.raw.FP3}, {ff3, test.raw.FF3}} {
		mean, err := eval.Average(column.runs...)
		if err != nil {
			return nil, err
		}
		gap, err := mean.Minus(column.raw)
		if err != nil {
			return nil, err
		}
		i, err := b.draws.Interval(gap)
		if err != nil {
			return nil, err
		}
		if k < 2 {
			out = append(out, study.Over(column.runs))
		}
		out = append(out, fmt.Sprintf("%+.2f [%+.2f, %+.2f]", 100*i.Value, 100*i.Low, 100*i.High))
	}
	return append(out, fmt.Sprintf("%.3f", moved)), nil
}
