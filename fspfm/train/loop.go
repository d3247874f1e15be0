package train

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
	// Progress is where progress is told: a bar on a terminal, lines elsewhere. nil keeps
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
	// StopAfter ends this process's part of the run after so many steps, with a
	// checkpoint. Zero runs to the end.
	StopAfter int
}

// batches gives the tensors of each step, counted from 0, and the names of their samples,
// which are asked for only when something is wrong. The tensors are the loop's to free if
// owned is true.
type batches interface {
	batch(ctx context.Context, step int) (batch []*tensors.Tensor, owned bool, err error)
	samples(step int) []string
	// size is the number of samples of a step.
	size() int
}

// loop is a run: steps, and what happens between them.
type loop struct {
	engine   compute.Backend
	store    *model.Store
	step     *Step
	batches  batches
	schedule Schedule
	about    About

	steps, perEpoch int
	// evaluate, if given, measures at the end of every evaluateEvery steps and of the
	// run. The value named by better decides which checkpoint is the best: the highest,
	// or the lowest if lower.
	evaluate      func(ctx context.Context) (Values, error)
	evaluateEvery int
	better        string
	lower         bool

	options  Options
	folder   *folder
	state    State
	means    means
	progress *progress
	saved    string // the last checkpoint
	last     Values // what the last step measured
}

// run takes all the steps that remain. After an interruption through the context, what is
// done is checkpointed.
func (l *loop) run(ctx context.Context) (err error) {
	l.state.Seed = l.about.Seed
	l.options.Log = cmp.Or(l.options.Log, slog.Default())
	l.options.CheckpointEvery = cmp.Or(l.options.CheckpointEvery, l.perEpoch)
	l.options.RecordEvery = cmp.Or(l.options.RecordEvery, 20)
	if err := l.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.folder.close()) }()
	l.progress = newProgress(l.options.Progress, l.state.Step, l.steps, l.batches.size()*l.step.accumulate)
	defer l.progress.close()
	first := l.state.Step
	for l.state.Step < l.steps {
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("train: stopped after %d steps: %w", l.state.Step, context.Cause(ctx)), l.checkpoint())
		}
		if err := l.one(ctx); err != nil {
			return err
		}
		if err := l.between(ctx); err != nil {
			return err
		}
		if l.options.StopAfter > 0 && l.state.Step-first >= l.options.StopAfter {
			return l.checkpoint()
		}
	}
	return nil
}

// open prepares the folder and goes on from its newest checkpoint.
func (l *loop) open() error {
	if l.options.Dir == "" {
		return nil
	}
	f, err := openFolder(l.options.Dir, l.options.Keep)
	if err != nil {
		return err
	}
	l.about.Engine = l.engine.Description()
	err = f.describe(l.about)
	if err == nil {
		err = l.resume(f)
	}
	if err != nil {
		return errors.Join(err, f.close())
	}
	l.folder = f
	return nil
}

func (l *loop) resume(f *folder) error {
	state, variables, from, err := f.latest(l.options.Log)
	if err != nil {
		return err
	}
	if from != "" {
		if err := restore(l.store, variables); err != nil {
			return fmt.Errorf("train: resume %s: %w", f.dir, err)
		}
		l.state, l.saved = state, from
		l.options.Log.Info("train: resumed", "folder", f.dir, "step", state.Step)
	}
	return f.openMetrics(l.state.Step)
}

// one takes one step of the optimiser, which may take several batches.
func (l *loop) one(ctx context.Context) error {
	lr := l.schedule.At(l.state.Step, l.perEpoch, l.steps)
	var values Values
	for part := range l.step.accumulate {
		k := l.state.Step*l.step.accumulate + part
		batch, owned, err := l.batches.batch(ctx, k)
		if err != nil {
			return fmt.Errorf("train: batch of step %d: %w", l.state.Step, err)
		}
		values, err = l.step.Run(l.state.Step, lr, batch...)
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
				Samples: l.batches.samples(k), Checkpoint: l.saved}
		}
	}
	l.state.Step++
	l.last = values
	l.means.add(values)
	l.progress.tell(l.state.Step, values, lr)
	if l.options.OnStep != nil {
		l.options.OnStep(l.state.Step, values)
	}
	return nil
}

// between records, evaluates and checkpoints where it is time.
func (l *loop) between(ctx context.Context) error {
	done := l.state.Step
	end := done == l.steps
	if end || done%l.options.RecordEvery == 0 {
		err := l.folder.record(Record{Step: done, Epoch: l.epoch(), Kind: "train", Rate: l.schedule.At(done-1, l.perEpoch, l.steps),
			Speed: math.Round(10*l.progress.speed(done)) / 10, Values: RecordValues(l.means.take())})
		if err != nil {
			return err
		}
	}
	improved := false
	if l.evaluate != nil && (end || l.evaluateEvery > 0 && done%l.evaluateEvery == 0) {
		var err error
		if improved, err = l.measure(ctx); err != nil {
			return err
		}
	}
	if end || improved || done%l.options.CheckpointEvery == 0 {
		return l.checkpoint()
	}
	return nil
}

func (l *loop) epoch() float64 {
	return math.Round(1000*float64(l.state.Step)/float64(l.perEpoch)) / 1000
}

// measure evaluates, and tells whether this is the best so far.
func (l *loop) measure(ctx context.Context) (improved bool, err error) {
	values, err := l.evaluate(ctx)
	if err != nil {
		return false, fmt.Errorf("train: evaluation after %d steps: %w", l.state.Step, err)
	}
	l.progress.line("evaluation after %d steps: %s", l.state.Step, values)
	if err := l.folder.record(Record{Step: l.state.Step, Epoch: l.epoch(), Kind: "eval", Values: RecordValues(values)}); err != nil {
		return false, err
	}
	if value, ok := values[l.better]; ok {
		if !l.state.HasBest || (value > l.state.Best) != l.lower && value != l.state.Best {
			l.state.HasBest, l.state.Best, l.state.BestStep = true, value, l.state.Step
			improved = true
		}
	}
	if l.folder != nil && l.options.OnRecord != nil {
		if err := l.options.OnRecord(l.folder.dir); err != nil {
			l.options.Log.Warn("train: curves", "error", err)
		}
	}
	return improved, nil
}

// checkpoint saves where the run stands, if there is a folder and it has not been saved.
func (l *loop) checkpoint() error {
	if l.folder == nil {
		return nil
	}
	path, err := l.folder.save(l.store, l.state)
	if err != nil {
		return err
	}
	l.saved = path
	return nil
}

// since is the time that a run took, for results.
func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }
