package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/study"
	"github.com/pifr-go/pifr/fspfm/train"
)

// trainSeed chooses the people to train heads on. They are strangers to the networks in
// front of the head, as faces will be in use: the light pose network has learned from
// people of the seeds 42, 45 and 46, the recognizer of the pack tiny from those of 42,
// and the recipe mini from those of 7.
const trainSeed = 44

// outcome is a table with what belongs to it.
type outcome struct {
	rows  []study.Row
	raw   study.Row // the extractor's features as they are, whether the table has them or not
	leads []lead
	bench *study.Bench
}

// lead is how far a row is above the others.
type lead struct {
	row  int
	over [][]eval.Interval // of each row and bucket; nil for the row itself
}

// evaluateTable trains and tests the rows of a table.
func (o *options) evaluateTable(ctx context.Context) error {
	methods, err := study.Methods(study.PaperTable(o.table))
	if err != nil {
		return err
	}
	engine, err := backend.OpenContext(ctx, o.backend)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	bench, err := o.bench(ctx, engine, methods)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stderr, "%d faces of %d people to train on, %d of PoseSim-V (%s) to test with, seeds %v, engine %s\n",
		bench.Train.Len(), bench.Train.Classes(), bench.Test.Features.Len(), o.tier, o.seeds, o.backend)
	out, err := o.outcome(ctx, bench, methods)
	if err != nil {
		return err
	}
	out.print(o)
	if o.out == "" {
		return nil
	}
	return o.report(ctx, out)
}

// outcome trains and tests all rows.
func (o *options) outcome(ctx context.Context, bench *study.Bench, methods []study.Method) (*outcome, error) {
	out := &outcome{bench: bench}
	for _, m := range methods {
		row, err := o.row(ctx, bench, m)
		if err != nil {
			return nil, err
		}
		out.rows = append(out.rows, row)
	}
	var err error
	if out.raw, err = o.row(ctx, bench, study.Baseline("none")); err != nil {
		return nil, err
	}
	out.leads, err = leads(bench, out.rows)
	return out, err
}

// row trains and tests one method.
func (o *options) row(ctx context.Context, bench *study.Bench, m study.Method) (study.Row, error) {
	return study.ScoreMethod(ctx, bench, m, func(t *study.Trained) {
		fmt.Fprintf(o.stderr, "%s, seed %d: %d steps in %s: %v\n", t.Method, t.Seed, t.Fit.Steps, t.Fit.Took.Round(time.Second), t.Fit.Last)
	})
}

// bench makes or reads the features of both sets.
func (o *options) bench(ctx context.Context, engine compute.Backend, methods []study.Method) (*study.Bench, error) {
	eyes, done, err := o.eyes(ctx, engine)
	if err != nil {
		return nil, err
	}
	defer done()
	b := &study.Bench{Engine: engine, Seeds: o.seeds, Budget: train.HeadConfig{Plan: train.Plan{Epochs: o.epochs}}, Bootstrap: eval.Bootstrap{Draws: o.draws}}
	if b.Train, err = eyes.Train(ctx, o.identities, o.shots, trainSeed); err != nil {
		return nil, err
	}
	cfg := posesimv.Config{Tier: posesimv.Tier(o.tier), People: o.benchPeople}
	if b.Test, err = eyes.Test(ctx, cfg); err != nil {
		return nil, err
	}
	for _, m := range methods {
		if m.Turned && b.Test.Turned == nil {
			err = eyes.Turn(ctx, cfg, b.Test)
		}
	}
	return b, err
}

// eyes opens the frozen networks.
func (o *options) eyes(ctx context.Context, engine compute.Backend) (study.Networks, func(), error) {
	e, err := o.openExtractor(ctx, engine, false)
	if err != nil {
		return study.Networks{}, nil, err
	}
	pose, err := o.openPose(ctx, engine)
	if err != nil {
		e.Close()
		return study.Networks{}, nil, err
	}
	dir := o.cache
	if dir == "" {
		root, err := os.UserCacheDir()
		if err != nil {
			return study.Networks{}, nil, fmt.Errorf("no place for features: %w; use -cache", err)
		}
		dir = filepath.Join(root, "pifr", "features")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return study.Networks{}, nil, err
	}
	return study.Networks{Dir: dir, Extractor: e.hash, PoseNet: pose.hash, Extract: e.ExtractPixels, Pose: pose.extract, Estimator: pose.estimator,
		Misaligned: o.misaligned, Progress: tell.New(o.stderr).Of}, func() { pose.close(); e.Close() }, nil
}

// leads compares the rows that readers ask for, the paper's method and whichever is best,
// with all others.
func leads(bench *study.Bench, rows []study.Row) ([]lead, error) {
	best := bestRow(rows)
	var out []lead
	for i, row := range rows {
		if i != best && !row.Proposed {
			continue
		}
		l := lead{row: i, over: make([][]eval.Interval, len(rows))}
		for k, other := range rows {
			if k == i {
				continue
			}
			var err error
			if l.over[k], err = bench.Lead(row, other); err != nil {
				return nil, err
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// bestRow is the row with the highest mean of TAR over the buckets.
func bestRow(rows []study.Row) int {
	best, most := 0, -1.0
	for i, row := range rows {
		sum := 0.0
		for _, score := range row.Scores {
			sum += score.TAR2.Mean
		}
		if sum > most {
			best, most = i, sum
		}
	}
	return best
}
