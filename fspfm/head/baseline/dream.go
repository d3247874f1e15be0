package baseline

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/dense"
)

// DREAM is Deep Residual EquivAriant Mapping (Cao et al., CVPR 2018) as its code was
// released:
//
//	M(f) = f + γ(yaw) R(f)
//	R = ReLU(W2 ReLU(W1 f + b1) + b2)
//	γ = sigmoid(10 (|yaw| / 45° - 1))
//
// with W1 and W2 [d, d]. The paper draws PReLU where the code has ReLU, and the code's
// ReLU after the second layer keeps residuals from being negative; so does this one. It
// starts at random: from zero, a ReLU would never leave it.
type DREAM struct{ kind }

// NewDREAM returns the head for features of length d.
func NewDREAM(d int) (*DREAM, error) {
	k, err := newKind("dream", d, head.PoseAngles, 0)
	return &DREAM{k}, err
}

// Init creates the variables.
func (h *DREAM) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	return h.create(scope, dtype, seed, append(dense.Linear("fc1", h.d, h.d, false), dense.Linear("fc2", h.d, h.d, false)...)...)
}

// Forward returns f + γ(yaw) R(f).
func (h *DREAM) Forward(scope *model.Scope, f, p *graph.Node) *graph.Node {
	head.CheckInput(h, f, p)
	l := h.layers(scope)
	return residual(f, func(x *graph.Node) *graph.Node {
		return graph.Mul(dreamGate(yawDeg(p)), dense.ReLU(l.Linear("fc2", dense.ReLU(l.Linear("fc1", x)))))
	})
}

// DREAMGate is γ for a yaw in radians: nearly 0 for a frontal face, 1/2 at 45 degrees,
// nearly 1 for a profile.
func DREAMGate(yaw float64) float64 {
	return 1 / (1 + math.Exp(-10*(math.Abs(yaw)*180/math.Pi/45-1)))
}

// dreamGate is DREAMGate of |yaw| in degrees, [batch, 1].
func dreamGate(yawDeg *graph.Node) *graph.Node { return yawGate(yawDeg, 0, 45) }

// yawGate is sigmoid(10 ((|yaw| - shift) / width - 1)): 1/2 at shift + width.
func yawGate(yawDeg *graph.Node, shift, width float64) *graph.Node {
	return graph.Sigmoid(graph.MulScalar(graph.AddScalar(graph.DivScalar(graph.AddScalar(yawDeg, -shift), width), -1), 10))
}

// yawDeg is |yaw| in degrees, [batch, 1], of angles [batch, 3].
func yawDeg(p *graph.Node) *graph.Node {
	if p.Shape().Dim(-1) != 3 {
		panic(fmt.Errorf("baseline: want yaw, pitch and roll, got %s", p.Shape()))
	}
	yaw := graph.Slice(p, graph.AxisRange(), graph.AxisElem(0))
	return graph.MulScalar(graph.Abs(yaw), 180/math.Pi)
}
