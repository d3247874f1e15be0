package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/miniature"
	"github.com/pifr-go/pifr/fspfm/train"
)

// trainSeed chooses the people to train on.
const trainSeed = 42

// evaluateTable trains and tests the rows of a table.
func (o *options) evaluateTable(ctx context.Context) error {
	methods, err := miniature.Methods(miniature.Table(o.table))
	if err != nil {
		return err
	}
	engine, err := backend.OpenContext(ctx, o.backend)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	bench, err := o.bench(ctx, engine)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stderr, "%d faces of %d people to train on, %d of PoseSim-V (%s) to test with, seeds %v, engine %s\n",
		bench.Train.Len(), bench.Train.Classes(), bench.Test.Features.Len(), o.tier, o.seeds, o.backend)
	var rows []miniature.Row
	for _, m := range methods {
		row, err := miniature.ScoreMethod(ctx, bench, m, func(t *miniature.Trained) {
			fmt.Fprintf(o.stderr, "%s, seed %d: %d steps in %s: %v\n", t.Method, t.Seed, t.Fit.Steps, t.Fit.Took.Round(time.Second), t.Fit.Last)
		})
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	gaps, err := o.gaps(ctx, rows, bench.Test)
	if err != nil {
		return err
	}
	o.print(rows, gaps, bench.Test)
	if o.out == "" {
		return nil
	}
	return o.report(ctx, rows, gaps, bench)
}

// bench makes or reads the features of both sets.
func (o *options) bench(ctx context.Context, engine compute.Backend) (*miniature.Bench, error) {
	eyes, done, err := o.eyes(ctx, engine)
	if err != nil {
		return nil, err
	}
	defer done()
	b := &miniature.Bench{Engine: engine, Seeds: o.seeds, Budget: train.HeadConfig{Epochs: o.epochs}}
	if b.Train, err = eyes.Train(ctx, o.identities, o.shots, trainSeed); err != nil {
		return nil, err
	}
	b.Test, err = eyes.Test(ctx, posesimv.Config{Tier: posesimv.Tier(o.tier), People: o.people})
	return b, err
}

// eyes opens the frozen networks.
func (o *options) eyes(ctx context.Context, engine compute.Backend) (miniature.Eyes, func(), error) {
	e, err := o.openExtractor(ctx, engine, false)
	if err != nil {
		return miniature.Eyes{}, nil, err
	}
	pose, poseHash, done, err := o.openPose(ctx, engine)
	if err != nil {
		e.Close()
		return miniature.Eyes{}, nil, err
	}
	dir := o.cache
	if dir == "" {
		root, err := os.UserCacheDir()
		if err != nil {
			return miniature.Eyes{}, nil, fmt.Errorf("no place for features: %w; use -cache", err)
		}
		dir = filepath.Join(root, "pifr", "features")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return miniature.Eyes{}, nil, err
	}
	tell := newTeller(o.stderr)
	return miniature.Eyes{Dir: dir, Networks: e.hash + "+" + poseHash, Extract: e.ExtractPixels, Pose: pose, Told: tell.say},
		func() { done(); e.Close() }, nil
}

// gaps are, for every row and bucket, the differences of TAR at FAR 1e-2 between the best row and that row, for the first seed, with intervals
// from drawing people. Those of the best row itself are empty.
func (o *options) gaps(ctx context.Context, rows []miniature.Row, test *miniature.Test) ([][]eval.Interval, error) {
	best := bestRow(rows, test)
	out := make([][]eval.Interval, len(rows))
	for i, row := range rows {
		if i == best {
			continue
		}
		for b := range test.Buckets {
			gap, err := eval.Bootstrap{Draws: o.draws}.Difference(ctx, rows[best].Trials[b], row.Trials[b], eval.TARAt(1e-2))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", row.Method, err)
			}
			out[i] = append(out[i], gap)
		}
	}
	return out, nil
}

// bestRow is the row with the highest mean of TAR over the buckets.
func bestRow(rows []miniature.Row, test *miniature.Test) int {
	best, most := 0, -1.0
	for i, row := range rows {
		sum := 0.0
		for b := range test.Buckets {
			sum += row.Scores[b].TAR2.Mean
		}
		if sum > most {
			best, most = i, sum
		}
	}
	return best
}

// titles are the table's columns.
func titles(test *miniature.Test) []string {
	out := []string{"method"}
	for _, b := range test.Buckets {
		out = append(out, string(b))
	}
	return out
}

// cells are a row's figures.
func cells(row miniature.Row, test *miniature.Test) []string {
	out := []string{row.Method}
	for b := range test.Buckets {
		out = append(out, row.Scores[b].TAR2.String())
	}
	return out
}

// print writes the table, and the differences to the best row.
func (o *options) print(rows []miniature.Row, gaps [][]eval.Interval, test *miniature.Test) {
	w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(o.stdout, "TAR at FAR 1e-2 in percent, mean ± standard deviation over seeds %v\n", o.seeds)
	fmt.Fprintln(w, strings.Join(titles(test), "\t"))
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(cells(row, test), "\t"))
	}
	_ = w.Flush() // stdout
	best := bestRow(rows, test)
	fmt.Fprintf(o.stdout, "\n%s minus each row in points, seed %d, with 95 %% intervals from %d draws of people\n", rows[best].Method, o.seeds[0], o.draws)
	fmt.Fprintln(w, strings.Join(titles(test), "\t"))
	for i, row := range rows {
		if i == best {
			continue
		}
		fmt.Fprint(w, row.Method)
		for _, gap := range gaps[i] {
			fmt.Fprintf(w, "\t%.1f [%.1f, %.1f]", 100*gap.Value, 100*gap.Low, 100*gap.High)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
}
