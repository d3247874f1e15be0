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

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// ExtractorScope is where the variables of the feature extractor are.
const ExtractorScope = "/extractor"

// ExtractorConfig says how an extractor is trained from scratch, with a head or without:
// the paper's stage 1, in which F-Net and P-Net are one. Zero fields stand for what
// ExtractorRecipe has.
type ExtractorConfig struct {
	Plan
	Margin loss.Margin `json:"margin,omitzero"`
	// PartialRate is the share of the classes that each step's softmax runs over
	// (PartialFC). Zero stands for all.
	PartialRate float64 `json:"partial_rate,omitempty"`
	// Accumulate, Devices: see StepConfig.
	Accumulate int `json:"accumulate,omitempty"`
	Devices    int `json:"devices,omitempty"`
	// Body is the dtype of the extractor's convolutions and of the values between its
	// layers: "" or "float32", or "bfloat16", for GPUs that have it. Weights, statistics,
	// head, loss, gradients and the optimizer are float32 either way, and so are the
	// features that the result gives. See backbone.Net.Body.
	Body string `json:"body,omitempty"`
	// Recompute trades time for memory: the gradient computes the inside of each residual
	// block of the extractor once more, instead of keeping it (gradient checkpointing).
	// Gradients are the same. See backbone.Net.Recompute.
	Recompute bool `json:"recompute,omitempty"`
	// Network is the extractor: its name goes into the recipe.
	Network *backbone.Net `json:"-"`
	// Head stands behind the extractor and is trained with it; nil trains the extractor
	// alone.
	Head head.Head `json:"-"`
	// Poses gives the head's pose vectors; nil if it takes none.
	Poses PoseVectors `json:"-"`
	// Augment changes the faces; nil leaves them.
	Augment dataset.Augmenter `json:"-"`
	// Workers decode and augment; zero stands for one per processor.
	Workers int `json:"-"`
	// Skips passes over faces that cannot be read; nil ends the training at the first.
	Skips *dataset.Skips `json:"-"`
	// Evaluate, EvaluateEvery and Better are those of HeadConfig.
	Evaluate      func(ctx context.Context, r *ExtractorResult) (run.Values, error) `json:"-"`
	EvaluateEvery int                                                               `json:"-"`
	Better        string                                                            `json:"-"`

	run.Options `json:"-"`
}

// ExtractorResult is a trained extractor with the head behind it.
type ExtractorResult struct {
	Network *backbone.Net
	Head    head.Head // nil if there is none
	Store   *model.Store
	run.Result
	// Waited is how long the trainer had to wait for batches altogether.
	Waited time.Duration

	engine compute.Backend
}

// Extractor is the scope of the extractor's variables.
func (r *ExtractorResult) Extractor() *model.Scope { return r.Store.Scope(ExtractorScope) }

// HeadResult is the trained head, as TrainPairs takes it.
func (r *ExtractorResult) HeadResult() (*HeadResult, error) {
	if r.Head == nil {
		return nil, errors.New("train: stage 1 was without a head: there is nothing to fine-tune")
	}
	return &HeadResult{Head: r.Head, Store: r.Store, Result: r.Result,
		scope: HeadScope, engine: r.engine, dtype: dtypes.Float32}, nil
}

// ExtractorRecipe is the paper's stage 1 (section 4.1.2): recipe "paper".
func ExtractorRecipe() ExtractorConfig {
	return ExtractorConfig{
		Plan: Plan{Seed: dataset.DefaultSeed, Batch: 256, Epochs: 20,
			Optimizer: run.Optimizer{Rule: run.RuleSGD, Momentum: 0.9, WeightDecay: 5e-4},
			Schedule:  run.Schedule{Shape: run.Steps, Base: 0.1, Milestones: []float64{10, 13, 16, 18}, Factor: 0.1}},
		Margin: loss.ArcFace(),
	}
}

// WithDefaults fills in what is zero.
func (c ExtractorConfig) WithDefaults() ExtractorConfig {
	d := ExtractorRecipe()
	c.Plan, c.Margin = c.Plan.withDefaults(d.Plan), cmp.Or(c.Margin, d.Margin)
	c.Accumulate, c.Devices = max(c.Accumulate, 1), max(c.Devices, 1)
	return c
}

// validate reports what cannot be trained.
func (c ExtractorConfig) validate(source dataset.Source) error {
	switch {
	case c.Network == nil:
		return errors.New("train: stage 1 needs a network")
	case c.Network.Height != dataset.Size || c.Network.Width != dataset.Size || c.Network.Channels != 3:
		return fmt.Errorf("train: %s takes images of %dx%dx%d, the set has %dx%dx3", c.Network.Name, c.Network.Height, c.Network.Width, c.Network.Channels, dataset.Size, dataset.Size)
	case source.Identities() < 2:
		return fmt.Errorf("train: %d identity is too few to tell apart", source.Identities())
	case c.Head != nil && c.Head.PoseInput() != head.PoseNone && c.Poses == nil:
		return fmt.Errorf("train: head %s takes a pose, and there are none", c.Head.Name())
	case c.Head != nil && c.Poses != nil && c.Poses.Len() != c.Head.PoseLen():
		return fmt.Errorf("train: head %s takes pose vectors of length %d, these have %d", c.Head.Name(), c.Head.PoseLen(), c.Poses.Len())
	case c.PartialRate < 0 || c.PartialRate > 1:
		return fmt.Errorf("train: the rate of sampled classes %g must lie in [0, 1]", c.PartialRate)
	case c.PartialRate > 0 && int(c.PartialRate*float64(source.Identities())) < c.Batch:
		return fmt.Errorf("train: %g of %d classes are fewer than the %d of a batch may be: sample more, or all", c.PartialRate, source.Identities(), c.Batch)
	}
	if _, err := c.Margin.Resolve(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if c.Recompute && len(c.Network.BlockEnds()) == 0 {
		return fmt.Errorf("train: %s has no residual block: recomputation would save nothing", c.Network.Name)
	}
	return c.Plan.validate()
}

// posed tells whether the head takes a pose.
func (c ExtractorConfig) posed() bool { return c.Head != nil && c.Head.PoseInput() != head.PoseNone }

// features is the length of the extractor's feature.
func (c ExtractorConfig) features() (int, error) {
	shapes, err := c.Network.Shapes()
	if err != nil {
		return 0, fmt.Errorf("train: %w", err)
	}
	last := shapes[len(shapes)-1]
	if len(last) != 1 {
		return 0, fmt.Errorf("train: %s ends in an image %v, not in a feature", c.Network.Name, last)
	}
	return last[0], nil
}

// TrainExtractor is the paper's stage 1: extractor, head and class weights are trained
// from scratch on labeled faces.
func TrainExtractor(ctx context.Context, engine compute.Backend, source dataset.Source, cfg ExtractorConfig) (*ExtractorResult, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.validate(source); err != nil {
		return nil, err
	}
	if err := checkBody(engine, cfg.Body); err != nil {
		return nil, err
	}
	store, err := cfg.init(source)
	if err != nil {
		return nil, err
	}
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: cfg.Batch, Seed: cfg.Seed, Augment: cfg.Augment, Workers: cfg.Workers, Skips: cfg.Skips})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	step, err := run.NewStep(engine, store, cfg.objective, cfg.Optimizer, cfg.stepConfig(source.Identities()))
	if err != nil {
		return nil, err
	}
	defer step.Close()
	batches := &pixelBatches{loader: loader, each: cfg.Batch, tensors: func(b *dataset.Batch, step int) ([]*tensors.Tensor, error) {
		var poses PoseVectors
		if cfg.posed() {
			poses = cfg.Poses
		}
		return faceTensors(b, poses, cfg.partial(), source.Identities(), step)
	}}
	defer batches.close()
	result := &ExtractorResult{Network: cfg.Network, Head: cfg.Head, Store: store, engine: engine}
	l, err := cfg.loop(engine, source, loader.Steps()/cfg.Accumulate, step, batches, result)
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

// stepConfig spreads the class weights over the devices, as they are the greater part of
// the parameters where there are many people; a number of people that the devices do not
// divide leaves them whole on each.
func (c ExtractorConfig) stepConfig(classes int) run.StepConfig {
	s := run.StepConfig{Accumulate: c.Accumulate, Devices: c.Devices}
	if c.Devices > 1 && classes%c.Devices == 0 {
		s.Cut = []string{classPath}
	}
	if c.PartialRate > 0 {
		s.Whole = 1 // the sampled classes
	}
	return s
}

// partial is the sampling of classes, nil if all take part.
func (c ExtractorConfig) partial() *loss.PartialFC {
	if c.PartialRate == 0 {
		return nil
	}
	return &loss.PartialFC{Margin: c.Margin, Rate: c.PartialRate, Seed: c.Seed}
}

// loop assembles the run.
func (c ExtractorConfig) loop(engine compute.Backend, source dataset.Source, perEpoch int, step *run.Step, batches run.Batches, result *ExtractorResult) (*run.Loop, error) {
	name := ""
	if c.Head != nil {
		name = c.Head.Name()
	}
	recipe, err := json.Marshal(struct {
		Network string          `json:"network"`
		Head    string          `json:"head"`
		Config  ExtractorConfig `json:"config"`
	}{c.Network.Name, name, c})
	if err != nil {
		return nil, fmt.Errorf("train: recipe: %w", err)
	}
	if perEpoch < 1 {
		return nil, fmt.Errorf("train: %d faces are fewer than a step of %d batches of %d takes", source.Len(), c.Accumulate, c.Batch)
	}
	data := map[string]string{"faces": dataset.Fingerprint(source)}
	if table, ok := c.Poses.(PoseTable); ok {
		data["poses"] = table.Hash
	}
	l := &run.Loop{Engine: engine, Store: result.Store, Step: step, Batches: batches, Schedule: c.Schedule,
		About: run.About{Recipe: recipe, Seed: c.Seed, Data: data},
		Steps: c.Epochs * perEpoch, PerEpoch: perEpoch, EvaluateEvery: c.EvaluateEvery * perEpoch, Better: c.Better, Options: c.Options}
	if c.Evaluate != nil {
		l.Evaluate = func(ctx context.Context) (run.Values, error) { return c.Evaluate(ctx, result) }
	}
	return l, nil
}

// init creates all variables: extractor, head, class weights.
func (c ExtractorConfig) init(source dataset.Source) (*model.Store, error) {
	d, err := c.features()
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	if err := c.Network.Init(store.Scope(ExtractorScope), dtypes.Float32, c.Seed); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if c.Head != nil {
		if c.Head.FeatureLen() != d {
			return nil, fmt.Errorf("train: head %s takes features of length %d, %s gives %d", c.Head.Name(), c.Head.FeatureLen(), c.Network.Name, d)
		}
		if err := c.Head.Init(store.Scope(HeadScope), dtypes.Float32, c.Seed); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
		if err := c.fitPoses(store.Scope(HeadScope), source); err != nil {
			return nil, err
		}
	}
	rng := rand.New(rand.NewPCG(c.Seed, 1))
	weights := make([]float32, source.Identities()*d)
	for i := range weights {
		weights[i] = float32(0.01 * rng.NormFloat64()) // arcface_torch's law
	}
	if _, err := store.CreateVariable(classPath, tensors.FromFlatDataAndDimensions(weights, source.Identities(), d)); err != nil {
		return nil, fmt.Errorf("train: class weights: %w", err)
	}
	return store, nil
}

// fitPosesOf is the most faces whose pose vectors are measured.
const fitPosesOf = 50_000

// fitPoses measures the pose vectors of the set, for heads that want their statistics.
func (c ExtractorConfig) fitPoses(scope *model.Scope, source dataset.Source) error {
	fitter, ok := c.Head.(head.Fitter)
	if !ok || !c.posed() {
		return nil
	}
	var vectors [][]float32
	stride := 1 + source.Len()/fitPosesOf
	for i := 0; i < source.Len(); i += stride {
		label := source.Label(i)
		v, err := c.Poses.Vector(nil, i, &label)
		if err != nil {
			return err
		}
		vectors = append(vectors, v)
	}
	if err := fitter.Fit(scope, nil, vectors); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

// objective is the margin loss of the frontalized features of a batch.
func (c ExtractorConfig) objective(scope *model.Scope, batch, _ []*graph.Node) (*graph.Node, []run.Measure) {
	store, g := scope.Store(), batch[0].Graph()
	feature := c.trained().Forward(store.Scope(ExtractorScope), batch[0])
	frontalized := feature
	if c.Head != nil {
		var p *graph.Node
		if c.posed() {
			p = batch[2]
		}
		frontalized = c.Head.Forward(store.Scope(HeadScope), feature, p)
	}
	weights := store.GetVariable(classPath).NodeValue(g)
	var value, accuracy *graph.Node
	if c.PartialRate > 0 {
		sampled := batch[len(batch)-1]
		value = lossgraph.PartialFC(c.Margin, frontalized, weights, sampled, batch[1])
		weights = graph.Gather(weights, graph.ExpandAxes(sampled, -1), true)
		accuracy = accuracyOf(lossgraph.Cosines(frontalized, weights), batch[1])
	} else {
		value, accuracy = marginLoss(c.Margin, frontalized, weights, batch[1])
	}
	return value, []run.Measure{{Name: "accuracy", Node: accuracy}, {Name: "norm", Node: dense.MeanNorm(frontalized)}, {Name: "norm_before", Node: dense.MeanNorm(feature)}}
}
