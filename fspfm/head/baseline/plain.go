package baseline

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/vector"
)

// None leaves the feature as it is: the row of every table that shows the extractor
// alone.
type None struct{ kind }

// NewNone returns the head for features of length d.
func NewNone(d int) (*None, error) {
	k, err := newKind("none", d, head.PoseNone, 0)
	return &None{k}, err
}

// Init creates no variables.
func (n *None) Init(*model.Scope, dtypes.DType, uint64) error { return nil }

// Forward returns f.
func (n *None) Forward(_ *model.Scope, f, p *graph.Node) *graph.Node {
	head.CheckInput(n, f, p)
	return f
}

// MeanShift subtracts the training set's mean feature, of features scaled to unit length:
// M(f) = f - |f| mean. Features of a recognizer that was not trained with profiles share
// a component, and taking it out helps more than many a network. Nothing is trained; Fit
// measures the mean.
type MeanShift struct{ kind }

var _ head.Fitter = (*MeanShift)(nil)

// NewMeanShift returns the head for features of length d.
func NewMeanShift(d int) (*MeanShift, error) {
	k, err := newKind("mean", d, head.PoseNone, 0)
	return &MeanShift{k}, err
}

// Init creates the mean, a frozen variable, at zero: until Fit nothing changes.
func (m *MeanShift) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	return m.create(scope, dtype, seed, dense.Variable{Path: "mean", Dims: []int{m.d}, Law: dense.Constant(0), Frozen: true})
}

// Fit measures the mean of features [n][d], each scaled to unit length; those of length
// zero are left out. Poses are not looked at.
func (m *MeanShift) Fit(scope *model.Scope, features, _ [][]float32) error {
	mean, n := make([]float64, m.d), 0
	for i, f := range features {
		if len(f) != m.d {
			return fmt.Errorf("baseline: fit mean: feature %d: want %d values, got %d", i, m.d, len(f))
		}
		length := vector.Norm(f)
		if math.IsNaN(length) || math.IsInf(length, 0) {
			return fmt.Errorf("baseline: fit mean: feature %d is not finite", i)
		}
		if length == 0 {
			continue
		}
		n++
		for j, x := range f {
			mean[j] += float64(x) / length
		}
	}
	if n == 0 {
		return fmt.Errorf("baseline: fit mean: want at least one feature that is not zero, got %d in all", len(features))
	}
	for j := range mean {
		mean[j] /= float64(n)
	}
	if err := dense.SetBelow(scope, "mean", mean); err != nil {
		return fmt.Errorf("baseline: fit mean: %w", err)
	}
	return nil
}

// Forward returns f - |f| mean.
func (m *MeanShift) Forward(scope *model.Scope, f, p *graph.Node) *graph.Node {
	head.CheckInput(m, f, p)
	_, back := dense.Spread(f)
	length := graph.MulScalar(back, math.Sqrt(float64(m.d)))
	return graph.Sub(f, graph.Mul(m.layers(scope).Frozen("mean", f), length))
}

// Linear is one linear map with bias, M(f) = W f + b, from the identity on.
type Linear struct{ kind }

// NewLinear returns the head for features of length d.
func NewLinear(d int) (*Linear, error) {
	k, err := newKind("linear", d, head.PoseNone, 0)
	return &Linear{k}, err
}

// Init creates the change of the map, W - 1 and b, at zero.
func (l *Linear) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	return l.create(scope, dtype, seed, dense.Linear("fc", l.d, l.d, true)...)
}

// Forward returns W f + b, the bias at the feature's own scale.
func (l *Linear) Forward(scope *model.Scope, f, p *graph.Node) *graph.Node {
	head.CheckInput(l, f, p)
	return residual(f, func(x *graph.Node) *graph.Node { return l.layers(scope).Linear("fc", x) })
}

// MLP is a residual adapter that knows nothing of the pose: M(f) = f + FC(PReLU(FC(f))).
// With the default width it is FSPFM with every gate at one, and as many parameters as
// its two transformations have: what it lacks against FSPFM is the pose.
type MLP struct {
	kind
	hidden int
}

// NewMLP returns the head for features of length d, with this many hidden values; 0 stands
// for 2d.
func NewMLP(d, hidden int) (*MLP, error) { return newMLP("mlp", d, hidden) }

func newMLP(name string, d, hidden int) (*MLP, error) {
	k, err := newKind(name, d, head.PoseNone, 0)
	if err == nil && (hidden < 0 || hidden > maxLen) {
		err = fmt.Errorf("baseline: %s: want a width of at most %d, got %d", name, maxLen, hidden)
	}
	if hidden == 0 {
		hidden = 2 * d
	}
	return &MLP{kind: k, hidden: hidden}, err
}

// Init creates the variables, the last layer at zero.
func (m *MLP) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	vars := append(dense.Linear("fc1", m.d, m.hidden, false), dense.PReLU("prelu", m.hidden))
	return m.create(scope, dtype, seed, append(vars, dense.Linear("fc2", m.hidden, m.d, true)...)...)
}

// Forward returns f + FC(PReLU(FC(f))).
func (m *MLP) Forward(scope *model.Scope, f, p *graph.Node) *graph.Node {
	head.CheckInput(m, f, p)
	l := m.layers(scope)
	return residual(f, func(x *graph.Node) *graph.Node { return l.Linear("fc2", l.PReLU("prelu", l.Linear("fc1", x))) })
}

// NewPAD returns the student of PAD, "Pose-Invariant Face Recognition via Adaptive
// Angular Distillation" (Zhang et al., AAAI 2022), for features of length d: an MLP,
// which takes no pose.
//
// PAD is a loss more than a network: the angles between a teacher's frontal features and
// its class centers are distilled into the student's features of profiles, with a weight
// that grows with the pose. Package loss has that loss (angular distillation); trained
// with another one this head is an MLP. Filled in: the whole student, because PAD's is
// the extractor itself, which stays frozen here. The equations of the loss are not public
// either.
func NewPAD(d int) (*MLP, error) { return newMLP("pad", d, 0) }
