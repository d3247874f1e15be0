package recipe

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/study"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/pose"
)

// The rows of the comparison. Poses are estimated at test time; those with known angles
// are for heads that take angles.
const (
	rowPlain        = "extractor without FSPFM"
	rowHeadOff      = "stage 1, its FSPFM left off"
	rowStage1       = "stage 1"
	rowPairs        = "stage 2 without L_ada"
	rowStage2       = "stage 2"
	rowStage1Labels = "stage 1, angles from the labels"
	rowStage2Labels = "stage 2, angles from the labels"
)

// compareDraws is the number of draws of people for intervals.
const compareDraws = 400

// comparison tests runs on PoseSim-V.
type comparison struct {
	*runner
	pictures *study.Pictures
	// poses are the pose features of the pictures, or the estimated angles, according to
	// what the head takes.
	poses *features.Set
	// features of each row, [faces, d], one per seed; names are the rows in their order.
	names    []string
	features map[string][][]float32
	bench    *study.Bench
}

// compareStages trains the recipe with several seeds, with its head and without, and
// compares what comes out.
func (s *runner) compareStages(ctx context.Context) error {
	if s.Module == nil || s.Pairs == nil {
		return errors.New("recipe: to compare stages wants a recipe with a module and two stages")
	}
	began := time.Now()
	set, err := s.posedFaces(ctx)
	if err != nil {
		return err
	}
	c := &comparison{runner: s, features: map[string][][]float32{}}
	if err := c.render(ctx); err != nil {
		return err
	}
	s.took("pictures and poses", began)
	for _, seed := range s.Seeds {
		began := time.Now()
		if err := c.run(ctx, set, seed); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		s.took(fmt.Sprintf("seed %d", seed), began)
		c.tell(ctx)
	}
	return c.print(ctx)
}

// took tells how long something took.
func (s *runner) took(what string, began time.Time) {
	fmt.Fprintf(s.Log, "%s: %s\n", what, time.Since(began).Round(time.Second))
}

// render makes the pictures of the benchmark, and looks at their poses.
func (c *comparison) render(ctx context.Context) error {
	p, err := study.NewPictures(posesimv.Config{People: c.Compare})
	if err != nil {
		return err
	}
	what := poseFeatures
	if c.Module.PoseInput == head.PoseAngles {
		what = poseAngles
	}
	err = c.withPose(ctx, what, func(extract features.Extract, hash string) error {
		c.poses, err = c.look(ctx, fmt.Sprintf("pose %s as %s", hash, c.Module.PoseInput), p.Wide, extract, false, nil)
		return err
	})
	if err != nil {
		return err
	}
	p.Aligned, err = c.inMemory(ctx, "PoseSim-V", p.Aligned)
	c.pictures = p
	return err
}

// run trains with a seed and keeps the features of each row.
func (c *comparison) run(ctx context.Context, set *sets, seed uint64) error {
	one, recipe := *c.runner, *c.Recipe
	recipe.Seed = seed
	one.Recipe, one.Dir = &recipe, filepath.Join(c.Dir, fmt.Sprintf("seed-%d", seed))
	if err := c.runPlain(ctx, set, one); err != nil {
		return err
	}
	both, err := one.bothStages(ctx, set)
	if err != nil {
		return err
	}
	defer both.judge.close()
	pairs := *recipe.Pairs
	pairs.WithoutADA, pairs.Weighting, pairs.ADA = true, train.WeightNone, loss.ADA{}
	noADA, err := one.finetune(ctx, both, pairs, "stage2-pairs")
	if err != nil {
		return err
	}
	return c.addHeads(ctx, both, noADA)
}

// runPlain trains the same extractor without a head, in a folder of its own within that
// of the seed.
func (c *comparison) runPlain(ctx context.Context, set *sets, one runner) error {
	recipe := *one.Recipe
	recipe.Module, recipe.Pairs = nil, nil
	one.Recipe, one.Dir = &recipe, filepath.Join(one.Dir, "plain")
	alone, err := one.bothStages(ctx, set)
	if err != nil {
		return err
	}
	defer alone.judge.close()
	faces, err := alone.judge.features(ctx, alone.stage1, c.pictures.Aligned, nil)
	if err != nil {
		return err
	}
	c.add(rowPlain, faces.Values)
	return nil
}

// addHeads keeps the features of the extractor of stage 1, alone and behind each head.
func (c *comparison) addHeads(ctx context.Context, both *trained, noADA *train.HeadResult) error {
	poses := c.poses
	if c.Module.PoseInput == head.PoseAngles {
		poses = nil
	}
	faces, err := both.judge.features(ctx, both.stage1, c.pictures.Aligned, poses)
	if err != nil {
		return err
	}
	if c.bench == nil {
		c.bench = &study.Bench{Test: c.pictures.Test(faces)}
	}
	c.add(rowHeadOff, faces.Values)
	fit, err := both.stage1.HeadResult()
	if err != nil {
		return err
	}
	estimated, labeled := *faces, *faces
	if c.Module.PoseInput == head.PoseAngles {
		estimated.Angles = anglesOf(c.poses)
	}
	for _, row := range []struct {
		name  string
		head  *train.HeadResult
		faces *features.Set
	}{{rowStage1, fit, &estimated}, {rowPairs, noADA, &estimated}, {rowStage2, both.stage2, &estimated},
		{rowStage1Labels, fit, &labeled}, {rowStage2Labels, both.stage2, &labeled}} {
		if row.faces == &labeled && c.Module.PoseInput != head.PoseAngles {
			continue
		}
		values, err := row.head.Map(ctx, row.faces)
		if err != nil {
			return err
		}
		c.add(row.name, values)
	}
	return nil
}

// anglesOf reads the rows of estimated angles.
func anglesOf(f *features.Set) []pose.Angles {
	out := make([]pose.Angles, f.Len())
	for i := range out {
		out[i] = pose.Angles{Yaw: float64(f.Values[3*i]), Pitch: float64(f.Values[3*i+1]), Roll: float64(f.Values[3*i+2])}
	}
	return out
}

func (c *comparison) add(row string, features []float32) {
	if len(c.features[row]) == 0 {
		c.names = append(c.names, row)
	}
	c.features[row] = append(c.features[row], features)
}

// rows measures everything so far, with this many draws of people.
func (c *comparison) rows(ctx context.Context, draws int) ([]study.Row, error) {
	c.bench.Bootstrap.Draws = draws
	var rows []study.Row
	for _, name := range c.names {
		row, err := c.bench.Measure(ctx, name, c.features[name]...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// tell says how things stand after a seed.
func (c *comparison) tell(ctx context.Context) {
	rows, err := c.rows(ctx, 2) // nobody looks at intervals yet
	if err != nil {
		fmt.Fprintf(c.Log, "no table yet: %v\n", err)
		return
	}
	for _, row := range rows {
		fmt.Fprintf(c.Log, "  %s: TAR at FAR 0.01 %s, accuracy %s\n", row.Method, row.Mean.TAR2, row.Mean.Accuracy)
	}
}

// print writes the tables: two figures of every row by range of poses, and the
// differences that the stages make.
func (c *comparison) print(ctx context.Context) error {
	rows, err := c.rows(ctx, compareDraws)
	if err != nil {
		return err
	}
	titles := []string{""}
	for _, b := range c.bench.Test.Buckets {
		titles = append(titles, string(b))
	}
	titles = append(titles, "mean of all but frontal")
	line := func(row study.Row, of func(study.Score) study.Stat) []string {
		cells := []string{row.Method}
		for _, score := range append(row.Scores, row.Mean) {
			cell := "-" // the frontal pictures are in no pair of the ten folds
			if figure := of(score); figure.Mean != 0 {
				cell = figure.String()
			}
			cells = append(cells, cell)
		}
		return cells
	}
	tar, accuracy := [][]string{titles}, [][]string{titles}
	for _, row := range rows {
		tar = append(tar, line(row, func(s study.Score) study.Stat { return s.TAR2 }))
		accuracy = append(accuracy, line(row, func(s study.Score) study.Stat { return s.Accuracy }))
	}
	gaps := [][]string{titles}
	for _, pair := range [][2]string{{rowStage1, rowPlain}, {rowStage2, rowStage1}, {rowPairs, rowStage1}, {rowStage2, rowPairs}, {rowHeadOff, rowPlain}} {
		cells, err := c.lead(rows, pair[0], pair[1])
		if err != nil {
			return err
		}
		gaps = append(gaps, cells)
	}
	c.table(fmt.Sprintf("TAR at FAR 1e-2 in percent, %d people of PoseSim-V, mean ± standard deviation over seeds %v", c.Compare, c.Seeds), tar)
	c.table("Accuracy in percent, ten folds, likewise", accuracy)
	c.table(fmt.Sprintf("Differences of the first in points, with 95 %% intervals from %d draws of people", compareDraws), gaps)
	return nil
}

// lead is a line of differences between two rows.
func (c *comparison) lead(rows []study.Row, first, second string) ([]string, error) {
	find := func(name string) study.Row { return rows[slices.Index(c.names, name)] }
	leads, err := c.bench.Lead(find(first), find(second))
	if err != nil {
		return nil, err
	}
	mean, err := c.bench.MeanLead(find(first), find(second))
	cells := []string{first + " minus " + second}
	for _, lead := range append(leads, mean) {
		cells = append(cells, intervalText(lead))
	}
	return cells, err
}

// intervalText is an interval in points.
func intervalText(i eval.Interval) string {
	return fmt.Sprintf("%+.1f [%+.1f, %+.1f]", 100*i.Value, 100*i.Low, 100*i.High)
}

// table prints a table with its title.
func (c *comparison) table(title string, lines [][]string) {
	fmt.Fprintf(c.Report, "%s\n\n", title)
	w := tabwriter.NewWriter(c.Report, 0, 0, 2, ' ', 0)
	for _, cells := range lines {
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	_ = w.Flush() // stdout
	fmt.Fprintln(c.Report)
}
