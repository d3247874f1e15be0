package head

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/internal/dense"
)

// AttentionConfig holds what the paper leaves open about its attention module. FeatureLen
// has to be set; the zero value of every other field is the default.
type AttentionConfig struct {
	// FeatureLen is d.
	FeatureLen int `json:"feature_len"`

	// Hidden is the width between the two layers. 0 stands for d.
	Hidden int `json:"hidden"`

	// Gate is the activation of the last layer. GateSigmoid keeps every weight positive,
	// so that attention picks dimensions and never turns one around.
	Gate Gate `json:"gate"`

	// Form says how the last layer's values become weights.
	Form AttentionForm `json:"form"`

	// Scale says at which scale AM sees the feature: see Config.
	Scale Scale `json:"scale"`

	// RandomStart draws the last layer like the others. By default it is zero: all
	// dimensions then weigh the same, and eq. 2 begins as the plain distance between
	// features (times a quarter for AttentionPlain with a sigmoid).
	RandomStart bool `json:"random_start"`
}

// AttentionForm says how the activations a of AM's last layer become weights.
type AttentionForm int

const (
	// AttentionMeanOne divides by the mean over the dimensions, w = a / mean(a). It
	// guards against the trivial optimum of eq. 2: a falling loss can only come from
	// moving weight between dimensions, never from shrinking all of it. It may still move
	// all of it to the few dimensions that differ least: AttentionStats.Effective tells.
	// The default. It needs GateSigmoid.
	AttentionMeanOne AttentionForm = iota
	// AttentionPlain takes w = a: eq. 2 to the letter. Nothing keeps weights and features
	// from shrinking together: with attention on both sides of the distance the weights
	// vanish and the loss becomes inert. Watch AttentionStats.
	AttentionPlain
	// AttentionResidual takes w = 1 + a, so that no dimension weighs less than one with a
	// sigmoid.
	AttentionResidual
)

var attentionForms = names[AttentionForm]{"mean-one", "plain", "residual"}

// String returns "mean-one", "plain" or "residual".
func (a AttentionForm) String() string { return attentionForms.of(a) }

// MarshalText returns the text of String.
func (a AttentionForm) MarshalText() ([]byte, error) { return attentionForms.marshal(a) }

// UnmarshalText reads what MarshalText returns.
func (a *AttentionForm) UnmarshalText(text []byte) error { return attentionForms.unmarshal(text, a) }

// Attention is AM, the paper's attention module of stage 2: it takes the frontal feature
// phi(I_f) and gives one weight per dimension, which multiply the F-Net's M_g phi(I_f) in
// eq. 2. AM = FC-ReLU-FC-sigmoid, normalized to the mean one; AttentionConfig names the
// choices.
//
// AM belongs to the F-Net and to training: it is trained in stage 2 together with the
// P-Net's Module, and is not part of the network that recognizes faces. Attention holds
// no variables; it is safe for concurrent use.
type Attention struct{ cfg AttentionConfig }

// NewAttention returns the attention module for a configuration.
func NewAttention(cfg AttentionConfig) (*Attention, error) {
	cfg.Hidden = cmp.Or(cfg.Hidden, cfg.FeatureLen)
	for _, err := range []error{gates.check(cfg.Gate), attentionForms.check(cfg.Form), scales.check(cfg.Scale),
		checkLens("attention", map[string]int{"FeatureLen": cfg.FeatureLen, "Hidden": cfg.Hidden})} {
		if err != nil {
			return nil, err
		}
	}
	if cfg.Form == AttentionMeanOne && cfg.Gate != GateSigmoid {
		return nil, fmt.Errorf("head: attention: %s needs positive activations: want %s, got %s", cfg.Form, GateSigmoid, cfg.Gate)
	}
	return &Attention{cfg: cfg}, nil
}

// Config returns the configuration, with defaults filled in.
func (a *Attention) Config() AttentionConfig { return a.cfg }

// FeatureLen returns d.
func (a *Attention) FeatureLen() int { return a.cfg.FeatureLen }

// meanEpsilon keeps the mean of activations that are all zero in float32 from being
// divided by.
const meanEpsilon = 1e-12

func (a *Attention) variables() []dense.Variable {
	return append(dense.Linear("fc1", a.cfg.FeatureLen, a.cfg.Hidden, false),
		dense.Linear("fc2", a.cfg.Hidden, a.cfg.FeatureLen, !a.cfg.RandomStart)...)
}

// Init creates the variables below scope, in Float32 or Float64.
func (a *Attention) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	if err := dense.Create(scope, dtype, seed, a.variables()); err != nil {
		return fmt.Errorf("head: initialize attention: %w", err)
	}
	return nil
}

// Forward builds the weights AM(f): f [batch, d] -> [batch, d]. It panics where something
// does not fit.
func (a *Attention) Forward(scope *model.Scope, f *graph.Node) *graph.Node {
	if d := f.Shape().Dimensions; len(d) != 2 || d[1] != a.cfg.FeatureLen {
		panic(fmt.Errorf("head: attention: want features [batch, %d], got %s", a.cfg.FeatureLen, f.Shape()))
	}
	l := dense.Layers{Network: "head: attention", Scope: scope}
	if a.cfg.Scale == ScaleNorm {
		f, _ = dense.Spread(f)
	}
	w := a.cfg.Gate.node(l.Linear("fc2", dense.ReLU(l.Linear("fc1", f))))
	switch a.cfg.Form {
	case AttentionMeanOne:
		return graph.Div(w, graph.AddScalar(graph.ReduceAndKeep(w, graph.ReduceMean, -1), meanEpsilon))
	case AttentionResidual:
		return graph.OnePlus(w)
	}
	return w
}

// AttentionStats describes weights of AM, for logs: a falling L_ada is no evidence by
// itself.
type AttentionStats struct {
	Mean, Std, Min, Max float64
	// Effective is the number of dimensions that carry the weight, (Σ|w|)² / Σw²: d if
	// all weigh the same, 1 if one has it all, and 0 for no weight at all.
	Effective float64
}

// StatsOf describes weights of one feature or of many, in a row; Effective is of them all
// together.
func StatsOf(weights []float32) AttentionStats {
	if len(weights) == 0 {
		return AttentionStats{}
	}
	s := AttentionStats{Min: math.Inf(1), Max: math.Inf(-1)}
	n := float64(len(weights))
	var sum, absolute, squares float64
	for _, w := range weights {
		x := float64(w)
		s.Min, s.Max = math.Min(s.Min, x), math.Max(s.Max, x)
		sum, absolute, squares = sum+x, absolute+math.Abs(x), squares+x*x
	}
	s.Mean = sum / n
	s.Std = math.Sqrt(math.Max(0, squares/n-s.Mean*s.Mean))
	if squares > 0 {
		s.Effective = absolute * absolute / squares
	}
	return s
}
