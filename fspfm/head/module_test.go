package head

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/internal/dense"
)

const testSeed = 42

// testEngine is shared by all tests, because a tensor that was on one engine cannot be
// used on another.
var testEngine = sync.OnceValues(func() (backend.Backend, error) { return backend.Open("gonum:float64") })

func theEngine(t testing.TB) backend.Backend {
	t.Helper()
	b, err := testEngine()
	require.NoError(t, err)
	return b
}

// normal returns seeded values.
func normal(stream uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(testSeed, stream))
	values := make([]float64, n)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return values
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, x := range values {
		out[i] = float32(x)
	}
	return out
}

// shake moves every variable below scope away from its initial value.
func shake(t testing.TB, scope *model.Scope, stream uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(testSeed, stream))
	for v := range scope.IterVariables() {
		values, err := dense.Values(v)
		require.NoError(t, err)
		for i := range values {
			values[i] = values[i]*(1+0.3*rng.Float64()) + 0.1*rng.NormFloat64()
			if v.Name() == "std" {
				values[i] = 0.5 + rng.Float64()
			}
		}
		require.NoError(t, dense.Set(v, values))
	}
}

// newModule returns a module with shaken variables in a store.
func newModule(t testing.TB, cfg Config, dtype dtypes.DType) (*Module, *model.Store) {
	t.Helper()
	m, err := New(cfg)
	require.NoError(t, err)
	store := model.NewStore()
	require.NoError(t, m.Init(store.RootScope(), dtype, testSeed))
	shake(t, store.RootScope(), 7)
	return m, store
}

// forward runs a head on a batch in float64.
func forward(t testing.TB, h Head, store *model.Store, f, p []float64) []float64 {
	t.Helper()
	n := len(f) / h.FeatureLen()
	in := []any{tensors.FromFlatDataAndDimensions(slices.Clone(f), n, h.FeatureLen())}
	if h.PoseInput() != PoseNone {
		in = append(in, tensors.FromFlatDataAndDimensions(slices.Clone(p), n, h.PoseLen()))
	}
	out, err := model.CallOnce(theEngine(t), store, func(scope *model.Scope, in []*graph.Node) *graph.Node {
		return h.Forward(scope, in[0], append(in, nil)[1])
	}, in...)
	require.NoError(t, err)
	return tensors.MustCopyFlatData[float64](out)
}

// TestUntrainedChangesNothing is the guarantee of Config.RandomStart's default: bit for
// bit, in the graph and in plain Go.
func TestUntrainedChangesNothing(t *testing.T) {
	for _, cfg := range []Config{{}, {Scale: ScaleNone}, {Gate: GateNone, Blocks: 3}, {RawPose: true, Hidden: 3}, {PoseInput: PoseAngles, PoseLen: 3}} {
		cfg.FeatureLen, cfg.PoseLen = 8, cmp.Or(cfg.PoseLen, 5)
		m, err := New(cfg)
		require.NoError(t, err)
		store := model.NewStore()
		require.NoError(t, m.Init(store.RootScope(), dtypes.Float64, testSeed))
		f, p := normal(1, 4*8), normal(2, 4*cfg.PoseLen)
		require.Equal(t, f, forward(t, m, store, f, p), "%+v", cfg)

		require.NoError(t, m.Read(store.RootScope()))
		dst := make([]float32, 8)
		require.NoError(t, m.Frontalize(dst, narrow(f[:8]), narrow(p[:cfg.PoseLen])))
		require.Equal(t, narrow(f[:8]), dst, "%+v", cfg)

		cfg.RandomStart = true
		m, err = New(cfg)
		require.NoError(t, err)
		store = model.NewStore()
		require.NoError(t, m.Init(store.RootScope(), dtypes.Float64, testSeed))
		require.NotEqual(t, f, forward(t, m, store, f, p), "%+v", cfg)
	}
}

// quieten scales shaken weights down to what training leaves: sums of order one.
func quieten(t *testing.T, store *model.Store) {
	t.Helper()
	for v := range store.IterVariables() {
		if v.Shape().Rank() != 2 {
			continue
		}
		values, err := dense.Values(v)
		require.NoError(t, err)
		for i := range values {
			values[i] /= 0.1 * math.Sqrt(float64(v.Shape().Dimensions[0]))
		}
		require.NoError(t, dense.Set(v, values))
	}
}

// TestPlainEqualsGraph compares Frontalize with the graph.
func TestPlainEqualsGraph(t *testing.T) {
	for _, cfg := range []Config{{}, {Scale: ScaleNone, Gate: GateTanh}, {Gate: GateNone, Blocks: 1, PoseHidden: 7}, {RawPose: true, Hidden: 5, Blocks: 3}, paperConfig} {
		cfg.FeatureLen, cfg.PoseLen = cmp.Or(cfg.FeatureLen, 12), cmp.Or(cfg.PoseLen, 9)
		m, store := newModule(t, cfg, dtypes.Float64)
		if cfg == paperConfig {
			quieten(t, store)
		}
		require.NoError(t, m.Read(store.RootScope()))
		const n = 5
		f, p := normal(1, n*cfg.FeatureLen), normal(2, n*cfg.PoseLen)
		want := forward(t, m, store, f, p)
		got := make([]float32, n*cfg.FeatureLen)
		require.NoError(t, m.FrontalizeBatch(got, narrow(f), narrow(p)))
		for i := range want {
			require.InDelta(t, want[i], float64(got[i]), 1e-5, "%+v", cfg)
		}
	}
}
