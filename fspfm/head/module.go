package head

import (
	"fmt"
	"sync/atomic"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/internal/dense"
)

// Module is FSPFM, the paper's feature space pose frontalization module M_g (eq. 1):
//
//	M_g phi(I) = phi(I) + T_1(phi(I)) * P_1(theta(I)) + T_2(phi(I)) * P_2(theta(I))
//
// with phi(I) the extractor's feature [d], theta(I) the pose estimator's feature, and *
// element by element. Every residual is taken from the same phi(I), not from the sum so
// far. T_k = FC-PReLU-FC is the transformation, P_k = FC-ReLU-FC-sigmoid the pose
// mapping, the soft gate. Config names what the paper leaves open. There is no batch
// normalization in T, which did worse with it.
//
// The extractor is trained together with M_g in the paper's stage 1, and frozen in stage
// 2 (Stage2); behind a foreign extractor it is frozen from the start. The pose estimator
// is always frozen.
//
// A Module is a definition, for graphs: Init and Forward. The method Read, SetParams or
// the function Read give it trained weights; from then on it maps features without a
// graph or an engine: Frontalize. It is safe for concurrent use.
type Module struct {
	cfg   Config
	plain atomic.Pointer[plain]
}

var _ Fitter = (*Module)(nil)

// New returns the module for a configuration, without weights.
func New(cfg Config) (*Module, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	return &Module{cfg: cfg}, nil
}

// Config returns the configuration, with defaults filled in.
func (m *Module) Config() Config { return m.cfg }

// Name returns "fspfm".
func (m *Module) Name() string { return "fspfm" }

// FeatureLen returns d.
func (m *Module) FeatureLen() int { return m.cfg.FeatureLen }

// PoseLen returns the length of the pose vector.
func (m *Module) PoseLen() int { return m.cfg.PoseLen }

// PoseInput says what the pose vector holds.
func (m *Module) PoseInput() PoseInput { return m.cfg.PoseInput }

// Paths of the statistics that center and scale the pose vector, [PoseLen] each.
const (
	poseStats = "pose"
	poseMean  = poseStats + "/mean"
	poseStd   = poseStats + "/std"
)

// variables lists the module's variables, in the order in which they are drawn.
func (m *Module) variables() []dense.Variable {
	var vars []dense.Variable
	for k := range m.cfg.Blocks {
		t, p := blockNames(k)
		vars = append(vars, dense.Linear(t+"/fc1", m.cfg.FeatureLen, m.cfg.Hidden, false)...)
		vars = append(vars, dense.PReLU(t+"/prelu", m.cfg.Hidden))
		vars = append(vars, dense.Linear(t+"/fc2", m.cfg.Hidden, m.cfg.FeatureLen, !m.cfg.RandomStart)...)
		vars = append(vars, dense.Linear(p+"/fc1", m.cfg.PoseLen, m.cfg.PoseHidden, false)...)
		vars = append(vars, dense.Linear(p+"/fc2", m.cfg.PoseHidden, m.cfg.FeatureLen, false)...)
	}
	if !m.cfg.RawPose {
		vars = append(vars, m.standard().Variables()...)
	}
	return vars
}

// blockNames are the paths of T_k and P_k, counted from 1 as in eq. 1.
func blockNames(k int) (t, p string) { return fmt.Sprintf("t%d", k+1), fmt.Sprintf("p%d", k+1) }

// NumParams counts the trainable parameters.
func (m *Module) NumParams() int {
	n := 0
	for _, v := range m.variables() {
		if !v.Frozen {
			n += v.Len()
		}
	}
	return n
}

// MACs counts the multiplications of the linear layers for one feature.
func (m *Module) MACs() int64 {
	c := m.cfg
	return int64(c.Blocks) * (2*int64(c.FeatureLen)*int64(c.Hidden) + int64(c.PoseLen+c.FeatureLen)*int64(c.PoseHidden))
}

// Init creates the variables below scope: linear layers by PyTorch's default law, slopes
// of 0.25, and the last layer of each T zero unless Config.RandomStart is set, so that
// Forward gives its input back, bit for bit, until it is trained.
func (m *Module) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	if err := dense.Create(scope, dtype, seed, m.variables()); err != nil {
		return fmt.Errorf("head: initialize module: %w", err)
	}
	return nil
}

// Fit measures mean and standard deviation of every element of the pose vector over a
// training set, [n][PoseLen], and keeps them in frozen variables below scope, where Init
// has put them. An element that does not vary is centered only. The features are not
// looked at, and may be nil. With Config.RawPose there is nothing to do.
func (m *Module) Fit(scope *model.Scope, _, poses [][]float32) error {
	if m.cfg.RawPose {
		return nil
	}
	if err := m.standard().Fit(scope, poses); err != nil {
		return fmt.Errorf("head: fit module: %w", err)
	}
	return nil
}

func (m *Module) standard() dense.Standard {
	return dense.Standard{Name: poseStats, Len: m.cfg.PoseLen}
}

// Forward builds eq. 1: f [batch, d], p [batch, PoseLen] -> [batch, d]. It takes the
// variables below scope, in the dtype of f, and panics where something does not fit; the
// message says what.
func (m *Module) Forward(scope *model.Scope, f, p *graph.Node) *graph.Node {
	CheckInput(m, f, p)
	l := dense.Layers{Network: "head: module", Scope: scope}
	if !m.cfg.RawPose {
		p = m.standard().Forward(l, p)
	}
	x, back := f, (*graph.Node)(nil)
	if m.cfg.Scale == ScaleNorm {
		x, back = dense.Spread(f)
	}
	var residual *graph.Node
	for k := range m.cfg.Blocks {
		t, q := blockNames(k)
		term := graph.Mul(
			l.Linear(t+"/fc2", l.PReLU(t+"/prelu", l.Linear(t+"/fc1", x))),
			m.cfg.Gate.node(l.Linear(q+"/fc2", dense.ReLU(l.Linear(q+"/fc1", p)))))
		if residual == nil {
			residual = term
		} else {
			residual = graph.Add(residual, term)
		}
	}
	if back != nil {
		residual = graph.Mul(residual, back)
	}
	return graph.Add(f, residual)
}

// node applies the gate's function.
func (g Gate) node(x *graph.Node) *graph.Node {
	switch g {
	case GateSigmoid:
		return graph.Sigmoid(x)
	case GateTanh:
		return graph.Tanh(x)
	}
	return x
}
