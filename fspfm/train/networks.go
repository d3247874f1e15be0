package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train/run"
)

// looking is the training of a network that looks at pictures of heads: what TrainPose
// and TrainLandmarks share.
type looking struct {
	plan    Plan
	options dataset.Options // Batch and Seed are the plan's
	devices int
	network *backbone.Net
	config  any // what the run's folder says of the recipe, beside the network
	start   []weights.Tensor
	store   *model.Store

	objective run.Objective
	// tensors makes what the objective takes of the batch of a step.
	tensors func(b *dataset.Batch, step int) ([]*tensors.Tensor, error)
	// evaluate, if not nil, measures the network this many times over the run. The lowest
	// value named better is the best.
	evaluate    func(ctx context.Context) (run.Values, error)
	evaluations int
	better      string

	run run.Options
}

// train runs all steps, and tells how long they waited for batches.
func (t looking) train(ctx context.Context, engine compute.Backend, source dataset.Source) (result run.Result, waited time.Duration, err error) {
	t.options.Batch, t.options.Seed, t.options.Bytes = t.plan.Batch, t.plan.Seed, true
	loader, err := dataset.NewLoader(source, t.options)
	if err != nil {
		return result, 0, fmt.Errorf("train: %w", err)
	}
	step, err := run.NewStep(engine, t.store, t.objective, t.plan.Optimizer, run.StepConfig{Devices: t.devices})
	if err != nil {
		return result, 0, err
	}
	defer step.Close()
	batches := &pixelBatches{loader: loader, each: t.plan.Batch, tensors: t.tensors}
	defer batches.close()
	l, err := t.loop(engine, source, loader.Steps())
	if err != nil {
		return result, 0, err
	}
	l.Step, l.Batches = step, batches
	result, err = l.Run(ctx)
	return result, batches.waited, err
}

// loop assembles the run.
func (t looking) loop(engine compute.Backend, source dataset.Source, perEpoch int) (*run.Loop, error) {
	recipe, err := json.Marshal(struct {
		Network string `json:"network"`
		Config  any    `json:"config"`
	}{t.network.Name, t.config})
	if err != nil {
		return nil, fmt.Errorf("train: recipe: %w", err)
	}
	data := map[string]string{"faces": dataset.Fingerprint(source)}
	if err := startedFrom(t.start, data); err != nil {
		return nil, err
	}
	l := &run.Loop{Engine: engine, Store: t.store, Schedule: t.plan.Schedule,
		About: run.About{Recipe: recipe, Seed: t.plan.Seed, Data: data},
		Steps: t.plan.Epochs * perEpoch, PerEpoch: perEpoch, Better: t.better, Lower: true, Options: t.run}
	l.EvaluateEvery = max(l.Steps/max(t.evaluations, 1), 1)
	if t.evaluate != nil {
		l.Options.CheckpointEvery = cmp.Or(l.Options.CheckpointEvery, min(perEpoch, l.EvaluateEvery))
		l.Evaluate = t.evaluate
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

// startWith gives a network below scope the weights that it starts from, if any.
func startWith(scope *model.Scope, net *backbone.Net, start []weights.Tensor) error {
	if start == nil {
		return nil
	}
	if err := weights.Load(scope, dtypes.Float32, net, start, weights.Own()); err != nil {
		return fmt.Errorf("train: start: %w", err)
	}
	return nil
}
