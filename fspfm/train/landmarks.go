package train

import (
	"cmp"
	"context"
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

// LandmarksScope is where the variables of a landmark network are.
const LandmarksScope = "/landmark"

// LandmarksConfig says how a landmark network is trained, with loss.Landmarks. Zero
// fields stand for what LandmarksRecipe has.
type LandmarksConfig struct {
	Plan
	Loss loss.Landmarks `json:"loss,omitzero"`
	// Moves of the window; nil stands for the recipe's.
	Moves   *LandmarkMoves `json:"moves,omitempty"`
	Devices int            `json:"devices,omitempty"`

	// Network is what is trained, from nothing or from the weights of Start, which are
	// those of such a network.
	Network *landmark.Net     `json:"-"`
	Start   []weights.Tensor  `json:"-"`
	Augment dataset.Augmenter `json:"-"`
	Workers int               `json:"-"`
	// Skips passes over pictures that cannot be read; nil ends the training at the first.
	Skips *dataset.Skips `json:"-"`
	// Held is a set of other people, on which the errors are measured this many times,
	// evenly over the run, the last time at its end; nil measures nothing, and zero
	// Evaluations stand for 1. OnErrors, if given, is called after each.
	Held        dataset.Source               `json:"-"`
	Evaluations int                          `json:"-"`
	OnErrors    func(*LandmarksResult) error `json:"-"`

	run.Options `json:"-"`
}

// LandmarksResult is a trained landmark network.
type LandmarksResult struct {
	Network *landmark.Net
	Store   *model.Store
	run.Result
	// Errors on the held-out set, see LandmarkErrors; nil without one.
	Errors run.Values
	// Waited is how long the trainer had to wait for batches altogether.
	Waited time.Duration
}

// Scope is where the network's variables are, for landmark.New.
func (r *LandmarksResult) Scope() *model.Scope { return r.Store.Scope(LandmarksScope) }

// LandmarksRecipe is how the light landmark network begins: recipe "landmark".
func LandmarksRecipe() LandmarksConfig {
	return LandmarksConfig{
		Plan: Plan{Seed: dataset.DefaultSeed, Batch: 64, Epochs: 16, Optimizer: run.Optimizer{Rule: run.RuleAdamW},
			Schedule: run.Schedule{Shape: run.Cosine, Base: 3e-3, Warmup: 0.5}},
		Loss:  loss.Landmarks{Weight: 0.5},
		Moves: &LandmarkMoves{Shift: 0.12, Scale: 0.223, TurnDeg: 25, Ear: 0.15, EarShift: 0.3, Cover: 0.2},
	}
}

// WithDefaults fills in what is zero.
func (c LandmarksConfig) WithDefaults() LandmarksConfig {
	d := LandmarksRecipe()
	c.Plan, c.Loss, c.Moves = c.Plan.withDefaults(d.Plan), cmp.Or(c.Loss, d.Loss), cmp.Or(c.Moves, d.Moves)
	return c
}

// TrainLandmarks trains a landmark network on pictures of heads as rendered.Points
// makes them. What the network sees is a window in them that moves as a
// detector's boxes err.
func TrainLandmarks(ctx context.Context, engine compute.Backend, source dataset.Source, cfg LandmarksConfig) (*LandmarksResult, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	result := &LandmarksResult{Network: cfg.Network, Store: model.NewStore()}
	err := cfg.Network.Init(result.Scope(), dtypes.Float32, cfg.Seed)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if err := startWith(result.Scope(), cfg.Network.Net, cfg.Start); err != nil {
		return nil, err
	}
	task := looking{plan: cfg.Plan, options: dataset.Options{Augment: cfg.Augment, Workers: cfg.Workers, Skips: cfg.Skips},
		devices: cfg.Devices, network: cfg.Network.Net, config: cfg, start: cfg.Start, store: result.Store, objective: cfg.objective(),
		tensors: func(b *dataset.Batch, step int) ([]*tensors.Tensor, error) {
			return cfg.Moves.tensors(b.Bytes, b.Labels, cfg.Network.Height, rand.New(rand.NewPCG(cfg.Seed, uint64(step))))
		}, evaluations: cfg.Evaluations, better: "median", run: cfg.Options}
	if cfg.Held != nil {
		task.evaluate = func(ctx context.Context) (run.Values, error) { return cfg.evaluate(ctx, engine, result) }
	}
	if result.Result, result.Waited, err = task.train(ctx, engine, source); err != nil {
		return nil, err
	}
	return result, nil
}

func (c LandmarksConfig) evaluate(ctx context.Context, engine compute.Backend, result *LandmarksResult) (run.Values, error) {
	var err error
	result.Errors, err = LandmarkErrors(ctx, engine, c.Network, result.Scope(), c.Held, *c.Moves)
	if err == nil && c.OnErrors != nil {
		err = c.OnErrors(result)
	}
	return result.Errors, err
}

func (c LandmarksConfig) validate() error {
	if c.Network == nil {
		return errors.New("train: the landmark network is missing")
	}
	_, err := c.Loss.Resolve()
	return errors.Join(err, c.Plan.validate(), c.Moves.validate())
}

// objective is loss.Landmarks, and the mean distance in units of the window's side.
func (c LandmarksConfig) objective() run.Objective {
	return func(scope *model.Scope, batch, _ []*graph.Node) (*graph.Node, []run.Measure) {
		out := c.Network.Forward(scope.Store().Scope(LandmarksScope), batch[0])
		n := out.Shape().Dim(0)
		place := func(x *graph.Node, width int) *graph.Node {
			return graph.Slice(graph.Reshape(x, n, landmark.Count, width), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, 2))
		}
		off := graph.Sub(graph.StopGradient(place(out, loss.LandmarkWidth)), place(batch[1], 3))
		distance := graph.Sqrt(graph.ReduceSum(graph.Square(off), -1))
		return lossgraph.Landmarks(c.Loss, out, batch[1]), []run.Measure{{Name: "distance", Node: graph.ReduceAllMean(distance)}}
	}
}
