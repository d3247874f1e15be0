package baseline

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/dense"
)

// PCTN stands for the implicit space Pose Consistent Transfer Network (Zeng et al.,
// Pattern Recognition Letters 176, 2023). Little more than the title is public: features
// are taken to an implicit space, moved there to a consistent pose, and recognized.
//
// Filled in, that is, everything: the implicit space has the width h = d, reached by z =
// PReLU(FC(f)); the transfer there is z' = z + FC(PReLU(FC([z, p]))), with the pose
// feature p beside the code, standardized over the training set; and the way back is M(f)
// = f + FC(z'), its last layer at zero to begin with. Compare with its published figures,
// not with this, where the authors' method is meant.
type PCTN struct{ kind }

var _ head.Fitter = (*PCTN)(nil)

// NewPCTN returns the head for features of length d and pose features of length poseLen.
func NewPCTN(d, poseLen int) (*PCTN, error) {
	k, err := newKind("pctn", d, head.PoseFeature, poseLen)
	return &PCTN{k}, err
}

// Init creates the variables.
func (h *PCTN) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	vars := append(dense.Linear("encode", h.d, h.d, false), dense.PReLU("encode/prelu", h.d))
	vars = append(vars, dense.Linear("transfer1", h.d+h.poseLen, h.d, false)...)
	vars = append(vars, dense.PReLU("transfer1/prelu", h.d))
	vars = append(vars, dense.Linear("transfer2", h.d, h.d, false)...)
	vars = append(vars, dense.Linear("decode", h.d, h.d, true)...)
	return h.create(scope, dtype, seed, append(vars, h.standard().Variables()...)...)
}

func (h *PCTN) standard() dense.Standard { return dense.Standard{Name: "pose", Len: h.poseLen} }

// Fit measures mean and standard deviation of the pose features, [n][poseLen].
func (h *PCTN) Fit(scope *model.Scope, _, poses [][]float32) error {
	if err := h.standard().Fit(scope, poses); err != nil {
		return fmt.Errorf("baseline: fit pctn: %w", err)
	}
	return nil
}

// Forward returns f + FC(z').
func (h *PCTN) Forward(scope *model.Scope, f, p *graph.Node) *graph.Node {
	head.CheckInput(h, f, p)
	l := h.layers(scope)
	p = h.standard().Forward(l, p)
	return residual(f, func(x *graph.Node) *graph.Node {
		z := l.PReLU("encode/prelu", l.Linear("encode", x))
		moved := l.PReLU("transfer1/prelu", l.Linear("transfer1", graph.Concatenate([]*graph.Node{z, p}, -1)))
		return l.Linear("decode", graph.Add(z, l.Linear("transfer2", moved)))
	})
}
