package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
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
	"github.com/pifr-go/pifr/pose/hopenet"
)

// PoseScope is where the variables of a pose network are.
const PoseScope = "/hopenet"

// PoseLoss weighs the parts of the loss of a pose network.
type PoseLoss struct {
	// Alpha weighs the squared error of the decoded angle in degrees, beside the cross
	// entropy over bins.
	Alpha float64 `json:"alpha"`
	// Orientation weighs loss.Orientation, for which the network has one more layer while
	// it trains. Without it the loss is HopeNet's own.
	Orientation float64 `json:"orientation,omitempty"`
}

// PoseConfig says how a pose network of HopeNet's kind is trained: per angle, cross
// entropy over bins plus alpha times the squared error of the decoded angle in degrees,
// and, if asked for, the orientation as a whole besides. Zero fields stand for what
// PoseRecipe has.
type PoseConfig struct {
	Plan
	Loss PoseLoss `json:"loss,omitzero"`
	// Moves of the window; nil stands for the recipe's.
	Moves   *PoseMoves `json:"moves,omitempty"`
	Devices int        `json:"devices,omitempty"`
	// People and Uses are those of dataset.Options: for a set that is rendered while the
	// network trains, and not kept.
	People int `json:"people,omitempty"`
	Uses   int `json:"uses,omitempty"`

	// Network is what is trained, from nothing or from the weights of Start, which are
	// those of such a network.
	Network *hopenet.Net      `json:"-"`
	Start   []weights.Tensor  `json:"-"`
	Augment dataset.Augmenter `json:"-"`
	Workers int               `json:"-"`
	// Skips passes over pictures that cannot be read; nil ends the training at the first.
	Skips *dataset.Skips `json:"-"`
	// Held is a set of other people, on which the errors are measured this many times,
	// evenly over the run, the last time at its end; nil measures nothing, and zero
	// Evaluations stand for 1. OnErrors, if given, is called with what there is of the
	// network after each.
	Held        dataset.Source          `json:"-"`
	Evaluations int                     `json:"-"`
	OnErrors    func(*PoseResult) error `json:"-"`

	run.Options `json:"-"`
}

// PoseResult is a trained pose network.
type PoseResult struct {
	Network *hopenet.Net
	Store   *model.Store
	run.Result
	// Errors on the held-out set, mean absolute, in degrees: "mae" and those of the
	// angles, "mae_yaw" and so on. nil without one.
	Errors run.Values
	// Waited is how long the trainer had to wait for batches altogether.
	Waited time.Duration
}

// Scope is where the network's variables are, for hopenet.New.
func (r *PoseResult) Scope() *model.Scope { return r.Store.Scope(PoseScope) }

// PoseRecipe is how the light pose network begins: recipe "hopenet".
func PoseRecipe() PoseConfig {
	return PoseConfig{
		Plan: Plan{Seed: dataset.DefaultSeed, Batch: 64, Epochs: 24, Optimizer: run.Optimizer{Rule: run.RuleAdamW},
			Schedule: run.Schedule{Shape: run.Cosine, Base: 3e-3, Warmup: 0.5}},
		Loss: PoseLoss{Alpha: 0.01}, Moves: &PoseMoves{Scale: 0.2, Stretch: 0.05, TurnDeg: 10},
	}
}

// WithDefaults fills in what is zero.
func (c PoseConfig) WithDefaults() PoseConfig {
	d := PoseRecipe()
	c.Plan, c.Loss, c.Moves = c.Plan.withDefaults(d.Plan), cmp.Or(c.Loss, d.Loss), cmp.Or(c.Moves, d.Moves)
	return c
}

// TrainPose trains a pose network on pictures of heads as rendered.Wide cuts them: a
// set of 112x112 pictures whose central part is what the network sees. Training moves the
// window by up to the margin.
func TrainPose(ctx context.Context, engine compute.Backend, source dataset.Source, cfg PoseConfig) (*PoseResult, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	result := &PoseResult{Network: cfg.Network, Store: model.NewStore()}
	learner, err := cfg.learner(result.Scope())
	if err != nil {
		return nil, err
	}
	task := looking{plan: cfg.Plan, options: dataset.Options{Augment: cfg.Augment, Workers: cfg.Workers, Skips: cfg.Skips, People: cfg.People, Uses: cfg.Uses},
		devices: cfg.Devices, network: cfg.Network.Net, config: cfg, start: cfg.Start, store: result.Store, objective: cfg.objective(learner),
		tensors: func(b *dataset.Batch, step int) ([]*tensors.Tensor, error) {
			return cfg.tensors(b, rand.New(rand.NewPCG(cfg.Seed, uint64(step))))
		}, evaluations: cfg.Evaluations, better: "mae", run: cfg.Options}
	if cfg.Held != nil {
		task.evaluate = func(ctx context.Context) (run.Values, error) { return cfg.evaluate(ctx, engine, result) }
	}
	if result.Result, result.Waited, err = task.train(ctx, engine, source); err != nil {
		return nil, err
	}
	return result, nil
}

// learner is the network as it is trained, with its variables below scope as they are
// before the first step.
func (c PoseConfig) learner(scope *model.Scope) (net *hopenet.Net, err error) {
	net = c.Network
	if c.Loss.Orientation > 0 {
		if net, err = net.WithOrientation(); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	if err := net.Init(scope, dtypes.Float32, c.Seed); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return net, startWith(scope, c.Network.Net, c.Start)
}

func (c PoseConfig) evaluate(ctx context.Context, engine compute.Backend, result *PoseResult) (run.Values, error) {
	var err error
	result.Errors, err = PoseErrors(ctx, engine, c.Network, result.Scope(), c.Held)
	if err == nil && c.OnErrors != nil {
		err = c.OnErrors(result)
	}
	return result.Errors, err
}

func (c PoseConfig) validate() error {
	switch {
	case c.Network == nil:
		return errors.New("train: the pose network is missing")
	case c.Loss.Alpha < 0 || c.Loss.Orientation < 0:
		return fmt.Errorf("train: alpha %g and orientation %g must not be negative", c.Loss.Alpha, c.Loss.Orientation)
	}
	return errors.Join(c.Plan.validate(), c.Moves.validate())
}

// tensors makes the inputs of a batch: windows [batch, size, size, 3], angles in radians
// [batch, 3], their bins [batch, 3] and their rotation matrices [batch, 9]. Without
// random numbers the windows are the central ones. Bins are those of pose.Bins.Nearest,
// and not of Encode as with HopeNet, where answers are low but for what the squared error
// takes back.
func (c PoseConfig) tensors(b *dataset.Batch, r *rand.Rand) ([]*tensors.Tensor, error) {
	n, size := b.Len(), c.Network.Height
	views := make([]hopenet.View, n)
	angles, bins, rotations := make([]float32, 0, 3*n), make([]int32, 0, 3*n), make([]float32, 0, loss.OrientationLen*n)
	for i := range b.Labels {
		l := &b.Labels[i]
		if !l.HasPose {
			return nil, fmt.Errorf("train: face %s: %w", l.Key, dataset.ErrNoPose)
		}
		views[i] = hopenet.Central(dataset.Size)
		if r != nil {
			views[i] = c.Moves.draw(r, l.Pose.Yaw)
		}
		turned := l.Pose.Turn(views[i].Turn)
		for _, x := range turned.Matrix().RawMatrix().Data {
			rotations = append(rotations, float32(x))
		}
		for _, a := range []float64{turned.Yaw, turned.Pitch, turned.Roll} {
			bin, err := c.Network.Bins.Nearest(a)
			if err != nil {
				return nil, fmt.Errorf("train: face %s: %w", l.Key, err)
			}
			angles, bins = append(angles, float32(a)), append(bins, int32(bin))
		}
	}
	pixels, err := hopenet.CutViews(b.Bytes, views, dataset.Size, size)
	if err != nil {
		return nil, err
	}
	return []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions(pixels, n, size, size, 3),
		tensors.FromFlatDataAndDimensions(angles, n, 3),
		tensors.FromFlatDataAndDimensions(bins, n, 3),
		tensors.FromFlatDataAndDimensions(rotations, n, loss.OrientationLen),
	}, nil
}

// objective is HopeNet's loss, summed over the angles, with that of the orientation if it
// has a weight; and the mean absolute error in degrees.
func (c PoseConfig) objective(learner *hopenet.Net) run.Objective {
	l := loss.HopeNet{Alpha: c.Loss.Alpha, WidthDeg: learner.Bins.WidthDeg, MinDeg: learner.Bins.MinDeg}
	return func(scope *model.Scope, batch, _ []*graph.Node) (*graph.Node, []run.Measure) {
		out := learner.Forward(scope.Store().Scope(PoseScope), batch[0])
		var total *graph.Node
		for i, scores := range []*graph.Node{out.Yaw, out.Pitch, out.Roll} {
			column := func(x *graph.Node) *graph.Node {
				return graph.Squeeze(graph.Slice(x, graph.AxisRange(), graph.AxisElem(i)), -1)
			}
			angle := lossgraph.HopeNet(l, scores, column(batch[2]), column(batch[1]))
			if total != nil {
				angle = graph.Add(total, angle)
			}
			total = angle
		}
		if c.Loss.Orientation > 0 {
			total = graph.Add(total, graph.MulScalar(lossgraph.Orientation(out.Orientation, batch[3]), c.Loss.Orientation))
		}
		off := graph.Abs(graph.Sub(graph.StopGradient(learner.Angles(out)), batch[1]))
		return total, []run.Measure{{Name: "mae", Node: graph.MulScalar(graph.ReduceAllMean(off), 180/math.Pi)}}
	}
}
