package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
	"github.com/pifr-go/pifr/pose"
)

// Stage2Scope is where stage 2 keeps its variables: see head.Stage2 for what lies below
// it.
const Stage2Scope = "/stage2"

// Weighting says which dimensions of the frontal feature count how much in L_ada.
type Weighting string

const (
	WeightAttention Weighting = "attention" // AM, trained along: the paper's eq. 2
	WeightMax       Weighting = "max"       // the feature over its largest dimension: Huang's and Ding's
	WeightNone      Weighting = "none"      // all the same
)

// PairsConfig says how a trained head is fine-tuned on pairs of a frontal and a profile
// face (stage 2). Zero fields stand for what PairsRecipe has.
type PairsConfig struct {
	HeadConfig
	// Lambda is the weight of L_ada in eq. 3. What it weighs depends on ADA.Reduction.
	Lambda float64 `json:"lambda,omitempty"`
	// WithoutADA trains on pairs without L_ada, which is measured all the same.
	WithoutADA bool `json:"without_ada,omitempty"`
	// ADA holds the options of L_ada: Reduction above all. Its LiveTarget has no effect:
	// the F-Net is frozen except for AM.
	ADA loss.ADA `json:"ada,omitzero"`
	// Max holds the options of Huang's weights. A zero Factor stands for 2, times the
	// dimensions where ADA.Reduction is their sum.
	Max       loss.MaxADA          `json:"max,omitzero"`
	Weighting Weighting            `json:"weighting,omitempty"`
	Attention head.AttentionConfig `json:"attention,omitzero"`
	Target    head.Target          `json:"target,omitempty"`
	// FrozenClasses keeps the class weights as stage 1 left them. By default they go on
	// training.
	FrozenClasses bool `json:"frozen_classes,omitempty"`
	// PairsOnly takes ArcFace over the pairs' profiles, as the paper does: what the head
	// knew of other poses may get lost. By default it sees as many faces of any pose,
	// drawn beside the pairs.
	PairsOnly bool `json:"pairs_only,omitempty"`
	// BothSides lets AM weigh both sides of the distance, (target - frontalized) * AM.
	// Eq. 2 weighs the target alone.
	BothSides bool `json:"both_sides,omitempty"`
	// MeanFrontal pairs profiles with the mean over the person's frontal features, and
	// over their pose vectors, not with one face.
	MeanFrontal bool `json:"mean_frontal,omitempty"`
	// ProfileDeg is the angle in degrees that |yaw|, |pitch| or |roll| of a profile is
	// above. A frontal face has all three within FrontalDeg.
	ProfileDeg float64 `json:"profile_deg,omitempty"`
}

// PairsRecipe is stage 2 behind a frozen extractor: lambda 0.5 on eq. 2 as it is written,
// a sum over dimensions, with ArcFace on faces of all poses. Of the regimes with L_ada
// that start from stage 1 it is the one after which people to choose by were recognized
// best; the paper's, lambda 4 and ArcFace on the pairs, forgets more (package study's
// STUDY.md).
//
// Of features of unit length, which packs and ONNX files give, the sum is a number of
// order one; their mean over dimensions would be so small that no lambda near these does
// anything. An extractor whose features keep a length L gives L^2 times as much: take
// loss.Mean there, as recipe "mini" does, or ADA.Unit.
func PairsRecipe() PairsConfig {
	c := PairsConfig{HeadConfig: HeadRecipe(), Lambda: 0.5, Weighting: WeightAttention, ProfileDeg: 40}
	c.Max.Abs = true // features may be negative, and signed weights would reward distance
	c.Epochs = 10
	c.Schedule = run.Schedule{Shape: run.Constant, Base: 3e-4}
	return c
}

// WithDefaults fills in what is zero.
func (c PairsConfig) WithDefaults() PairsConfig {
	d := PairsRecipe()
	c.Plan = c.Plan.withDefaults(d.Plan)
	c.HeadConfig = c.HeadConfig.WithDefaults()
	c.Lambda, c.Weighting, c.ProfileDeg = cmp.Or(c.Lambda, d.Lambda), cmp.Or(c.Weighting, d.Weighting), cmp.Or(c.ProfileDeg, d.ProfileDeg)
	c.ADA, c.Max = cmp.Or(c.ADA, d.ADA), cmp.Or(c.Max, d.Max)
	return c
}

// lambda is the weight of L_ada.
func (c PairsConfig) lambda() float64 {
	if c.WithoutADA {
		return 0
	}
	return c.Lambda
}

// TrainPairs is the paper's stage 2 behind a frozen extractor: the head of stage 1
// becomes F-Net, frozen, and P-Net, which trains on pairs of faces of one person with eq.
// 3, together with the attention module. The measures tell, beside loss and accuracy,
// L_ada, the mean norms of target and frontalized features, and mean and deviation of
// AM's weights: if these fall with L_ada, the loss is learning to shrink.
//
// The result's head is the P-Net's.
func TrainPairs(ctx context.Context, engine compute.Backend, stage1 *HeadResult, data *features.Set, cfg PairsConfig) (*HeadResult, error) {
	cfg = cfg.WithDefaults()
	if cfg.Loss != nil || cfg.Objective != "" && cfg.Objective != ObjectiveMargin && cfg.Objective != ObjectiveMatch {
		return nil, errors.New("train: pairs have eq. 3 for their objective, of the margin loss or of matching, and take no other")
	}
	cfg.PairsOnly = cfg.PairsOnly || cfg.Objective == ObjectiveMatch
	if err := checkFit(data, cfg.HeadConfig); err != nil {
		return nil, err
	}
	if err := checkClasses(stage1.Store, data); err != nil {
		return nil, err
	}
	stage2, err := cfg.stage2(stage1.Head)
	if err != nil {
		return nil, err
	}
	faces := data.Len()
	if cfg.MeanFrontal {
		if data, err = withMeans(data, pose.Radians(cfg.FrontalDeg)); err != nil {
			return nil, err
		}
	}
	pairs, err := newPairBatches(data, faces, cfg)
	if err != nil {
		return nil, err
	}
	store, err := inherit(stage1, stage2, cfg)
	if err != nil {
		return nil, err
	}
	objective := func(scope *model.Scope, batch, tables []*graph.Node) (*graph.Node, []run.Measure) {
		return cfg.pairObjective(scope, stage2, batch, tables)
	}
	scope := stage2.PNet(store.Scope(Stage2Scope)).Scope()
	result, err := fit(ctx, engine, fitting{head: stage1.Head, data: data, store: store, scope: scope, cfg: cfg.HeadConfig, objective: objective,
		batches: pairs, perEpoch: pairs.perEpoch(), recipe: cfg})
	if err != nil {
		return nil, err
	}
	result.stage2 = stage2
	return result, nil
}

// stage2 is the pair of networks that the configuration asks for.
func (c PairsConfig) stage2(h head.Head) (head.Stage2, error) {
	s := head.Stage2{Head: h, Target: c.Target}
	switch c.Weighting {
	case WeightAttention:
		attention := c.Attention
		attention.FeatureLen = h.FeatureLen()
		am, err := head.NewAttention(attention)
		if err != nil {
			return s, fmt.Errorf("train: %w", err)
		}
		s.Attention = am
	case WeightMax, WeightNone:
	default:
		return s, fmt.Errorf("train: unknown weighting %q: want %q, %q or %q", c.Weighting, WeightAttention, WeightMax, WeightNone)
	}
	return s, nil
}

// checkClasses reports features of other people than those whose class weights stage 1
// left.
func checkClasses(store *model.Store, data *features.Set) error {
	weights := store.GetVariable(classPath)
	if weights == nil {
		return fmt.Errorf("train: stage 1 left no class weights at %s", classPath)
	}
	if n := weights.Shape().Dim(0); n != data.Classes() {
		return fmt.Errorf("train: stage 1 told %d people apart, these features are of %d: stage 2 trains its class weights on, and needs the same people", n, data.Classes())
	}
	return nil
}

// inherit makes the variables of stage 2 from those that stage 1 left.
func inherit(stage1 *HeadResult, stage2 head.Stage2, cfg PairsConfig) (*model.Store, error) {
	store := model.NewStore()
	if err := stage2.Init(store.Scope(Stage2Scope), stage1.Scope(), cfg.DType, cfg.Seed); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	old := stage1.Store.GetVariable(classPath)
	weights, err := old.CloneToStore(store)
	if err != nil {
		return nil, fmt.Errorf("train: class weights: %w", err)
	}
	weights.SetTrainable(!cfg.FrozenClasses && cfg.Objective != ObjectiveMatch)
	return store, nil
}

// pairObjective is eq. 3 on the pairs with the given numbers of frontal and profile
// faces, and of the faces for ArcFace if those are others.
func (c PairsConfig) pairObjective(scope *model.Scope, stage2 head.Stage2, numbers, tables []*graph.Node) (*graph.Node, []run.Measure) {
	if c.Objective == ObjectiveMatch {
		return c.matchObjective(scope, stage2, pairNodes(numbers, tables))
	}
	var features, poses [3]*graph.Node
	for i, n := range numbers {
		features[i] = rowsOf(tables[0], n)
		if len(tables) > 2 {
			poses[i] = rowsOf(tables[2], n)
		}
	}
	stage := scope.Store().Scope(Stage2Scope)
	v := stage2.Forward(stage, features[0], poses[0], features[1], poses[1])
	recognized, classes := v.Frontalized, rowsOf(tables[1], numbers[1])
	if len(numbers) > 2 { // faces of any pose
		recognized, classes = stage2.Head.Forward(stage2.PNet(stage), features[2], poses[2]), rowsOf(tables[1], numbers[2])
	}
	weights := scope.Store().GetVariable(classPath).NodeValue(classes.Graph())
	arcface, accuracy := marginLoss(c.Margin, recognized, weights, classes)
	ada := c.ada(v)
	also := []run.Measure{{Name: "accuracy", Node: accuracy}, {Name: "arcface", Node: arcface}, {Name: "ada", Node: ada}, {Name: "norm", Node: v.FrontalizedNorm}}
	return lossgraph.Total(arcface, ada, c.lambda()), append(also, stage2Measures(v)...)
}

// matchObjective is eq. 3 with matching in the place of ArcFace.
func (c PairsConfig) matchObjective(scope *model.Scope, stage2 head.Stage2, p pairOf) (*graph.Node, []run.Measure) {
	stage := scope.Store().Scope(Stage2Scope)
	v := stage2.Forward(stage, p.frontal, p.frontalPose, p.turned, p.turnedPose)
	// The P-Net maps frontal faces too: what is matched is what will be compared.
	matched, also := c.Match.loss(p, v.Frontalized, stage2.Head.Forward(stage2.PNet(stage), p.frontal, p.frontalPose))
	ada := c.ada(v)
	also = append(also, run.Measure{Name: "ada", Node: ada})
	return lossgraph.Total(matched, ada, c.lambda()), append(also, stage2Measures(v)...)
}

// stage2Measures tell whether the loss learns to shrink.
func stage2Measures(v head.Stage2Values) []run.Measure {
	also := []run.Measure{{Name: "target_norm", Node: v.TargetNorm}}
	if v.Weights != nil {
		also = append(also, run.Measure{Name: "attention_mean", Node: v.WeightMean}, run.Measure{Name: "attention_std", Node: v.WeightStd})
	}
	return also
}

// ada is L_ada. The frontal feature that Stage2 builds is frozen, unless both sides are
// to move, so that nothing more is to be stopped.
func (c PairsConfig) ada(v head.Stage2Values) *graph.Node {
	options := c.ADA
	options.LiveTarget = true
	switch {
	case c.Weighting == WeightMax:
		huang := c.Max
		if huang.Factor == 0 && c.ADA.Reduction == loss.Sum {
			huang.Factor = 2 * float64(v.Target.Shape().Dim(-1)) // they take the mean over the dimensions
		}
		return lossgraph.MaxADA(huang, v.Target, v.Frontalized)
	case v.Weights == nil:
		return lossgraph.FeatureL2(loss.FeatureL2(options), v.Target, v.Frontalized)
	case c.BothSides:
		return lossgraph.ADA(options, v.Frontal, v.Weights, graph.Mul(v.Frontalized, v.Weights))
	}
	return lossgraph.ADA(options, v.Frontal, v.Weights, v.Frontalized)
}
