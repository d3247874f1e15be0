package head

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/headtest"
	"github.com/pifr-go/pifr/internal/longtest"
	"github.com/pifr-go/pifr/internal/reference"
)

// The chain of truth for Module and Attention: the formula in internal/reference, with
// its own gradient and its own tests; the graph on gonum:float64 against it; central
// differences; the other engines; PyTorch (torchheads_test.go).

// formulaTolerance is the relative one between the formula and the graph in float64.
var formulaTolerance = golden.Tolerance{Abs: 1e-12, Rel: 1e-12}

// moduleConfigs are the choices that change the graph.
var moduleConfigs = map[string]Config{
	"default":   {},
	"letter":    {Scale: ScaleNone, RawPose: true},
	"tanh":      {Gate: GateTanh, Hidden: 7},
	"none":      {Gate: GateNone, Blocks: 1},
	"three":     {Blocks: 3, PoseHidden: 2},
	"raw scale": {RawPose: true},
}

func moduleCase(t *testing.T, cfg Config) (*Module, headtest.Case) {
	t.Helper()
	cfg.FeatureLen, cfg.PoseLen, cfg.PoseHidden = 5, 4, cmp.Or(cfg.PoseHidden, 6)
	m, err := New(cfg)
	require.NoError(t, err)
	store := model.NewStore()
	require.NoError(t, m.Init(store.RootScope(), dtypes.Float64, headtest.Seed))
	require.NoError(t, headtest.Shake(store.RootScope(), 1))
	return m, headtest.Case{
		Build:  func(scope *model.Scope, in []*graph.Node) *graph.Node { return m.Forward(scope, in[0], in[1]) },
		Store:  store,
		Inputs: []golden.Tensor{headtest.Normal(2, 3, 5), headtest.Normal(3, 3, 4)},
	}
}

// attentionConfigs are the choices that change the graph.
var attentionConfigs = map[string]AttentionConfig{
	"default":  {},
	"plain":    {Form: AttentionPlain, Scale: ScaleNone},
	"residual": {Form: AttentionResidual, Hidden: 3, Gate: GateTanh},
	"none":     {Form: AttentionPlain, Gate: GateNone},
}

func attentionCase(t *testing.T, cfg AttentionConfig) (*Attention, headtest.Case) {
	t.Helper()
	cfg.FeatureLen = 5
	a, err := NewAttention(cfg)
	require.NoError(t, err)
	store := model.NewStore()
	require.NoError(t, a.Init(store.RootScope(), dtypes.Float64, headtest.Seed))
	require.NoError(t, headtest.Shake(store.RootScope(), 4))
	return a, headtest.Case{
		Build:  func(scope *model.Scope, in []*graph.Node) *graph.Node { return a.Forward(scope, in[0]) },
		Store:  store,
		Inputs: []golden.Tensor{headtest.Normal(5, 3, 5)},
	}
}

// eachCase calls f for every configuration of both.
func eachCase(t *testing.T, f func(t *testing.T, c headtest.Case)) {
	for name, cfg := range moduleConfigs {
		t.Run("module/"+name, func(t *testing.T) {
			_, c := moduleCase(t, cfg)
			f(t, c)
		})
	}
	for name, cfg := range attentionConfigs {
		t.Run("attention/"+name, func(t *testing.T) {
			_, c := attentionCase(t, cfg)
			f(t, c)
		})
	}
}

func TestGradientsAreDifferences(t *testing.T) {
	eachCase(t, func(t *testing.T, c headtest.Case) {
		worst, where, err := c.Differences(theEngine(t))
		require.NoError(t, err)
		t.Logf("worst %.2g: %s", worst, where)
		require.Less(t, worst, 1e-6, where)
	})
}

// TestEnginesAgree compares value and gradients on every engine, in both dtypes, with
// gonum:float64. XLA takes a second to compile a case: it gets the defaults only, and
// those where long tests are wanted.
func TestEnginesAgree(t *testing.T) {
	engines := map[string]backend.Backend{}
	for _, name := range []string{"gonum", "go", "xla:cpu"} {
		if slices.Contains(backend.Names(), name) && (name != "xla:cpu" || longtest.Wanted()) {
			engines[name] = openEngine(t, name)
		}
	}
	eachCase(t, func(t *testing.T, c headtest.Case) {
		for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
			want, err := c.Slopes(theEngine(t), dtype)
			require.NoError(t, err)
			for name, b := range engines {
				if name == "xla:cpu" && !strings.HasSuffix(t.Name(), "default") {
					continue
				}
				got, err := c.Slopes(b, dtype)
				require.NoError(t, err, name)
				for i, w := range want {
					require.NoError(t, golden.Compare(got[i], w, golden.ToleranceFor(name, dtype)), "%s on %s", w.Name, name)
				}
			}
		}
	})
}

// matrices finds variables as the reference takes them.
type matrices struct {
	t     *testing.T
	store *model.Store
}

func (m matrices) vector(path string) []float64 {
	v := m.store.GetVariable("/" + path)
	require.NotNil(m.t, v, path)
	values, err := dense.Values(v)
	require.NoError(m.t, err)
	return values
}

func (m matrices) fc(name string) reference.FC {
	dims := m.store.GetVariable("/" + name + "/weight").Shape().Dimensions
	return reference.FC{W: mat.NewDense(dims[0], dims[1], m.vector(name+"/weight")), B: m.vector(name + "/bias")}
}

func referenceGate(g Gate) reference.Gate {
	return []reference.Gate{reference.Sigmoid, reference.Tanh, reference.Identity}[g]
}

func dense2(t golden.Tensor) *mat.Dense {
	return mat.NewDense(t.Shape.Dimensions[0], t.Shape.Dimensions[1], t.Float64s())
}

// expected collects the reference's results under the names of headtest.
type expected map[string][]float64

func (e expected) fc(name string, l reference.FC) {
	e["d/"+name+"/weight"], e["d/"+name+"/bias"] = flat(l.W), l.B
}

func flat(m *mat.Dense) []float64 { return m.RawMatrix().Data }

func (e expected) compare(t *testing.T, c headtest.Case) {
	t.Helper()
	got, err := c.Slopes(theEngine(t), dtypes.Float64)
	require.NoError(t, err)
	require.Len(t, got, len(e))
	for _, g := range got {
		want, ok := e[g.Name]
		require.True(t, ok, g.Name)
		require.NoError(t, golden.Compare(g, golden.Of(want, g.Shape.Dimensions...).Named(g.Name), formulaTolerance))
	}
}

func TestModuleIsTheFormula(t *testing.T) {
	for name, cfg := range moduleConfigs {
		t.Run(name, func(t *testing.T) {
			m, c := moduleCase(t, cfg)
			vars := matrices{t, c.Store}
			ref := reference.Module{Gate: referenceGate(m.cfg.Gate), Norm: m.cfg.Scale == ScaleNorm}
			if !m.cfg.RawPose {
				ref.Mean, ref.Std = vars.vector(poseMean), vars.vector(poseStd)
			}
			for k := range m.cfg.Blocks {
				tk, pk := fmt.Sprintf("t%d", k+1), fmt.Sprintf("p%d", k+1)
				ref.Blocks = append(ref.Blocks, reference.Block{T1: vars.fc(tk + "/fc1"), Slope: vars.vector(tk + "/prelu/weight"),
					T2: vars.fc(tk + "/fc2"), P1: vars.fc(pk + "/fc1"), P2: vars.fc(pk + "/fc2")})
			}
			f, p := dense2(c.Inputs[0]), dense2(c.Inputs[1])
			value := ref.Forward(f, p)
			g := ref.Backward(f, p, dense2(headtest.Weights(3, 5)))
			want := expected{"value": flat(value), "d/input0": flat(g.F), "d/input1": flat(g.P)}
			for k, b := range g.Blocks {
				tk, pk := fmt.Sprintf("t%d", k+1), fmt.Sprintf("p%d", k+1)
				want.fc(tk+"/fc1", b.T1)
				want["d/"+tk+"/prelu/weight"] = b.Slope
				want.fc(tk+"/fc2", b.T2)
				want.fc(pk+"/fc1", b.P1)
				want.fc(pk+"/fc2", b.P2)
			}
			want.compare(t, c)
		})
	}
}

func TestAttentionIsTheFormula(t *testing.T) {
	for name, cfg := range attentionConfigs {
		t.Run(name, func(t *testing.T) {
			a, c := attentionCase(t, cfg)
			vars := matrices{t, c.Store}
			ref := reference.Attention{FC1: vars.fc("fc1"), FC2: vars.fc("fc2"), Gate: referenceGate(a.cfg.Gate), Norm: a.cfg.Scale == ScaleNorm,
				Form: []reference.Form{reference.MeanOne, reference.Plain, reference.Residual}[a.cfg.Form]}
			f := dense2(c.Inputs[0])
			df, da := ref.Backward(f, dense2(headtest.Weights(3, 5)))
			want := expected{"value": flat(ref.Forward(f)), "d/input0": flat(df)}
			want.fc("fc1", da.FC1)
			want.fc("fc2", da.FC2)
			want.compare(t, c)
		})
	}
}
