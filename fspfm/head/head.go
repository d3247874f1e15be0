package head

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Head is what stands behind a face feature extractor phi: it maps a feature, with what
// is known about the head's pose, to a feature of the same length that depends less on
// the pose. Module is the paper's; package baseline has those it is compared with. All
// are trained by the same loop.
//
// A gallery's features and a probe's are both mapped. Heads hold no variables themselves,
// but find them below the scope they are given: one Head may be used with several scopes,
// and concurrently as far as these allow.
type Head interface {
	// Name is short and fit for tables and file names.
	Name() string
	// FeatureLen is d, the length of the features on both sides.
	FeatureLen() int
	// PoseLen is the length of the pose vector, 0 if the head takes none.
	PoseLen() int
	// PoseInput says what the pose vector holds.
	PoseInput() PoseInput
	// Init creates the variables below scope, in Float32 or Float64, from a seed (default
	// 42). It is an error if one exists.
	Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error
	// Forward builds the graph: f [batch, d], p [batch, PoseLen] (nil for PoseNone) ->
	// [batch, d]. It panics, as graph-building functions do, on shapes, dtypes or
	// variables that do not fit.
	Forward(scope *model.Scope, f, p *graph.Node) *graph.Node
}

// Fitter is a Head with statistics of the training set among its variables, which are
// measured once and then stay as they are. Fit comes after Init and before the first
// training step. Features are [n][d], poses [n][PoseLen].
type Fitter interface {
	Head
	Fit(scope *model.Scope, features, poses [][]float32) error
}

// PoseInput says what a head's pose vector holds.
type PoseInput int

const (
	// PoseFeature is the pose estimator's universal feature, the pooled one that its
	// angles are read from: 2048 values for HopeNet with a ResNet-50 trunk. The paper's
	// choice.
	PoseFeature PoseInput = iota
	// PoseAngles are yaw, pitch and roll in radians, in the frame of package pose.
	PoseAngles
	// PoseNone stands for heads that take no pose.
	PoseNone
)

var poseInputs = names[PoseInput]{"feature", "angles", "none"}

// String returns "feature", "angles" or "none".
func (p PoseInput) String() string { return poseInputs.of(p) }

// MarshalText returns the text of String.
func (p PoseInput) MarshalText() ([]byte, error) { return poseInputs.marshal(p) }

// UnmarshalText reads what MarshalText returns.
func (p *PoseInput) UnmarshalText(text []byte) error { return poseInputs.unmarshal(text, p) }

// names are those of an enumeration's values, from 0.
type names[T ~int] []string

func (n names[T]) of(v T) string {
	if v < 0 || int(v) >= len(n) {
		return fmt.Sprintf("%T(%d)", v, int(v))
	}
	return n[v]
}

func (n names[T]) marshal(v T) ([]byte, error) {
	if err := n.check(v); err != nil {
		return nil, err
	}
	return []byte(n[v]), nil
}

func (n names[T]) check(v T) error {
	if v < 0 || int(v) >= len(n) {
		return fmt.Errorf("head: unknown value %s", n.of(v))
	}
	return nil
}

func (n names[T]) unmarshal(text []byte, v *T) error {
	for i, name := range n {
		if name == string(text) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("head: unknown name %q: want one of %q", text, []string(n))
}

// CheckInput panics unless f and p are what the head takes. Implementations of Head call
// it first in Forward.
func CheckInput(h Head, f, p *graph.Node) {
	if d := f.Shape().Dimensions; len(d) != 2 || d[1] != h.FeatureLen() {
		panic(fmt.Errorf("head: %s: want features [batch, %d], got %s", h.Name(), h.FeatureLen(), f.Shape()))
	}
	if h.PoseInput() == PoseNone {
		if p != nil {
			panic(fmt.Errorf("head: %s: it takes no pose, got %s", h.Name(), p.Shape()))
		}
		return
	}
	if p == nil {
		panic(fmt.Errorf("head: %s: want poses [batch, %d], got none", h.Name(), h.PoseLen()))
	}
	d := p.Shape().Dimensions
	if len(d) != 2 || d[0] != f.Shape().Dimensions[0] || d[1] != h.PoseLen() || p.DType() != f.DType() {
		panic(fmt.Errorf("head: %s: want poses [batch, %d] beside features %s, got %s", h.Name(), h.PoseLen(), f.Shape(), p.Shape()))
	}
}
