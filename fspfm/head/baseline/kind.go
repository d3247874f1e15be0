package baseline

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/dense"
)

// maxLen bounds every length.
const maxLen = 1 << 16

// kind is what all heads of this package answer in the same way.
type kind struct {
	name    string
	d       int
	pose    head.PoseInput
	poseLen int
}

// newKind checks the lengths. Angles are three values.
func newKind(name string, d int, pose head.PoseInput, poseLen int) (kind, error) {
	if pose == head.PoseAngles {
		poseLen = 3
	}
	k := kind{name: name, d: d, pose: pose, poseLen: poseLen}
	if d < 1 || d > maxLen {
		return k, fmt.Errorf("baseline: %s: want features of 1 to %d values, got %d", name, maxLen, d)
	}
	if pose == head.PoseFeature && (poseLen < 1 || poseLen > maxLen) {
		return k, fmt.Errorf("baseline: %s: want pose features of 1 to %d values, got %d", name, maxLen, poseLen)
	}
	return k, nil
}

// Name returns the head's name in Names.
func (k kind) Name() string { return k.name }

// FeatureLen returns d.
func (k kind) FeatureLen() int { return k.d }

// PoseLen returns the length of the pose vector, 0 for none.
func (k kind) PoseLen() int { return k.poseLen }

// PoseInput says what the pose vector holds.
func (k kind) PoseInput() head.PoseInput { return k.pose }

// create makes variables.
func (k kind) create(scope *model.Scope, dtype dtypes.DType, seed uint64, vars ...dense.Variable) error {
	if err := dense.Create(scope, dtype, seed, vars); err != nil {
		return fmt.Errorf("baseline: initialize %s: %w", k.name, err)
	}
	return nil
}

// layers finds the variables below scope.
func (k kind) layers(scope *model.Scope) dense.Layers {
	return dense.Layers{Network: "baseline: " + k.name, Scope: scope}
}

// residual is f + back * change(x), with x the feature at norm sqrt(d).
func residual(f *graph.Node, change func(x *graph.Node) *graph.Node) *graph.Node {
	x, back := dense.Spread(f)
	return graph.Add(f, graph.Mul(change(x), back))
}
