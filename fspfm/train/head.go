package train

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

const (
	// HeadScope is where stage 1 keeps the variables of the head.
	HeadScope = "/head"
	// classScope holds the class weights of the margin loss.
	classScope = "/classes"
	classPath  = classScope + "/weight"
)

// HeadConfig says how a head is trained behind a frozen extractor. Zero fields stand for
// what HeadRecipe has.
type HeadConfig struct {
	Plan
	Margin loss.Margin `json:"margin,omitzero"`
	// FrontalDeg is the angle within which |yaw|, |pitch| and |roll| of the faces
	// lie whose mean feature the class's weight begins with. A class without such a face
	// takes all its faces.
	FrontalDeg float64 `json:"frontal_deg,omitempty"`
	// Objective is what the head is trained for; empty stands for the margin loss. Pairs
	// have eq. 3, with the margin loss or with ObjectiveMatch in the place of ArcFace.
	Objective Objective `json:"objective,omitempty"`
	// Match holds the options of ObjectiveMatch.
	Match MatchConfig `json:"match,omitzero"`
	// Loss, if given, takes the place of Objective.
	Loss HeadLoss `json:"-"`
	// DType of the parameters. Zero stands for Float32.
	DType dtypes.DType `json:"-"`
	// Evaluate, if given, measures the head after every EvaluateEvery epochs (0 stands
	// for only at the end). The value named Better decides which checkpoint is the best:
	// the highest.
	Evaluate      func(ctx context.Context, r *HeadResult) (run.Values, error) `json:"-"`
	EvaluateEvery int                                                          `json:"-"`
	Better        string                                                       `json:"-"`

	run.Options `json:"-"`
}

// HeadBatch is a batch of head training as nodes.
type HeadBatch struct {
	Features    *graph.Node // phi(I), [batch, d]
	Pose        *graph.Node // pose vectors, [batch, PoseLen], nil if the head takes none
	Frontalized *graph.Node // what the head made of them, [batch, d]
	Classes     *graph.Node // [batch], integers
	Weights     *graph.Node // class weights, [classes, d], trainable
	Samples     *graph.Node // the faces' numbers in the training set, [batch]
	Margin      loss.Margin
}

// HeadRecipe is how heads are trained on few identities, thousands of faces each a few
// times: recipe "head". It takes the values that first trials settled on, by people to
// choose by: ArcFace with s 16 and m 0.3, and AdamW at 1e-3, then 3e-4 for the last
// third. Question "training" of examples/evaluate study compares them with others.
func HeadRecipe() HeadConfig {
	return HeadConfig{
		Plan: Plan{Seed: 42, Batch: 256, Epochs: 30,
			Optimizer: run.Optimizer{Rule: run.RuleAdamW, WeightDecay: 1e-2},
			Schedule:  run.Schedule{Shape: run.Steps, Base: 1e-3, Milestones: []float64{20}, Factor: 0.3}},
		Margin:     loss.Margin{Scale: 16, Angle: 0.3},
		FrontalDeg: 20,
	}
}

// WithDefaults fills in what is zero.
func (c HeadConfig) WithDefaults() HeadConfig {
	d := HeadRecipe()
	c.Plan = c.Plan.withDefaults(d.Plan)
	c.Margin = cmp.Or(c.Margin, d.Margin)
	c.FrontalDeg = cmp.Or(c.FrontalDeg, d.FrontalDeg)
	c.DType = cmp.Or(c.DType, dtypes.Float32)
	return c
}

// HeadResult is a trained head.
type HeadResult struct {
	Head head.Head
	// Store holds all variables. Those of the head lie below Scope.
	Store *model.Store
	// Result is what is to be known of the run. Its Last has "accuracy" besides: that of
	// the last batch, without margin.
	run.Result

	scope  string
	stage2 head.Stage2 // the zero value after stage 1
	engine compute.Backend
	dtype  dtypes.DType
}

// Scope is where the trained head's variables are, for Forward and head.ReadParams.
func (r *HeadResult) Scope() *model.Scope { return r.Store.Scope(r.scope) }

// Params returns the head's weights, for head.Module.SetParams or to be written to a
// file.
func (r *HeadResult) Params() (head.Params, error) { return head.ReadParams(r.Scope()) }

// Map sends features through the trained head, on the engine that it was trained on:
// [faces, d]. Gallery and probe are both to be mapped.
func (r *HeadResult) Map(ctx context.Context, data *features.Set) ([]float32, error) {
	return features.Map(ctx, r.engine, r.Head, r.Scope(), data)
}

// Module returns the trained module, ready for Frontalize and Save. It fails for a head
// of another kind: baselines live in the graph only.
func (r *HeadResult) Module() (*head.Module, error) {
	m, ok := r.Head.(*head.Module)
	if !ok {
		return nil, fmt.Errorf("train: head %s is not a head.Module", r.Head.Name())
	}
	if err := m.Read(r.Scope()); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return m, nil
}

// TrainHead trains a head behind a frozen extractor, from the extractor's features: stage
// 1 with the extractor left as it is. The margin loss pulls the frontalized features of
// one identity together, whatever their pose.
//
// Features, classes and poses are put on the engine's device once; a step sends the
// numbers of its samples, and is one compiled graph. Equal seeds give equal weights on
// the same engine. A head without variables to train takes no step.
func TrainHead(ctx context.Context, engine compute.Backend, h head.Head, data *features.Set, cfg HeadConfig) (*HeadResult, error) {
	start, err := StartHead(engine, h, data, cfg)
	if err != nil {
		return nil, err
	}
	cfg = cfg.WithDefaults()
	if cfg.Loss == nil {
		if cfg.Loss, err = cfg.Objective.loss(data); err != nil {
			return nil, err
		}
	}
	if cfg.Loss == nil && cfg.Objective == ObjectiveMatch {
		return trainMatch(ctx, engine, start, data, cfg)
	}
	objective := func(scope *model.Scope, batch, tables []*graph.Node) (*graph.Node, []run.Measure) {
		return cfg.objective(scope, h, batch[0], tables)
	}
	order := run.NewSampler(data.Len(), cfg.Batch, cfg.Seed)
	return fit(ctx, engine, fitting{head: h, data: data, store: start.Store, scope: HeadScope, cfg: cfg, objective: objective,
		batches: &indexed{data: data, sampler: order}, perEpoch: order.PerEpoch(), recipe: cfg})
}

// StartHead returns what TrainHead begins with: the head's first weights and the class
// weights, before the first step. TrainPairs takes it where stage 2 is to train from
// nothing.
func StartHead(engine compute.Backend, h head.Head, data *features.Set, cfg HeadConfig) (*HeadResult, error) {
	cfg = cfg.WithDefaults()
	if err := checkFit(data, cfg); err != nil {
		return nil, err
	}
	store := model.NewStore()
	if err := initHead(store.Scope(HeadScope), h, data, cfg); err != nil {
		return nil, err
	}
	if err := initClasses(store, data, cfg); err != nil {
		return nil, err
	}
	return &HeadResult{Head: h, Store: store, scope: HeadScope, engine: engine, dtype: cfg.DType}, nil
}

// checkFit reports what cannot be trained.
func checkFit(data *features.Set, cfg HeadConfig) error {
	if err := data.Check(); err != nil {
		return err
	}
	if classes := data.Classes(); classes < 2 {
		return fmt.Errorf("train: %w: %d identity is too few to tell apart", features.ErrMismatch, classes)
	}
	if _, err := cfg.Margin.Resolve(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return cfg.Plan.validate()
}

// initHead creates the head's variables, and measures what it wants to know of the
// training set.
func initHead(scope *model.Scope, h head.Head, data *features.Set, cfg HeadConfig) error {
	if err := h.Init(scope, cfg.DType, cfg.Seed); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	fitter, ok := h.(head.Fitter)
	if !ok {
		return nil
	}
	poses, length, err := data.PoseVectors(h)
	if err != nil {
		return err
	}
	if err := fitter.Fit(scope, flat.Rows(data.Values, data.FeatureLen), flat.Rows(poses, length)); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

// initClasses creates the class weights: of unit length, in the direction of the class's
// mean frontal feature.
func initClasses(store *model.Store, data *features.Set, cfg HeadConfig) error {
	value, err := flat.Tensor(cfg.DType, centers(data, cfg.FrontalDeg*math.Pi/180), data.Classes(), data.FeatureLen)
	if err != nil {
		return err
	}
	if _, err := store.CreateVariable(classPath, value); err != nil {
		return fmt.Errorf("train: class weights: %w", err)
	}
	return nil
}

// centers are the unit vectors in the direction of each class's mean over the unit
// features of its frontal faces, or of all its faces if it has no frontal one; zero for a
// class without faces.
func centers(f *features.Set, limit float64) []float64 {
	d := f.FeatureLen
	frontal, all := make([]float64, f.Classes()*d), make([]float64, f.Classes()*d)
	for i, id := range f.Identities {
		vector.AddUnit(all[id*d:(id+1)*d], f.Feature(i))
		if len(f.Angles) > 0 {
			a := f.Angles[i]
			if max(math.Abs(a.Yaw), math.Abs(a.Pitch), math.Abs(a.Roll)) <= limit {
				vector.AddUnit(frontal[id*d:(id+1)*d], f.Feature(i))
			}
		}
	}
	for id := range f.Classes() {
		center := frontal[id*d : (id+1)*d]
		if _, ok := vector.Unit(center); !ok {
			copy(center, all[id*d:(id+1)*d])
			vector.Unit(center)
		}
	}
	return frontal
}

// objective is the loss of the samples with the given numbers. tables are features,
// classes and, if the head takes them, poses.
func (c HeadConfig) objective(scope *model.Scope, h head.Head, numbers *graph.Node, tables []*graph.Node) (*graph.Node, []run.Measure) {
	b := HeadBatch{Features: rowsOf(tables[0], numbers), Classes: rowsOf(tables[1], numbers), Samples: numbers, Margin: c.Margin}
	if len(tables) > 2 {
		b.Pose = rowsOf(tables[2], numbers)
	}
	b.Frontalized = h.Forward(scope.Store().Scope(HeadScope), b.Features, b.Pose)
	b.Weights = scope.Store().GetVariable(classPath).NodeValue(numbers.Graph())
	if c.Loss != nil {
		return c.Loss(scope, b)
	}
	value, accuracy := marginLoss(c.Margin, b.Frontalized, b.Weights, b.Classes)
	return value, []run.Measure{{Name: "accuracy", Node: accuracy}, {Name: "norm", Node: dense.MeanNorm(b.Frontalized)}, {Name: "norm_before", Node: dense.MeanNorm(b.Features)}}
}

// rowsOf gathers the rows of a table with the given numbers.
func rowsOf(table, numbers *graph.Node) *graph.Node {
	return graph.Gather(table, graph.ExpandAxes(numbers, -1))
}

// marginLoss is the margin loss, and the share of samples whose own class is the nearest,
// without margin.
func marginLoss(m loss.Margin, features, weights, classes *graph.Node) (value, accuracy *graph.Node) {
	cosines := lossgraph.Cosines(features, weights)
	value = lossgraph.SoftmaxCrossEntropy(lossgraph.MarginLogits(m, cosines, classes), classes)
	return value, accuracyOf(cosines, classes)
}

// accuracyOf is the share of samples whose own class is the nearest.
func accuracyOf(cosines, classes *graph.Node) *graph.Node {
	best := graph.ArgMax(graph.StopGradient(cosines), 1, classes.DType())
	return graph.ReduceAllMean(graph.ConvertDType(graph.Equal(best, classes), cosines.DType()))
}

// indexed deals out the numbers of samples; everything else is on the device already.
type indexed struct {
	data    *features.Set
	sampler *run.Sampler
}

func (b *indexed) Batch(_ context.Context, step int) ([]*tensors.Tensor, bool, error) {
	numbers := b.sampler.At(step)
	return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(numbers, len(numbers))}, true, nil
}

func (b *indexed) Samples(step int) []string {
	var names []string
	for _, i := range b.sampler.At(step) {
		names = append(names, b.data.Name(int(i)))
	}
	return names
}

func (b *indexed) Size() int { return b.sampler.Size() }

// fitting is what the two stages of head training have in common.
type fitting struct {
	head      head.Head
	data      *features.Set
	store     *model.Store
	scope     string // of the head that is trained
	cfg       HeadConfig
	objective run.Objective
	batches   run.Batches
	perEpoch  int
	recipe    any
}

// about is what the run's folder says of the recipe.
func (f fitting) about() (json.RawMessage, error) {
	text, err := json.Marshal(struct {
		Head   string `json:"head"`
		Config any    `json:"config"`
	}{f.head.Name(), f.recipe})
	if err != nil {
		return nil, fmt.Errorf("train: recipe: %w", err)
	}
	return text, nil
}

// trains tells whether a scope has variables to train: heads that subtract a mean, or do
// nothing, have none, and are done once they are initialized.
func trains(scope *model.Scope) bool {
	for v := range scope.IterVariables() {
		if v.Trainable {
			return true
		}
	}
	return false
}

// fit runs the loop.
func fit(ctx context.Context, engine compute.Backend, f fitting) (*HeadResult, error) {
	result := &HeadResult{Head: f.head, Store: f.store, scope: f.scope, engine: engine, dtype: f.cfg.DType}
	if !trains(result.Scope()) {
		_, _, err := f.data.PoseVectors(f.head)
		return result, err
	}
	tables, err := f.data.Tensors(f.head, f.cfg.DType)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, t := range tables {
			t.FinalizeAll()
		}
	}()
	step, err := run.NewStep(engine, f.store, f.objective, f.cfg.Optimizer, run.StepConfig{DType: f.cfg.DType}, tables...)
	if err != nil {
		return nil, err
	}
	defer step.Close()
	recipe, err := f.about()
	if err != nil {
		return nil, err
	}
	l := &run.Loop{Engine: engine, Store: f.store, Step: step, Batches: f.batches, Schedule: f.cfg.Schedule,
		About: run.About{Recipe: recipe, Seed: f.cfg.Seed, Data: map[string]string{"features": f.data.Hash()}},
		Steps: f.cfg.Epochs * f.perEpoch, PerEpoch: f.perEpoch, Options: f.cfg.Options,
		EvaluateEvery: f.cfg.EvaluateEvery * f.perEpoch, Better: f.cfg.Better}
	if f.cfg.Evaluate != nil {
		l.Evaluate = func(ctx context.Context) (run.Values, error) { return f.cfg.Evaluate(ctx, result) }
	}
	result.Result, err = l.Run(ctx)
	if err != nil {
		return nil, err
	}
	return result, nil
}
