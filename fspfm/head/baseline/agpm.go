package baseline

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/dense"
)

// AGPM is Attention-Guided Progressive Mapping (Huang and Ding, IJCB 2021) from its
// released code: three residual blocks, each of which turns the face a third of the way,
// from profile (P) over half profile (HP) and half frontal (HF) to frontal (F):
//
//	x1 = x0 + g1 B1(x0)  P -> HP    g1 is 1/2 at 60° of yaw
//	x2 = x1 + g2 B2(x1)  HP -> HF   g2 at 40°
//	x3 = x2 + g3 B3(x2)  HF -> F    g3 at 20°
//
// with B = BN(FC(ReLU(BN(FC(x))))), [d] all along and without biases, and g = sigmoid(10
// ((|yaw| - shift) / 25° - 1)), shift 35°, 15° and -5°.
//
// The fix: the released code has |(|yaw| - shift)| in the gate, which opens the first
// block for frontal faces too (g1(0) = 0.98) and contradicts the paper. Here the inner
// absolute value is gone; AGPMGates has the numbers. The second change: the code puts a
// ReLU after every sum, because its extractor ends in one. A finished extractor's
// features have both signs, which that would halve; AGPMConfig.Rectified brings it back.
// AGPM's attentive loss is in package loss (Huang's weights).
//
// Batch normalization is backbone's: batch statistics in training, running ones
// otherwise.
type AGPM struct {
	kind
	rectified bool
	block     *backbone.Net
}

// AGPMConfig configures AGPM. FeatureLen is d.
type AGPMConfig struct {
	FeatureLen int
	// Rectified puts a ReLU after every block's sum, as published: for extractors whose
	// features are not negative.
	Rectified bool
}

// NewAGPM returns the head.
func NewAGPM(cfg AGPMConfig) (*AGPM, error) {
	k, err := newKind("agpm", cfg.FeatureLen, head.PoseAngles, 0)
	d := cfg.FeatureLen
	// A 1x1 convolution of one pixel is a linear layer without bias, which is what the
	// released code has.
	block := &backbone.Net{Name: "agpm block", Height: 1, Width: 1, Channels: d, Layers: []backbone.Layer{
		{Kind: backbone.Conv, Name: "conv1", From: backbone.Input, Out: d, Kernel: 1, Stride: 1, Groups: 1},
		{Kind: backbone.BatchNorm, Name: "bn1", From: 0},
		{Kind: backbone.ReLU, Name: "relu", From: 1},
		{Kind: backbone.Conv, Name: "conv2", From: 2, Out: d, Kernel: 1, Stride: 1, Groups: 1},
		{Kind: backbone.BatchNorm, Name: "bn2", From: 3},
	}}
	return &AGPM{kind: k, rectified: cfg.Rectified, block: block}, err
}

// agpmBlocks are the scopes of the blocks, with the shifts of their gates in degrees, in
// the order in which they are passed.
var agpmBlocks = [...]struct {
	scope string
	shift float64
}{{"p_hp", 35}, {"hp_hf", 15}, {"hf_f", -5}}

// agpmWidth of all gates, in degrees.
const agpmWidth = 25

// Init creates the variables of the three blocks.
func (h *AGPM) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	var errs []error
	for i, b := range agpmBlocks {
		errs = append(errs, h.block.Init(at(scope, b.scope), dtype, seed+uint64(i)))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("baseline: initialize agpm: %w", err)
	}
	return nil
}

// at is the scope below.
func at(scope *model.Scope, name string) *model.Scope {
	return scope.Store().Scope(model.JoinPath(scope.Scope(), name))
}

// Forward passes the three blocks.
func (h *AGPM) Forward(scope *model.Scope, f, p *graph.Node) *graph.Node {
	head.CheckInput(h, f, p)
	yaw := yawDeg(p)
	x, back := dense.Spread(f)
	batch := f.Shape().Dimensions[0]
	var change *graph.Node
	for _, b := range agpmBlocks {
		r := graph.Reshape(h.block.Forward(at(scope, b.scope), graph.Reshape(x, batch, 1, 1, h.d)), batch, h.d)
		r = graph.Mul(yawGate(yaw, b.shift, agpmWidth), r)
		next := graph.Add(x, r)
		if h.rectified {
			next = dense.ReLU(next)
		}
		change, x = sum(change, graph.Sub(next, x)), next
	}
	return graph.Add(f, graph.Mul(change, back))
}

// sum is a + b, or b if a is nil.
func sum(a, b *graph.Node) *graph.Node {
	if a == nil {
		return b
	}
	return graph.Add(a, b)
}

// AGPMGates are g1, g2 and g3 for a yaw in radians.
func AGPMGates(yaw float64) [3]float64 {
	var g [3]float64
	for i, b := range agpmBlocks {
		g[i] = 1 / (1 + math.Exp(-10*((math.Abs(yaw)*180/math.Pi-b.shift)/agpmWidth-1)))
	}
	return g
}
