package train

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
	"github.com/pifr-go/pifr/pose/landmark"
)

// LandmarkScope is where the variables of a landmark network are.
const LandmarkScope = "/landmark"

// LandmarkConfig says how a landmark network is trained, with loss.Landmarks.
type LandmarkConfig struct {
	Seed      uint64         `json:"seed"`
	Batch     int            `json:"batch"`
	Epochs    int            `json:"epochs"`
	Optimizer run.Optimizer  `json:"optimiser"`
	Schedule  run.Schedule   `json:"schedule"`
	Loss      loss.Landmarks `json:"loss"`
	Moves     PointMoves     `json:"moves"`
	Devices   int            `json:"devices,omitempty"`

	// Network is what is trained, from nothing or from the weights of Start, which are
	// those of such a network.
	Network *landmark.Net     `json:"-"`
	Start   []weights.Tensor  `json:"-"`
	Augment dataset.Augmenter `json:"-"`
	Workers int               `json:"-"`
	// Held is a set of other people, on which the errors are measured so many times,
	// evenly over the run, the last time at its end; nil measures nothing, and zero
	// Evaluations stand for 1. OnErrors, if given, is called after each.
	Held        dataset.Source              `json:"-"`
	Evaluations int                         `json:"-"`
	OnErrors    func(*LandmarkResult) error `json:"-"`

	run.Options `json:"-"`
}

// LandmarkResult is a trained landmark network.
type LandmarkResult struct {
	Network *landmark.Net
	Store   *model.Store
	run.Result
	// Errors on the held-out set, see LandmarkErrors; nil without one.
	Errors run.Values
	// Waited is how long the trainer had to wait for batches altogether.
	Waited time.Duration
}

// Scope is where the network's variables are, for landmark.New.
func (r *LandmarkResult) Scope() *model.Scope { return r.Store.Scope(LandmarkScope) }

// TrainLandmarks trains a landmark network on pictures of heads as package heads makes
// them where Points is set. What the network sees is a window in them that moves as a
// detector's boxes err.
func TrainLandmarks(ctx context.Context, engine compute.Backend, source dataset.Source, cfg LandmarkConfig) (*LandmarkResult, error) {
	cfg.Seed = cmp.Or(cfg.Seed, dataset.DefaultSeed)
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	store := model.NewStore()
	if err := cfg.begin(store.Scope(LandmarkScope)); err != nil {
		return nil, err
	}
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: cfg.Batch, Seed: cfg.Seed, Augment: cfg.Augment, Workers: cfg.Workers, Bytes: true})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	step, err := run.NewStep(engine, store, cfg.objective(), cfg.Optimizer, run.StepConfig{Devices: cfg.Devices})
	if err != nil {
		return nil, err
	}
	defer step.Close()
	batches := &pixelBatches{loader: loader, each: cfg.Batch, tensors: func(b *dataset.Batch, step int) ([]*tensors.Tensor, error) {
		return cfg.Moves.tensors(b.Bytes, b.Labels, cfg.Network.Height, rand.New(rand.NewPCG(cfg.Seed, uint64(step))))
	}}
	defer batches.close()
	result := &LandmarkResult{Network: cfg.Network, Store: store}
	l, err := cfg.loop(engine, source, loader.Steps(), step, batches, result)
	if err != nil {
		return nil, err
	}
	result.Result, err = l.Run(ctx)
	result.Waited = batches.waited
	if err != nil {
		return nil, err
	}
	return result, nil
}

// begin makes the network's variables as they are before the first step.
func (c LandmarkConfig) begin(scope *model.Scope) error {
	if err := c.Network.Init(scope, dtypes.Float32, c.Seed); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if c.Start == nil {
		return nil
	}
	if err := weights.Load(scope, dtypes.Float32, c.Network.Net, c.Start, weights.Own()); err != nil {
		return fmt.Errorf("train: start: %w", err)
	}
	return nil
}

// loop assembles the run.
func (c LandmarkConfig) loop(engine compute.Backend, source dataset.Source, perEpoch int, step *run.Step, batches run.Batches, result *LandmarkResult) (*run.Loop, error) {
	recipe, err := json.Marshal(struct {
		Network string         `json:"network"`
		Config  LandmarkConfig `json:"config"`
	}{c.Network.Name, c})
	if err != nil {
		return nil, fmt.Errorf("train: recipe: %w", err)
	}
	data := map[string]string{"faces": dataset.Fingerprint(source)}
	if err := startedFrom(c.Start, data); err != nil {
		return nil, err
	}
	l := &run.Loop{Engine: engine, Store: result.Store, Step: step, Batches: batches, Schedule: c.Schedule,
		About: run.About{Recipe: recipe, Seed: c.Seed, Data: data},
		Steps: c.Epochs * perEpoch, PerEpoch: perEpoch, Better: "median", Lower: true, Options: c.Options}
	l.EvaluateEvery = max(l.Steps/max(c.Evaluations, 1), 1)
	if c.Held != nil {
		l.Options.CheckpointEvery = cmp.Or(l.Options.CheckpointEvery, min(perEpoch, l.EvaluateEvery))
		l.Evaluate = func(ctx context.Context) (run.Values, error) { return c.evaluate(ctx, engine, result) }
	}
	return l, nil
}

func (c LandmarkConfig) evaluate(ctx context.Context, engine compute.Backend, result *LandmarkResult) (run.Values, error) {
	var err error
	result.Errors, err = LandmarkErrors(ctx, engine, c.Network, result.Scope(), c.Held, c.Moves)
	if err == nil && c.OnErrors != nil {
		err = c.OnErrors(result)
	}
	return result.Errors, err
}

func (c LandmarkConfig) validate() error {
	switch {
	case c.Network == nil:
		return errors.New("train: the landmark network is missing")
	case c.Batch < 1 || c.Epochs < 1:
		return fmt.Errorf("train: batch %d and epochs %d must be positive", c.Batch, c.Epochs)
	}
	_, err := c.Loss.Resolve()
	return errors.Join(err, c.Schedule.Validate(), c.Optimizer.Validate(), c.Moves.validate())
}

// objective is loss.Landmarks, and the mean distance in units of the window's side.
func (c LandmarkConfig) objective() run.Objective {
	return func(scope *model.Scope, batch, _ []*graph.Node) (*graph.Node, []run.Measure) {
		out := c.Network.Forward(scope.Store().Scope(LandmarkScope), batch[0])
		n := out.Shape().Dim(0)
		place := func(x *graph.Node, width int) *graph.Node {
			return graph.Slice(graph.Reshape(x, n, landmark.Count, width), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, 2))
		}
		off := graph.Sub(graph.StopGradient(place(out, loss.LandmarkWidth)), place(batch[1], 3))
		distance := graph.Sqrt(graph.ReduceSum(graph.Square(off), -1))
		return lossgraph.Landmarks(c.Loss, out, batch[1]), []run.Measure{{Name: "distance", Node: graph.ReduceAllMean(distance)}}
	}
}
