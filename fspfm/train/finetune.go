package train

import (
	"cmp"
	"context"
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

// PairConfig says how a trained head is fine-tuned on pairs of a frontal and a profile
// face (stage 2). The zero value of each field stands for what PairRecipe has there,
// except for Lambda, ADA, Max and the flags, for which zero is a choice.
type PairConfig struct {
	HeadConfig
	// Lambda is the weight of L_ada in eq. 3. What it weighs depends on ADA.Reduction.
	// Zero trains on pairs without L_ada.
	Lambda float64 `json:"lambda"`
	// ADA holds the options of L_ada: Reduction above all. Its LiveTarget has no effect:
	// the F-Net is frozen but for AM.
	ADA loss.ADA `json:"ada"`
	// Max holds the options of Huang's weights. A zero Factor stands for 2, times the
	// dimensions where ADA.Reduction is their sum.
	Max       loss.MaxADA          `json:"max"`
	Weighting Weighting            `json:"weighting"`
	Attention head.AttentionConfig `json:"attention"`
	Target    head.Target          `json:"target"`
	// FrozenClasses keeps the class weights as stage 1 left them. By default they go on
	// training.
	FrozenClasses bool `json:"frozen_classes"`
	// AllFaces takes ArcFace over as many faces of any pose, drawn beside the pairs. By
	// default it sees the pairs' profiles only, and what the head knew of other poses may
	// get lost.
	AllFaces bool `json:"all_faces"`
	// BothSides lets AM weigh both sides of the distance, (target - frontalized) * AM.
	// Eq. 2 weighs the target alone.
	BothSides bool `json:"both_sides"`
	// MeanFrontal pairs profiles with the mean over the person's frontal features, and
	// over their pose vectors, not with one face.
	MeanFrontal bool `json:"mean_frontal"`
	// ProfileDeg is the angle in degrees that |yaw|, |pitch| or |roll| of a profile is
	// above: 0 stands for the paper's 40. A frontal face has all three within FrontalDeg.
	ProfileDeg float64 `json:"profile_deg"`
}

// PairRecipe is stage 2 behind a frozen extractor: lambda 0.5 on eq. 2 as it is written,
// a sum over dimensions, with ArcFace on faces of all poses. Of the regimes with L_ada
// that start from stage 1 it is the one after which people to choose by were recognised
// best; the paper's, lambda 4 and ArcFace on the pairs, forgets more (package miniature's
// STUDY.md).
//
// Of features of unit length, which packs and ONNX files give, the sum is a number of
// order one; their mean over dimensions would be so small that no lambda near these does
// anything. An extractor whose features keep a length L gives L^2 times as much: take
// loss.Mean there, as recipe "mini" does, or ADA.Unit.
func PairRecipe() PairConfig {
	c := PairConfig{HeadConfig: HeadRecipe(), Lambda: 0.5, AllFaces: true, Weighting: WeightAttention, ProfileDeg: 40}
	c.Max.Abs = true // features may be negative, and signed weights would reward distance
	c.Epochs = 10
	c.Schedule = run.Schedule{Shape: run.Constant, Base: 3e-4}
	return c
}

func (c PairConfig) withDefaults() PairConfig {
	d := PairRecipe()
	c.Epochs = cmp.Or(c.Epochs, d.Epochs)
	if c.Schedule.Shape == "" {
		c.Schedule = d.Schedule
	}
	c.HeadConfig = c.HeadConfig.withDefaults()
	c.Weighting = cmp.Or(c.Weighting, d.Weighting)
	c.ProfileDeg = cmp.Or(c.ProfileDeg, d.ProfileDeg)
	return c
}

// FinetuneHead is the paper's stage 2 behind a frozen extractor: the head of stage 1
// becomes F-Net, frozen, and P-Net, which trains on pairs of faces of one person with eq.
// 3, together with the attention module. The measures tell, beside loss and accuracy,
// L_ada, the mean norms of target and frontalized features, and mean and deviation of
// AM's weights: if these fall with L_ada, the loss is learning to shrink.
//
// The result's head is the P-Net's.
func FinetuneHead(ctx context.Context, engine compute.Backend, stage1 *FitResult, data *features.Set, cfg PairConfig) (*FitResult, error) {
	cfg = cfg.withDefaults()
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
func (c PairConfig) stage2(h head.Head) (head.Stage2, error) {
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
func inherit(stage1 *FitResult, stage2 head.Stage2, cfg PairConfig) (*model.Store, error) {
	store := model.NewStore()
	if err := stage2.Init(store.Scope(Stage2Scope), stage1.Scope(), cfg.DType, cfg.Seed); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	old := stage1.Store.GetVariable(classPath)
	weights, err := old.CloneToStore(store)
	if err != nil {
		return nil, fmt.Errorf("train: class weights: %w", err)
	}
	weights.SetTrainable(!cfg.FrozenClasses)
	return store, nil
}

// pairObjective is eq. 3 on the pairs with the given numbers of frontal and profile
// faces, and of the faces for ArcFace if those are others.
func (c PairConfig) pairObjective(scope *model.Scope, stage2 head.Stage2, numbers, tables []*graph.Node) (*graph.Node, []run.Measure) {
	var features, poses [3]*graph.Node
	for i, n := range numbers {
		features[i] = rowsOf(tables[0], n)
		if len(tables) > 2 {
			poses[i] = rowsOf(tables[2], n)
		}
	}
	stage := scope.Store().Scope(Stage2Scope)
	v := stage2.Forward(stage, features[0], poses[0], features[1], poses[1])
	recognised, classes := v.Frontalized, rowsOf(tables[1], numbers[1])
	if len(numbers) > 2 { // faces of any pose
		recognised, classes = stage2.Head.Forward(stage2.PNet(stage), features[2], poses[2]), rowsOf(tables[1], numbers[2])
	}
	weights := scope.Store().GetVariable(classPath).NodeValue(classes.Graph())
	arcface, accuracy := marginLoss(c.Margin, recognised, weights, classes)
	ada := c.ada(v)
	also := []run.Measure{{Name: "accuracy", Node: accuracy}, {Name: "arcface", Node: arcface}, {Name: "ada", Node: ada}, {Name: "target_norm", Node: v.TargetNorm}, {Name: "norm", Node: v.FrontalizedNorm}}
	if v.Weights != nil {
		also = append(also, run.Measure{Name: "attention_mean", Node: v.WeightMean}, run.Measure{Name: "attention_std", Node: v.WeightStd})
	}
	return lossgraph.Total(arcface, ada, c.Lambda), also
}

// ada is L_ada. The target that Stage2 builds passes gradients on to AM alone, so that
// nothing more is to be stopped.
func (c PairConfig) ada(v head.Stage2Values) *graph.Node {
	if c.Weighting == WeightMax {
		huang := c.Max
		if huang.Factor == 0 && c.ADA.Reduction == loss.Sum {
			huang.Factor = 2 * float64(v.Target.Shape().Dim(-1)) // they take the mean over the dimensions
		}
		return lossgraph.MaxADA(huang, v.Target, v.Frontalized)
	}
	options := c.ADA
	options.LiveTarget = true
	frontalized := v.Frontalized
	if c.BothSides && v.Weights != nil {
		frontalized = graph.Mul(frontalized, v.Weights)
	}
	return lossgraph.FeatureL2(loss.FeatureL2(options), v.Target, frontalized)
}
