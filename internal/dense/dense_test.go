package dense

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
)

func engine(t *testing.T) backend.Backend {
	t.Helper()
	b, err := backend.Open("gonum:float64")
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

func TestCreate(t *testing.T) {
	vars := append(Linear("fc", 16, 300, false), PReLU("prelu", 4))
	vars = append(vars, Linear("last", 2, 2, true)...)
	vars = append(vars, Standard{Name: "x", Len: 2}.Variables()...)
	stores := [2]*model.Store{model.NewStore(), model.NewStore()}
	for i, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
		require.NoError(t, Create(stores[i].RootScope().In("net"), dtype, 42, vars))
	}
	get := func(i int, path string) []float64 {
		v := stores[i].GetVariable("/net/" + path)
		require.NotNil(t, v, path)
		values, err := Values(v)
		require.NoError(t, err)
		return values
	}
	rng := rand.New(rand.NewPCG(42, 0))
	weight := get(0, "fc/weight")
	largest := 0.0
	for i, x := range weight {
		require.Equal(t, 0.25*(2*rng.Float64()-1), x, "within 1/sqrt(16), from the seed")
		require.Equal(t, float64(float32(x)), get(1, "fc/weight")[i])
		largest = math.Max(largest, math.Abs(x))
		if i == 20 {
			break
		}
	}
	require.Positive(t, largest)
	require.Equal(t, []float64{0.25, 0.25, 0.25, 0.25}, get(0, "prelu/weight"))
	require.Equal(t, []float64{0, 0, 0, 0}, get(0, "last/weight"))
	require.Equal(t, []float64{1, 1}, get(0, "x/std"))
	require.False(t, stores[0].GetVariable("/net/x/std").Trainable)
	require.True(t, stores[0].GetVariable("/net/fc/bias").Trainable)

	require.ErrorContains(t, Create(stores[0].Scope("/net"), dtypes.Float64, 1, vars[2:3]), "exists already")
	require.ErrorContains(t, Create(stores[0].Scope("/other"), dtypes.Bool, 1, vars), "want Float32 or Float64")
	require.ErrorContains(t, Set(stores[0].GetVariable("/net/x/std"), []float64{1}), "want 2 values, got 1")
}

func TestSpread(t *testing.T) {
	f := [][]float64{{3, 0, -4, 0}, {0, 0, 0, 0}}
	out, err := graph.CallOnceN(engine(t), func(f *graph.Node) []*graph.Node {
		x, back := Spread(f)
		return []*graph.Node{x, back, graph.Gradient(graph.ReduceAllSum(x), f)[0]}
	}, f)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{1.2, 0, -1.6, 0, 0, 0, 0, 0}, tensors.MustCopyFlatData[float64](out[0]), 1e-12)
	back := tensors.MustCopyFlatData[float64](out[1])
	require.InDeltaSlice(t, []float64{2.5, 0}, back, 1e-6)
	require.Equal(t, back[0], SpreadFactor(25, 4))
	for _, g := range tensors.MustCopyFlatData[float64](out[2]) {
		require.False(t, math.IsNaN(g) || math.IsInf(g, 0), "a feature of zero has a finite gradient")
	}
}

// TestReLU: the slope at zero is zero, as in PyTorch.
func TestReLU(t *testing.T) {
	out, err := graph.CallOnceN(engine(t), func(x *graph.Node) []*graph.Node {
		y := ReLU(x)
		return []*graph.Node{y, graph.Gradient(graph.ReduceAllSum(y), x)[0]}
	}, []float64{-1, 0, 2})
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0, 2}, tensors.MustCopyFlatData[float64](out[0]))
	require.Equal(t, []float64{0, 0, 1}, tensors.MustCopyFlatData[float64](out[1]))
}

func TestMoments(t *testing.T) {
	mean, std, err := Moments([][]float32{{1, 5, 0.1, 0}, {2, 5, 0.1, 0}, {6, 5, 0.1, 0}}, 4)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{3, 5, 0.1, 0}, mean, 1e-7)
	require.InDeltaSlice(t, []float64{math.Sqrt(14.0 / 3), 1, 1, 1}, std, 1e-12)
}

func TestLayersErrors(t *testing.T) {
	store := model.NewStore()
	require.NoError(t, Create(store.RootScope(), dtypes.Float64, 1, Linear("fc", 2, 3, false)))
	_, err := model.CallOnce(engine(t), store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		return Layers{Network: "net", Scope: scope}.Linear("fc", x)
	}, [][]float64{{1, 2, 3}})
	require.ErrorContains(t, err, "net: layer fc: weights (Float64)[2, 3] do not fit input (Float64)[1, 3]")
}
