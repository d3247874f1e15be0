package train

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
	"github.com/pifr-go/pifr/pose"
)

// Stage2Scope is where stage 2 keeps its variables: see fspfm.Stage2 for what lies below it.
const Stage2Scope = "/stage2"

// Weighting says which dimensions of the frontal feature count how much in L_ada.
type Weighting string

const (
	WeightAttention Weighting = "attention" // AM, trained along: the paper's eq. 2
	WeightMax       Weighting = "max"       // the feature over its largest dimension: Huang's and Ding's
	WeightNone      Weighting = "none"      // all the same
)

// PairConfig says how a trained head is fine-tuned on pairs of a frontal and a profile face (stage 2). The zero value of each field stands
// for what PairRecipe has there, except for Lambda, for which zero is a choice.
type PairConfig struct {
	HeadConfig
	// Lambda is the weight of L_ada in eq. 3. What it weighs depends on ADA.Reduction. Zero trains on pairs without L_ada.
	Lambda float64 `json:"lambda"`
	// ADA holds the options of L_ada: Reduction above all. Its LiveTarget has no effect: the F-Net is frozen but for AM.
	ADA loss.ADA `json:"ada"`
	// Max holds the options of Huang's weights.
	Max       loss.MaxADA           `json:"max"`
	Weighting Weighting             `json:"weighting"`
	Attention fspfm.AttentionConfig `json:"attention"`
	Target    fspfm.Target          `json:"target"`
	// FrozenClasses keeps the class weights as stage 1 left them. By default they go on training.
	FrozenClasses bool `json:"frozen_classes"`
	// ProfileDeg is the angle in degrees that |yaw|, |pitch| or |roll| of a profile is above: 0 stands for the paper's 40. A frontal
	// face has all three within FrontalDeg.
	ProfileDeg float64 `json:"profile_deg"`
}

// PairRecipe is stage 2 behind a frozen extractor: the paper's lambda 4, on L_ada as a mean over dimensions. As the sum that eq. 2 writes,
// lambda 4 outweighs ArcFace by far: a first study lost 7 points by it.
func PairRecipe() PairConfig {
	c := PairConfig{HeadConfig: HeadRecipe(), Lambda: loss.Lambda, ADA: loss.ADA{Reduction: loss.Mean}, Weighting: WeightAttention, ProfileDeg: 40}
	c.Epochs = 10
	c.Schedule = Schedule{Shape: Constant, Base: 3e-4}
	return c
}

func (c PairConfig) withDefaults() PairConfig {
	d := PairRecipe()
	c.Epochs = orElse(c.Epochs, d.Epochs)
	if c.Schedule.Shape == "" {
		c.Schedule = d.Schedule
	}
	c.HeadConfig = c.HeadConfig.withDefaults()
	c.Weighting = orElse(c.Weighting, d.Weighting)
	c.ProfileDeg = orElse(c.ProfileDeg, d.ProfileDeg)
	return c
}

// FinetuneHead is the paper's stage 2 behind a frozen extractor: the head of stage 1 becomes F-Net, frozen, and P-Net, which trains on pairs
// of faces of one person with eq. 3, together with the attention module. The measures tell, beside loss and accuracy, L_ada, the mean norms of
// target and frontalized features, and mean and deviation of AM's weights: if these fall with L_ada, the loss is learning to shrink.
//
// The result's head is the P-Net's.
func FinetuneHead(ctx context.Context, engine compute.Backend, stage1 *FitResult, data *Features, cfg PairConfig) (*FitResult, error) {
	cfg = cfg.withDefaults()
	if err := checkFit(data, cfg.HeadConfig); err != nil {
		return nil, err
	}
	stage2, err := cfg.stage2(stage1.Head)
	if err != nil {
		return nil, err
	}
	pairs, err := newPairBatches(data, cfg)
	if err != nil {
		return nil, err
	}
	store, err := inherit(stage1, stage2, cfg)
	if err != nil {
		return nil, err
	}
	objective := func(scope *model.Scope, batch, tables []*graph.Node) (*graph.Node, []Measure) {
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
func (c PairConfig) stage2(head fspfm.Head) (fspfm.Stage2, error) {
	s := fspfm.Stage2{Head: head, Target: c.Target}
	switch c.Weighting {
	case WeightAttention:
		attention := c.Attention
		attention.FeatureLen = head.FeatureLen()
		am, err := fspfm.NewAttention(attention)
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

// inherit makes the variables of stage 2 from those that stage 1 left.
func inherit(stage1 *FitResult, stage2 fspfm.Stage2, cfg PairConfig) (*model.Store, error) {
	store := model.NewStore()
	if err := stage2.Init(store.Scope(Stage2Scope), stage1.Scope(), cfg.DType, cfg.Seed); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	old := stage1.Store.GetVariable(classPath)
	if old == nil {
		return nil, fmt.Errorf("train: stage 1 left no class weights at %s", classPath)
	}
	weights, err := old.CloneToStore(store)
	if err != nil {
		return nil, fmt.Errorf("train: class weights: %w", err)
	}
	weights.SetTrainable(!cfg.FrozenClasses)
	return store, nil
}

// pairObjective is eq. 3 on the pairs with the given numbers of frontal and profile faces.
func (c PairConfig) pairObjective(scope *model.Scope, stage2 fspfm.Stage2, numbers, tables []*graph.Node) (*graph.Node, []Measure) {
	var features, poses [2]*graph.Node
	for i, n := range numbers {
		features[i] = rowsOf(tables[0], n)
		if len(tables) > 2 {
			poses[i] = rowsOf(tables[2], n)
		}
	}
	classes := rowsOf(tables[1], numbers[1])
	v := stage2.Forward(scope.Store().Scope(Stage2Scope), features[0], poses[0], features[1], poses[1])
	weights := scope.Store().GetVariable(classPath).NodeValue(classes.Graph())
	arcface, accuracy := marginLoss(c.Margin, v.Frontalized, weights, classes)
	ada := c.ada(v)
	also := []Measure{{"accuracy", accuracy}, {"arcface", arcface}, {"ada", ada}, {"target_norm", v.TargetNorm}, {"norm", v.FrontalizedNorm}}
	if v.Weights != nil {
		also = append(also, Measure{"attention_mean", v.WeightMean}, Measure{"attention_std", v.WeightStd})
	}
	return lossgraph.Total(arcface, ada, c.Lambda), also
}

// ada is L_ada. The target that Stage2 builds passes gradients on to AM alone, so that nothing more is to be stopped.
func (c PairConfig) ada(v fspfm.Stage2Values) *graph.Node {
	if c.Weighting == WeightMax {
		return lossgraph.MaxADA(c.Max, v.Target, v.Frontalized)
	}
	options := c.ADA
	options.LiveTarget = true
	return lossgraph.FeatureL2(loss.FeatureL2(options), v.Target, v.Frontalized)
}

// pairBatches deals out pairs: each profile once per epoch, with a frontal face of the same person, new ones every epoch. Like sampler it is a
// function of the seed and the step.
type pairBatches struct {
	data  *Features
	pairs *dataset.Pairs
	seed  uint64
	each  int

	epoch  int
	chosen []dataset.Pair
}

func newPairBatches(data *Features, cfg PairConfig) (*pairBatches, error) {
	if len(data.Angles) == 0 {
		return nil, fmt.Errorf("train: %w: pairs need angles, and there are none", ErrFeatures)
	}
	samples := make([]dataset.Sample, data.Len())
	for i := range samples {
		samples[i].Label = dataset.Label{Identity: data.Identities[i], HasPose: true, Pose: data.Angles[i]}
	}
	source, err := dataset.NewMemory(samples, nil)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	pairs, err := dataset.NewPairs(source, dataset.PairOptions{ProfileAbove: pose.Radians(cfg.ProfileDeg), FrontalBelow: pose.Radians(cfg.FrontalDeg)})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return &pairBatches{data: data, pairs: pairs, seed: cfg.Seed, each: min(cfg.Batch, pairs.Len()), epoch: -1}, nil
}

func (b *pairBatches) perEpoch() int { return b.pairs.Len() / b.each }

func (b *pairBatches) at(step int) []dataset.Pair {
	epoch, k := step/b.perEpoch(), step%b.perEpoch()
	if epoch != b.epoch {
		b.epoch, b.chosen = epoch, b.pairs.Epoch(b.seed, epoch)
		rng := rand.New(rand.NewPCG(b.seed, uint64(epoch)))
		rng.Shuffle(len(b.chosen), func(i, j int) { b.chosen[i], b.chosen[j] = b.chosen[j], b.chosen[i] })
	}
	return b.chosen[k*b.each : (k+1)*b.each]
}

func (b *pairBatches) batch(_ context.Context, step int) ([]*tensors.Tensor, bool, error) {
	frontal, profile := make([]int32, b.each), make([]int32, b.each)
	for i, pair := range b.at(step) {
		frontal[i], profile[i] = int32(pair.Frontal), int32(pair.Profile)
	}
	return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(frontal, b.each), tensors.FromFlatDataAndDimensions(profile, b.each)}, true, nil
}

func (b *pairBatches) samples(step int) []string {
	var names []string
	for _, pair := range b.at(step) {
		names = append(names, b.data.name(pair.Frontal)+"+"+b.data.name(pair.Profile))
	}
	return names
}

func (b *pairBatches) size() int { return b.each }
