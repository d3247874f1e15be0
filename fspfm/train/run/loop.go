package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Options say how a run is run. None of them changes what it computes. The zero value
// writes nothing and tells nothing.
type Options struct {
	// Dir is the run's folder: checkpoints, metrics and curves go there, and a run that
	// finds its own checkpoints goes on from the newest. Empty keeps nothing.
	Dir string
	// CheckpointEvery is the number of steps between checkpoints. Zero stands for one per
	// epoch. A killed run loses at most these.
	CheckpointEvery int
	// Keep is the number of last checkpoints that are kept, beside the best. Zero stands
	// for 3.
	Keep int
	// RecordEvery is the number of steps over which the recorded metrics are averaged.
	// Zero stands for 20.
	RecordEvery int
	// Progress is where progress is shown: a bar on a terminal, lines elsewhere. nil keeps
	// silent.
	Progress io.Writer
	// Log takes warnings. nil stands for slog.Default().
	Log *slog.Logger
	// OnStep, if given, is called after every step with the number of steps that lie
	// behind.
	OnStep func(done int, v Values)
	// OnRecord, if given, is called in the run's folder after each evaluation and at the
	// end: the place to draw curves.
	OnRecord func(dir string) error
	// StopAfter ends this process's part of the run after this many steps, with a
	// checkpoint. Zero runs to the end.
	StopAfter int
}

// Batches gives the tensors of each step, and the names of their samples.
type Batches interface {
	// Batch returns the tensors of a step, counted from 0. They are the loop's to free if
	// owned is true.
	Batch(ctx context.Context, step int) (batch []*tensors.Tensor, owned bool, err error)
	// Samples names the samples of a step. It is asked only when something is wrong.
	Samples(step int) []string
	// Size is the number of samples of a step.
	Size() int
}

// Loop is a run: steps, and what happens between them. Its fields are set before Run is
// called, and left alone then.
type Loop struct {
	Engine   compute.Backend
	Store    *model.Store
	Step     *Step
	Batches  Batches
	Schedule Schedule
	About    About

	// Steps are those of the whole run, PerEpoch those of an epoch.
	Steps, PerEpoch int
	// Evaluate, if given, measures at the end of every EvaluateEvery steps and of the
	// run. The value named by Better decides which checkpoint is the best: the highest,
	// or the lowest if Lower.
	Evaluate      func(ctx context.Context) (Values, error)
	EvaluateEvery int
	Better        string
	Lower         bool

	Options Options

	folder   *folder
	state    State
	means    means
	progress *progress
	saved    string // the last checkpoint
	last     Values // what the last step measured
}

// Result is what is to be known of a run at its end.
type Result struct {
	// Last is what the last step measured: "loss", "gradient_norm", and what the
	// objective reports.
	Last  Values
	Steps int
	Took  time.Duration
}

// Run takes all the steps that remain. After an interruption through the context, what is
// done is checkpointed.
func (l *Loop) Run(ctx context.Context) (r Result, err error) {
	began := time.Now()
	err = l.run(ctx)
	return Result{Last: l.last, Steps: l.state.Step, Took: time.Since(began).Round(time.Millisecond)}, err
}

func (l *Loop) run(ctx context.Context) (err error) {
	l.state.Seed = l.About.Seed
	l.Options.Log = cmp.Or(l.Options.Log, slog.Default())
	l.Options.CheckpointEvery = cmp.Or(l.Options.CheckpointEvery, l.PerEpoch)
	l.Options.RecordEvery = cmp.Or(l.Options.RecordEvery, 20)
	if err := l.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.folder.close()) }()
	l.progress = newProgress(l.Options.Progress, l.state.Step, l.Steps, l.Batches.Size()*l.Step.accumulate)
	defer l.progress.close()
	first := l.state.Step
	for l.state.Step < l.Steps {
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("run: stopped after %d steps: %w", l.state.Step, context.Cause(ctx)), l.checkpoint())
		}
		if err := l.one(ctx); err != nil {
			return err
		}
		if err := l.between(ctx); err != nil {
			return err
		}
		if l.Options.StopAfter > 0 && l.state.Step-first >= l.Options.StopAfter {
			return l.checkpoint()
		}
	}
	return nil
}

// open prepares the folder and goes on from its newest checkpoint.
func (l *Loop) open() error {
	if l.Options.Dir == "" {
		return nil
	}
	f, err := openFolder(l.Options.Dir, l.Options.Keep)
	if err != nil {
		return err
	}
	l.About.Engine = l.Engine.Description()
	err = f.describe(l.About)
	if err == nil {
		err = l.resume(f)
	}
	if err != nil {
		return errors.Join(err, f.close())
	}
	l.folder = f
	return nil
}

func (l *Loop) resume(f *folder) error {
	state, variables, from, err := f.latest(l.Options.Log)
	if err != nil {
		return err
	}
	if from != "" {
		if err := sameNetwork(l.Store, variables); err != nil {
			return fmt.Errorf("run: resume %s: %w: another network: %w", f.dir, ErrOtherRun, err)
		}
		if err := restore(l.Store, variables); err != nil {
			return fmt.Errorf("run: resume %s: %w", f.dir, err)
		}
		l.state, l.saved = state, from
		l.Options.Log.Info("run: resumed", "folder", f.dir, "step", state.Step)
	}
	return f.openMetrics(l.state.Step)
}

// one takes one step of the optimizer, which may take several batches.
func (l *Loop) one(ctx context.Context) error {
	lr := l.Schedule.At(l.state.Step, l.PerEpoch, l.Steps)
	var values Values
	for part := range l.Step.accumulate {
		k := l.state.Step*l.Step.accumulate + part
		batch, owned, err := l.Batches.Batch(ctx, k)
		if err != nil {
			return fmt.Errorf("run: batch of step %d: %w", l.state.Step, err)
		}
		values, err = l.Step.Run(l.state.Step, lr, batch...)
		if owned {
			for _, t := range batch {
				t.FinalizeAll()
			}
		}
		if err != nil {
			return err
		}
		if !l.state.watch(values) {
			return &DivergedError{Step: l.state.Step, Loss: values["loss"], Norm: values["gradient_norm"],
				Samples: l.Batches.Samples(k), Checkpoint: l.saved}
		}
	}
	l.state.Step++
	l.last = values
	l.means.add(values)
	l.progress.tell(l.state.Step, values, lr)
	if l.Options.OnStep != nil {
		l.Options.OnStep(l.state.Step, values)
	}
	return nil
}

// between records, evaluates and checkpoints where it is time.
func (l *Loop) between(ctx context.Context) error {
	done := l.state.Step
	end := done == l.Steps
	if end || done%l.Options.RecordEvery == 0 {
		err := l.folder.record(Record{Step: done, Epoch: l.epoch(), Kind: "train", Rate: l.Schedule.At(done-1, l.PerEpoch, l.Steps),
			Speed: math.Round(10*l.progress.speed(done)) / 10, Values: l.means.take()})
		if err != nil {
			return err
		}
	}
	improved := false
	if l.Evaluate != nil && (end || l.EvaluateEvery > 0 && done%l.EvaluateEvery == 0) {
		var err error
		if improved, err = l.measure(ctx); err != nil {
			return err
		}
	}
	if end || improved || done%l.Options.CheckpointEvery == 0 {
		return l.checkpoint()
	}
	return nil
}

func (l *Loop) epoch() float64 {
	return math.Round(1000*float64(l.state.Step)/float64(l.PerEpoch)) / 1000
}

// measure evaluates, and tells whether this is the best so far.
func (l *Loop) measure(ctx context.Context) (improved bool, err error) {
	values, err := l.Evaluate(ctx)
	if err != nil {
		return false, fmt.Errorf("run: evaluation after %d steps: %w", l.state.Step, err)
	}
	l.progress.line("evaluation after %d steps: %s", l.state.Step, values)
	if err := l.folder.record(Record{Step: l.state.Step, Epoch: l.epoch(), Kind: "eval", Values: values}); err != nil {
		return false, err
	}
	if value, ok := values[l.Better]; ok {
		if !l.state.HasBest || (value > l.state.Best) != l.Lower && value != l.state.Best {
			l.state.HasBest, l.state.Best, l.state.BestStep = true, value, l.state.Step
			improved = true
		}
	}
	if l.folder != nil && l.Options.OnRecord != nil {
		if err := l.Options.OnRecord(l.folder.dir); err != nil {
			l.Options.Log.Warn("run: curves", "error", err)
		}
	}
	return improved, nil
}

// checkpoint saves where the run stands, if there is a folder and it has not been saved.
func (l *Loop) checkpoint() error {
	if l.folder == nil {
		return nil
	}
	path, err := l.folder.save(l.Store, l.state)
	if err != nil {
		return err
	}
	l.saved = path
	return nil
}
