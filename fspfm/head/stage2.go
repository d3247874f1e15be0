package head

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/internal/dense"
)

// Stage2 is the pair of networks of the paper's fine-tuning stage (section 3.2, figure
// 1b). Both start from the weights of stage 1 and share one extractor phi, which is
// frozen and lies outside: its features go in.
//
//	F-Net: phi(I_f) -> M_g (frozen copy) -> * AM(phi(I_f))     the target of eq. 2
//	P-Net: phi(I_p) -> M_g (trainable)                         what is wanted
//
// Exactly two things train: AM, and the P-Net's M_g without its statistics of the pose
// vector. No gradient flows into the features, nor into anything of the F-Net but AM,
// unless Target says so. What recognizes faces afterwards is the P-Net, for gallery and
// probe alike.
//
// L_ada can be minimized by features and weights that shrink together: keep ArcFace in
// the loss (eq. 3), AttentionMeanOne, and an eye on the norms in Stage2Values.
type Stage2 struct {
	// Head is M_g: a Module, or another head to be fine-tuned in the same way.
	Head Head
	// Attention is AM; nil leaves it out, and the target is M_g phi(I_f) as it is.
	Attention *Attention
	// Target says what AM multiplies.
	Target Target
}

// Target says what the F-Net gives as a target.
type Target int

const (
	// TargetFrontalized is M_g phi(I_f): eq. 2.
	TargetFrontalized Target = iota
	// TargetFeature is phi(I_f), which eq. 1 approximates: an ablation.
	TargetFeature
	// TargetLive is M_g phi(I_f) of the P-Net itself as it trains, with gradients, so
	// that both sides of eq. 2 move: an ablation. Nothing but ArcFace keeps them from
	// shrinking to zero together.
	TargetLive
)

var targets = names[Target]{"frontalized", "feature", "live"}

// String returns "frontalized", "feature" or "live".
func (t Target) String() string { return targets.of(t) }

// MarshalText returns the text of String.
func (t Target) MarshalText() ([]byte, error) { return targets.marshal(t) }

// UnmarshalText reads what MarshalText returns.
func (t *Target) UnmarshalText(text []byte) error { return targets.unmarshal(text, t) }

// Scopes of the parts, below the scope that Stage2 is given.
const (
	fNetHead      = "f_net/head"
	fNetAttention = "f_net/attention"
	pNetHead      = "p_net/head"
)

// PNet is the scope of the P-Net's M_g, the one to keep, below that of a Stage2.
func (s Stage2) PNet(scope *model.Scope) *model.Scope { return below(scope, pNetHead) }

// FNet is the scope of the F-Net's frozen M_g.
func (s Stage2) FNet(scope *model.Scope) *model.Scope { return below(scope, fNetHead) }

// AM is the scope of the attention module.
func (s Stage2) AM(scope *model.Scope) *model.Scope { return below(scope, fNetAttention) }

func below(scope *model.Scope, path string) *model.Scope {
	return scope.Store().Scope(model.JoinPath(scope.Scope(), path))
}

// Init creates the variables below scope: two copies of M_g with the values of the
// variables below stage1, one of them frozen, and AM from the seed. It is an error if one
// exists already, or if stage1 does not hold the head's variables.
func (s Stage2) Init(scope, stage1 *model.Scope, dtype dtypes.DType, seed uint64) error {
	if s.Head == nil {
		return errors.New("head: stage 2: no head")
	}
	if err := targets.check(s.Target); err != nil {
		return err
	}
	if s.Attention != nil && s.Attention.FeatureLen() != s.Head.FeatureLen() {
		return fmt.Errorf("head: stage 2: attention for %d values behind a head for %d", s.Attention.FeatureLen(), s.Head.FeatureLen())
	}
	copies := []*model.Scope{s.FNet(scope), s.PNet(scope)}
	for _, to := range copies {
		if err := s.Head.Init(to, dtype, seed); err != nil {
			return fmt.Errorf("head: stage 2: %w", err)
		}
		if err := copyVariables(to, stage1); err != nil {
			return fmt.Errorf("head: stage 2: inherit stage 1: %w", err)
		}
	}
	for v := range copies[0].IterVariables() {
		v.SetTrainable(false)
	}
	if s.Attention == nil {
		return nil
	}
	if err := s.Attention.Init(s.AM(scope), dtype, seed); err != nil {
		return fmt.Errorf("head: stage 2: %w", err)
	}
	return nil
}

// copyVariables gives the variables below to the values of those below from. The two sets
// must have the same paths and shapes.
func copyVariables(to, from *model.Scope) error {
	n := 0
	for v := range from.IterVariables() {
		n++
		path := model.JoinPath(to.Scope(), v.Path()[len(model.JoinPath(from.Scope())):])
		w := to.Store().GetVariable(path)
		if w == nil || !w.Shape().EqualDimensions(v.Shape()) {
			return fmt.Errorf("%w: %s has no counterpart of its shape in the head", ErrParams, v)
		}
		values, err := dense.Values(v)
		if err != nil {
			return err
		}
		if err := dense.Set(w, values); err != nil {
			return err
		}
	}
	if have := to.NumVariables(); have != n {
		return fmt.Errorf("%w: the head has %d variables, stage 1 left %d below %s", ErrParams, have, n, from.Scope())
	}
	return nil
}

// Stage2Values are the values of a step, as nodes: what eq. 2 compares, and what tells
// whether it means anything.
type Stage2Values struct {
	// Frontal is M_g phi(I_f) of the F-Net, [batch, d], or phi(I_f) for TargetFeature: no
	// gradient flows through either. For TargetLive it is the P-Net's M_g phi(I_f), with
	// its gradient.
	Frontal *graph.Node
	// Target is M_g phi(I_f) * AM(phi(I_f)), [batch, d]. Gradients flow to AM only, and
	// through Frontal for TargetLive.
	Target *graph.Node
	// Frontalized is M_g phi(I_p) of the P-Net, [batch, d]. Gradients flow to the P-Net's
	// M_g.
	Frontalized *graph.Node
	// Weights are AM(phi(I_f)), [batch, d]; nil without attention.
	Weights *graph.Node
	// TargetNorm and FrontalizedNorm are the mean norms over the batch, scalars without
	// gradient, and WeightMean and WeightStd the mean and the standard deviation of all
	// weights, nil without attention. Log them: if the norms or the weights fall with the
	// loss, it learns to shrink.
	TargetNorm, FrontalizedNorm, WeightMean, WeightStd *graph.Node
}

// Forward builds both networks on the frozen extractor's features of a batch of pairs:
// frontal phi(I_f) and profile phi(I_p), [batch, d], and the pose vectors of both,
// [batch, PoseLen], nil for PoseNone.
func (s Stage2) Forward(scope *model.Scope, frontal, frontalPose, profile, profilePose *graph.Node) Stage2Values {
	frontal, profile = graph.StopGradient(frontal), graph.StopGradient(profile)
	v := Stage2Values{Frontal: frontal, Frontalized: s.Head.Forward(s.PNet(scope), profile, profilePose)}
	switch s.Target {
	case TargetFrontalized:
		v.Frontal = graph.StopGradient(s.frozen(scope, frontal, frontalPose))
	case TargetLive:
		v.Frontal = s.Head.Forward(s.PNet(scope), frontal, frontalPose)
	}
	v.Target = v.Frontal
	if s.Attention != nil {
		v.Weights = s.Attention.Forward(s.AM(scope), frontal)
		v.Target = graph.Mul(v.Frontal, v.Weights)
		w := graph.StopGradient(v.Weights)
		v.WeightMean = graph.ReduceAllMean(w)
		v.WeightStd = graph.Sqrt(graph.ReduceAllMean(graph.Square(graph.Sub(w, v.WeightMean))))
	}
	v.TargetNorm, v.FrontalizedNorm = dense.MeanNorm(v.Target), dense.MeanNorm(v.Frontalized)
	return v
}

// frozen builds the F-Net's M_g for inference even while the rest trains: a head with
// running statistics must neither use the batch's nor move them.
func (s Stage2) frozen(scope *model.Scope, f, p *graph.Node) *graph.Node {
	g, store := f.Graph(), scope.Store()
	if store.IsTraining(g) {
		store.SetTraining(g, false)
		defer store.SetTraining(g, true)
	}
	return s.Head.Forward(s.FNet(scope), f, p)
}
