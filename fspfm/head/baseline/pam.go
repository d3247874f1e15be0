package baseline

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/dense"
)

// PAM is the Pose Attention Module (Tsai and Yeh, arXiv 2111.11940) from its description:
// the residual between poses is learned in a hierarchy of feature maps, with a soft gate,
// in a fraction of DREAM's memory. Neither equations nor code are public.
//
// Filled in: everything but that sentence. The network's own place is inside an
// extractor, one PAMBlock after each of its stages; that needs an extractor which trains
// along. Behind a frozen one there is a vector only, and PAM is then a hierarchy on it:
// three PAMBlocks one after the other, from a narrow bottleneck to wider ones (d/16, d/8,
// d/4), each adding its residual times the gate. The gate is DREAM's, which PAM's authors
// compare with.
type PAM struct {
	kind
	blocks []PAMBlock
}

// NewPAM returns the head for features of length d.
func NewPAM(d int) (*PAM, error) {
	k, err := newKind("pam", d, head.PoseAngles, 0)
	h := &PAM{kind: k}
	for _, reduction := range []int{16, 8, 4} {
		h.blocks = append(h.blocks, PAMBlock{Channels: d, Reduction: reduction})
	}
	return h, err
}

// Init creates the variables of the blocks, which change nothing yet.
func (h *PAM) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	for i, b := range h.blocks {
		if err := b.Init(at(scope, blockName(i)), dtype, seed+uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

func blockName(i int) string { return fmt.Sprintf("level%d", i+1) }

// Forward passes the blocks.
func (h *PAM) Forward(scope *model.Scope, f, p *graph.Node) *graph.Node {
	head.CheckInput(h, f, p)
	gate := dreamGate(yawDeg(p))
	return residual(f, func(x *graph.Node) *graph.Node {
		var change *graph.Node
		for i, b := range h.blocks {
			r := b.Residual(at(scope, blockName(i)), x, gate)
			x, change = graph.Add(x, r), sum(change, r)
		}
		return change
	})
}

// PAMBlock is one level of PAM: a residual of a feature map, the same at every position,
// through a bottleneck, times a gate per image:
//
//	x + g FC(PReLU(FC(x)))   over the channels c -> c / Reduction -> c.
//
// The gate's coefficient may be anything between 0 and 1 that says how far an image is
// from what the extractor likes: the pose, or age, or light.
type PAMBlock struct {
	Channels int
	// Reduction is the bottleneck's; 0 stands for 16. It has one channel at least.
	Reduction int
}

// Init creates the variables; the last layer is zero, so that the block changes nothing
// until it is trained.
func (b PAMBlock) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	if b.Channels < 1 || b.Reduction < 0 {
		return fmt.Errorf("baseline: pam block: want channels and a reduction, got %+v", b)
	}
	reduction := b.Reduction
	if reduction == 0 {
		reduction = 16
	}
	hidden := max(1, b.Channels/reduction)
	vars := append(dense.Linear("fc1", b.Channels, hidden, false), dense.PReLU("prelu", hidden))
	vars = append(vars, dense.Linear("fc2", hidden, b.Channels, true)...)
	if err := dense.Create(scope, dtype, seed, vars); err != nil {
		return fmt.Errorf("baseline: initialize pam block: %w", err)
	}
	return nil
}

// Forward returns the map with the gated residual added: x [batch, height, width,
// channels] or [batch, channels], gate [batch, 1].
func (b PAMBlock) Forward(scope *model.Scope, x, gate *graph.Node) *graph.Node {
	return graph.Add(x, b.Residual(scope, x, gate))
}

// Residual is what Forward adds.
func (b PAMBlock) Residual(scope *model.Scope, x, gate *graph.Node) *graph.Node {
	dims := x.Shape().Dimensions
	if rank := len(dims); rank != 2 && rank != 4 || dims[rank-1] != b.Channels {
		panic(fmt.Errorf("baseline: pam block: want [batch, %d] or [batch, height, width, %d], got %s", b.Channels, b.Channels, x.Shape()))
	}
	if g := gate.Shape().Dimensions; len(g) != 2 || g[0] != dims[0] || g[1] != 1 {
		panic(fmt.Errorf("baseline: pam block: want a gate [%d, 1], got %s", dims[0], gate.Shape()))
	}
	l := dense.Layers{Network: "baseline: pam block", Scope: scope}
	r := l.Linear("fc2", l.PReLU("prelu", l.Linear("fc1", graph.Reshape(x, -1, b.Channels))))
	r = graph.Reshape(r, dims...)
	if len(dims) == 4 {
		gate = graph.Reshape(gate, dims[0], 1, 1, 1)
	}
	return graph.Mul(r, gate)
}
