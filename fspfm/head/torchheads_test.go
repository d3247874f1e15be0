package head

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/headtest"
)

// torchTolerance is what is allowed between PyTorch and an engine of the same dtype.
var torchTolerance = map[dtypes.DType]golden.Tolerance{
	dtypes.Float64: {Abs: 1e-10, Rel: 1e-10},
	dtypes.Float32: {Abs: 1e-5, Rel: 1e-5},
}

// TestTorch compares values and all gradients with PyTorch's (testdata/torch_heads.py),
// in both dtypes.
func TestTorch(t *testing.T) {
	fixture, err := golden.ReadFixture(filepath.Join("testdata", "torch_heads.json"))
	require.NoError(t, err)
	module := func(cfg Config) func(*model.Scope, []*graph.Node) *graph.Node {
		cfg.FeatureLen, cfg.PoseLen, cfg.Hidden, cfg.PoseHidden = 6, 5, 7, 4
		m, err := New(cfg)
		require.NoError(t, err)
		return func(scope *model.Scope, in []*graph.Node) *graph.Node { return m.Forward(scope, in[0], in[1]) }
	}
	attention := func(cfg AttentionConfig) func(*model.Scope, []*graph.Node) *graph.Node {
		cfg.FeatureLen, cfg.Hidden = 6, 7
		a, err := NewAttention(cfg)
		require.NoError(t, err)
		return func(scope *model.Scope, in []*graph.Node) *graph.Node { return a.Forward(scope, in[0]) }
	}
	single := openEngine(t, "gonum")
	for name, build := range map[string]func(*model.Scope, []*graph.Node) *graph.Node{
		"module/default":     module(Config{}),
		"module/letter":      module(Config{Scale: ScaleNone, RawPose: true}),
		"module/tanh":        module(Config{Gate: GateTanh, Blocks: 1, RawPose: true}),
		"attention/mean-one": attention(AttentionConfig{}),
		"attention/plain":    attention(AttentionConfig{Form: AttentionPlain, Scale: ScaleNone}),
		"attention/residual": attention(AttentionConfig{Form: AttentionResidual}),
	} {
		t.Run(name, func(t *testing.T) {
			compareTorch(t, theEngine(t), fixture, name+"/float64/", dtypes.Float64, build)
			compareTorch(t, single, fixture, name+"/float32/", dtypes.Float32, build)
		})
	}
}

// compareTorch makes a case of the tensors whose names begin with prefix, and compares.
func compareTorch(t *testing.T, b backend.Backend, fixture golden.Fixture, prefix string, dtype dtypes.DType,
	build func(*model.Scope, []*graph.Node) *graph.Node) {
	t.Helper()
	c := headtest.Case{Build: build, Store: model.NewStore()}
	want := map[string]golden.Tensor{}
	for _, x := range fixture {
		name, ok := strings.CutPrefix(x.Name, prefix)
		switch {
		case !ok:
		case name == "value" || strings.HasPrefix(name, "d/"):
			want[name] = x
		case name == "weights":
			c.Weights = x.Float64s()
		case strings.HasPrefix(name, "input"):
			c.Inputs = append(c.Inputs, x)
		default:
			v, err := c.Store.CreateVariable("/"+name, dense.Tensor(dtypes.Float64, x.Float64s(), x.Shape.Dimensions))
			require.NoError(t, err)
			v.SetTrainable(!strings.HasPrefix(name, "pose/"))
		}
	}
	got, err := c.Slopes(b, dtype)
	require.NoError(t, err)
	require.Greater(t, len(got), 5)
	require.Len(t, want, len(got), "PyTorch and the graph have the same gradients")
	for _, g := range got {
		require.Contains(t, want, g.Name)
		require.NoError(t, golden.Compare(g, want[g.Name], torchTolerance[dtype]), g.Name)
	}
}
