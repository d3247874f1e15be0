package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
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
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// PoseScope is where the variables of a pose network are.
const PoseScope = "/hopenet"

// PoseConfig says how a pose network of HopeNet's kind is trained: per angle, cross
// entropy over bins plus alpha times the squared error of the decoded angle in degrees,
// and, if asked for, the orientation as a whole besides.
type PoseConfig struct {
	Seed      uint64        `json:"seed"`
	Batch     int           `json:"batch"`
	Epochs    int           `json:"epochs"`
	Optimizer run.Optimizer `json:"optimiser"`
	Schedule  run.Schedule  `json:"schedule"`
	Alpha     float64       `json:"alpha"`
	// Orientation is the weight of loss.Orientation, for which the network has one more
	// layer while it trains. Zero is HopeNet's own training.
	Orientation float64 `json:"orientation,omitempty"`
	Moves       Moves   `json:"moves"`
	Devices     int     `json:"devices,omitempty"`
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
	// Held is a set of other people, on which the errors are measured so many times,
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

// TrainPose trains a pose network on pictures of heads cut as package heads cuts them: a
// set of 112x112 pictures whose central part is what the network sees. Training moves the
// window by up to the margin.
func TrainPose(ctx context.Context, engine compute.Backend, source dataset.Source, cfg PoseConfig) (*PoseResult, error) {
	cfg.Seed = cmp.Or(cfg.Seed, dataset.DefaultSeed)
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	store := model.NewStore()
	learner, err := cfg.learner(store.Scope(PoseScope))
	if err != nil {
		return nil, err
	}
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: cfg.Batch, Seed: cfg.Seed, Augment: cfg.Augment, Workers: cfg.Workers, Bytes: true,
		People: cfg.People, Uses: cfg.Uses})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	step, err := run.NewStep(engine, store, cfg.objective(learner), cfg.Optimizer, run.StepConfig{Devices: cfg.Devices})
	if err != nil {
		return nil, err
	}
	defer step.Close()
	batches := &pixelBatches{loader: loader, each: cfg.Batch, tensors: func(b *dataset.Batch, step int) ([]*tensors.Tensor, error) {
		return cfg.tensors(b, rand.New(rand.NewPCG(cfg.Seed, uint64(step))))
	}}
	defer batches.close()
	result := &PoseResult{Network: cfg.Network, Store: store}
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

// learner is the network as it is trained, with its variables below scope as they are
// before the first step.
func (c PoseConfig) learner(scope *model.Scope) (net *hopenet.Net, err error) {
	net = c.Network
	if c.Orientation > 0 {
		if net, err = net.WithOrientation(); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	if err := net.Init(scope, dtypes.Float32, c.Seed); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if c.Start != nil {
		if err := weights.Load(scope, dtypes.Float32, c.Network.Net, c.Start, weights.Own()); err != nil {
			return nil, fmt.Errorf("train: start: %w", err)
		}
	}
	return net, nil
}

// loop assembles the run.
func (c PoseConfig) loop(engine compute.Backend, source dataset.Source, perEpoch int, step *run.Step, batches run.Batches, result *PoseResult) (*run.Loop, error) {
	recipe, err := json.Marshal(struct {
		Network string     `json:"network"`
		Config  PoseConfig `json:"config"`
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
		Steps: c.Epochs * perEpoch, PerEpoch: perEpoch, Better: "mae", Lower: true, Options: c.Options}
	l.EvaluateEvery = max(l.Steps/max(c.Evaluations, 1), 1)
	if c.Held != nil {
		l.Options.CheckpointEvery = cmp.Or(l.Options.CheckpointEvery, min(perEpoch, l.EvaluateEvery))
		l.Evaluate = func(ctx context.Context) (run.Values, error) { return c.evaluate(ctx, engine, result) }
	}
	return l, nil
}

// startedFrom notes the hash of the weights that a run starts from, if any.
func startedFrom(start []weights.Tensor, data map[string]string) error {
	if start == nil {
		return nil
	}
	sum := sha256.New()
	if err := weights.EncodeSafetensors(sum, start, nil); err != nil {
		return fmt.Errorf("train: start: %w", err)
	}
	data["start"] = fmt.Sprintf("%.16x", sum.Sum(nil))
	return nil
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
	case c.Batch < 1 || c.Epochs < 1:
		return fmt.Errorf("train: batch %d and epochs %d must be positive", c.Batch, c.Epochs)
	case c.Alpha < 0 || c.Orientation < 0:
		return fmt.Errorf("train: alpha %g and orientation %g must not be negative", c.Alpha, c.Orientation)
	}
	return errors.Join(c.Schedule.Validate(), c.Optimizer.Validate(), c.Moves.validate())
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
	l := loss.HopeNet{Alpha: c.Alpha, WidthDeg: learner.Bins.WidthDeg, MinDeg: learner.Bins.MinDeg}
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
		if c.Orientation > 0 {
			total = graph.Add(total, graph.MulScalar(lossgraph.Orientation(out.Orientation, batch[3]), c.Orientation))
		}
		off := graph.Abs(graph.Sub(graph.StopGradient(learner.Angles(out)), batch[1]))
		return total, []run.Measure{{Name: "mae", Node: graph.MulScalar(graph.ReduceAllMean(off), 180/math.Pi)}}
	}
}

// poseErrorBatch is the number of pictures that PoseErrors looks at once.
const poseErrorBatch = 64

// PoseErrors measures a pose network on a set like that of TrainPose: mean absolute
// errors in degrees, "mae", "mae_yaw", "mae_pitch", "mae_roll", "geodesic", the mean
// angle between the two orientations, and the mean errors with their sign, "bias_yaw",
// "bias_pitch", "bias_roll", which should be next to nothing.
func PoseErrors(ctx context.Context, engine compute.Backend, net *hopenet.Net, scope *model.Scope, source dataset.Source) (run.Values, error) {
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: poseErrorBatch, Order: dataset.InOrder, Partial: true, Epochs: 1, Bytes: true})
	if err != nil {
		return nil, fmt.Errorf("train: pose errors: %w", err)
	}
	exec, err := model.NewExec(engine, scope.Store(), func(s *model.Scope, x *graph.Node) *graph.Node {
		s.Store().SetTraining(x.Graph(), false)
		return net.Angles(net.Forward(s.Store().Scope(scope.Scope()), x))
	})
	if err != nil {
		return nil, fmt.Errorf("train: pose errors: %w", err)
	}
	defer exec.Finalize()
	sums := run.Values{}
	for b, err := range loader.Batches(ctx, dataset.Position{}) {
		if err != nil {
			return nil, fmt.Errorf("train: pose errors: %w", err)
		}
		if err := addPoseErrors(sums, exec, net, b); err != nil {
			return nil, err
		}
		b.Release()
	}
	for name := range sums {
		sums[name] /= float64(source.Len())
	}
	sums["mae"] = (sums["mae_yaw"] + sums["mae_pitch"] + sums["mae_roll"]) / 3
	return sums, nil
}

func addPoseErrors(sums run.Values, exec *model.Exec, net *hopenet.Net, b *dataset.Batch) error {
	in, err := PoseConfig{Network: net}.tensors(b, nil)
	if err != nil {
		return err
	}
	out, err := exec.Call1(in[0])
	for _, t := range in {
		t.FinalizeAll()
	}
	if err != nil {
		return fmt.Errorf("train: pose errors: %w", err)
	}
	defer out.FinalizeAll()
	got, err := flat.Values(out)
	if err != nil {
		return err
	}
	for i, l := range b.Labels {
		a := pose.Angles{Yaw: got[3*i], Pitch: got[3*i+1], Roll: got[3*i+2]}
		for angle, off := range map[string]float64{"yaw": a.Yaw - l.Pose.Yaw, "pitch": a.Pitch - l.Pose.Pitch, "roll": a.Roll - l.Pose.Roll} {
			sums["mae_"+angle] += pose.Degrees(math.Abs(off))
			sums["bias_"+angle] += pose.Degrees(off)
		}
		sums["geodesic"] += pose.Degrees(pose.Geodesic(a, l.Pose))
	}
	return nil
}
