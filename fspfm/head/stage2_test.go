package head

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// snapshot copies every variable of a store.
func snapshot(t *testing.T, store *model.Store) map[string][]float64 {
	t.Helper()
	values := map[string][]float64{}
	for v := range store.IterVariables() {
		if !v.DType().IsFloat() {
			continue // the optimizer's counter
		}
		x, err := dense.Values(v)
		require.NoError(t, err)
		values[v.Path()] = x
	}
	return values
}

// sgd runs this many steps of plain gradient descent on a loss over the store's trainable
// variables, and returns the first and the last loss.
func sgd(t *testing.T, store *model.Store, rate float64, steps int, loss func(scope *model.Scope, in []*graph.Node) *graph.Node, in ...any) (first, last float64) {
	t.Helper()
	exec, err := model.NewExec(theEngine(t), store, func(scope *model.Scope, in []*graph.Node) *graph.Node {
		store.SetTraining(in[0].Graph(), true)
		value := loss(scope, in)
		optimizer.StochasticGradientDescent().WithDecay(false).WithLearningRate(rate).Done().UpdateGraph(scope, value.Graph(), value)
		return value
	})
	require.NoError(t, err)
	defer exec.Finalize()
	for i := range steps {
		out, err := exec.Call1(in...)
		require.NoError(t, err)
		last = tensors.ToScalar[float64](out)
		require.False(t, math.IsNaN(last))
		if i == 0 {
			first = last
		}
	}
	return first, last
}

func matrix(stream uint64, rows, columns int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(normal(stream, rows*columns), rows, columns)
}

// ada is eq. 2.
func ada(v Stage2Values) *graph.Node {
	return lossgraph.ADA(loss.ADA{}, v.Frontal, v.Weights, v.Frontalized)
}

// newStage2 returns stage 2 behind a trained module in "stage1", with everything in
// "stage2".
func newStage2(t *testing.T, attention AttentionConfig, s Stage2) (Stage2, *model.Store) {
	t.Helper()
	m, err := New(Config{FeatureLen: 6, PoseLen: 4, PoseHidden: 5})
	require.NoError(t, err)
	attention.FeatureLen = 6
	am, err := NewAttention(attention)
	require.NoError(t, err)
	s.Head, s.Attention = m, am
	store := model.NewStore()
	stage1 := store.RootScope().In("stage1")
	require.NoError(t, m.Init(stage1, dtypes.Float64, testSeed))
	shake(t, stage1, 8)
	scope := store.RootScope().In("stage2")
	require.NoError(t, s.Init(scope, stage1, dtypes.Float64, testSeed))
	for v := range stage1.IterVariables() {
		v.SetTrainable(false)
	}
	shake(t, s.AM(scope), 9)
	return s, store
}

// TestStage2MovesAttentionAndPNetOnly takes a few steps down L_ada, on features that a
// trainable phi gives: AM and the P-Net's FSPFM move, and nothing else does, bit for bit:
// not phi, not stage 1, not the F-Net's FSPFM, not the statistics of the pose vector.
func TestStage2MovesAttentionAndPNetOnly(t *testing.T) {
	for _, target := range []Target{TargetFrontalized, TargetFeature} {
		s, store := newStage2(t, AttentionConfig{}, Stage2{Target: target})
		_, err := store.CreateVariable("/phi/weight", matrix(10, 6, 6))
		require.NoError(t, err)
		before := snapshot(t, store)
		first, last := sgd(t, store, 0.01, 5, func(_ *model.Scope, in []*graph.Node) *graph.Node {
			phi := store.GetVariable("/phi/weight").NodeValue(in[0].Graph())
			frontal, profile := graph.Dot(in[0], phi).Product(), graph.Dot(in[2], phi).Product()
			return ada(s.Forward(store.Scope("/stage2"), frontal, in[1], profile, in[3]))
		}, matrix(11, 3, 6), matrix(12, 3, 4), matrix(13, 3, 6), matrix(14, 3, 4))
		require.Less(t, last, first)

		after := snapshot(t, store)
		moved := 0
		for path, was := range before {
			trains := strings.HasPrefix(path, "/stage2/f_net/attention/") || strings.HasPrefix(path, "/stage2/p_net/head/") && !strings.Contains(path, "/pose/")
			if trains {
				require.NotEqual(t, was, after[path], path)
				moved++
				continue
			}
			require.Equal(t, was, after[path], path)
		}
		require.Equal(t, 4+2*9, moved, "AM's four variables, and nine of each block")
		require.Equal(t, before["/stage2/f_net/head/t1/fc1/weight"], before["/stage2/p_net/head/t1/fc1/weight"], "both begin as stage 1 ended")
		require.Equal(t, before["/stage1/t1/fc1/weight"], before["/stage2/p_net/head/t1/fc1/weight"])
	}
}

// TestStage2Values holds the parts of eq. 2 to what each network gives by itself.
func TestStage2Values(t *testing.T) {
	s, store := newStage2(t, AttentionConfig{Form: AttentionPlain}, Stage2{})
	scope := store.Scope("/stage2")
	shake(t, s.PNet(scope), 15)
	in := []any{matrix(16, 3, 6), matrix(17, 3, 4), matrix(18, 3, 6), matrix(19, 3, 4)}
	out, err := model.CallOnceN(theEngine(t), store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		v := s.Forward(scope, in[0], in[1], in[2], in[3])
		m := s.Head
		return []*graph.Node{v.Target, graph.Mul(m.Forward(s.FNet(scope), in[0], in[1]), s.Attention.Forward(s.AM(scope), in[0])),
			v.Frontalized, m.Forward(s.PNet(scope), in[2], in[3]), v.TargetNorm, v.FrontalizedNorm, v.WeightMean, v.WeightStd, v.Weights}
	}, in...)
	require.NoError(t, err)
	values := func(i int) []float64 { return tensors.MustCopyFlatData[float64](out[i]) }
	require.Equal(t, values(1), values(0))
	require.Equal(t, values(3), values(2))
	for i, norm := range map[int]float64{0: values(4)[0], 2: values(5)[0]} {
		mean := 0.0
		for row := range 3 {
			squares := 0.0
			for _, x := range values(i)[row*6 : row*6+6] {
				squares += x * x
			}
			mean += math.Sqrt(squares) / 3
		}
		require.InDelta(t, mean, norm, 1e-12)
	}
	stats := StatsOf(narrow(values(8)))
	require.InDelta(t, stats.Mean, values(6)[0], 1e-6)
	require.InDelta(t, stats.Std, values(7)[0], 1e-6)
	require.InDelta(t, stats.Mean*18*stats.Mean*18/(18*(stats.Std*stats.Std+stats.Mean*stats.Mean)), stats.Effective, 1e-9)
}

// TestStage2Target: the F-Net's FSPFM is frozen twice. Its variables do not train, and no
// gradient would reach them if they did.
func TestStage2Target(t *testing.T) {
	s, store := newStage2(t, AttentionConfig{}, Stage2{})
	scope := store.Scope("/stage2")
	for v := range s.FNet(scope).IterVariables() {
		require.False(t, v.Trainable, v.Path())
	}
	paths := []string{"/stage2/f_net/head/t1/fc1/weight", "/stage2/f_net/head/p2/fc2/bias", "/stage2/p_net/head/t1/fc1/weight", "/stage2/f_net/attention/fc1/weight"}
	out, err := model.CallOnceN(theEngine(t), store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		v := s.Forward(scope, in[0], in[1], in[0], in[1])
		var nodes []*graph.Node
		for _, path := range paths {
			nodes = append(nodes, store.GetVariable(path).NodeValue(in[0].Graph()))
		}
		return graph.Gradient(graph.ReduceAllSum(graph.Square(v.Target)), nodes...)
	}, matrix(30, 2, 6), matrix(31, 2, 4))
	require.NoError(t, err)
	for i, path := range paths {
		largest := 0.0
		for _, g := range tensors.MustCopyFlatData[float64](out[i]) {
			largest = math.Max(largest, math.Abs(g))
		}
		require.Equal(t, i == 3, largest > 0, "%s: %g", path, largest)
	}
}

func TestStage2WithoutAttention(t *testing.T) {
	s, store := newStage2(t, AttentionConfig{}, Stage2{})
	s.Attention = nil
	out, err := model.CallOnceN(theEngine(t), store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		v := s.Forward(store.Scope("/stage2"), in[0], in[1], in[0], in[1])
		require.Nil(t, v.Weights)
		return []*graph.Node{v.Target, v.Frontalized}
	}, matrix(20, 2, 6), matrix(21, 2, 4))
	require.NoError(t, err)
	require.Equal(t, tensors.MustCopyFlatData[float64](out[0]), tensors.MustCopyFlatData[float64](out[1]), "both networks are stage 1's still")
}

// TestAttentionGuard lets AM weigh both sides of the distance between different features,
// so that the way down is to weigh nothing at all. With AttentionPlain the loss vanishes
// and teaches nothing; with AttentionMeanOne the weights keep their mean, and it cannot.
func TestAttentionGuard(t *testing.T) {
	for form, collapses := range map[AttentionForm]bool{AttentionPlain: true, AttentionMeanOne: false} {
		a, err := NewAttention(AttentionConfig{FeatureLen: 8, Form: form})
		require.NoError(t, err)
		store := model.NewStore()
		require.NoError(t, a.Init(store.RootScope(), dtypes.Float64, testSeed))
		weights := func(scope *model.Scope, in []*graph.Node) *graph.Node { return a.Forward(scope, in[0]) }
		frontal, profile := matrix(22, 4, 8), matrix(23, 4, 8)
		first, last := sgd(t, store, 0.05, 400, func(scope *model.Scope, in []*graph.Node) *graph.Node {
			w := weights(scope, in)
			return graph.ReduceAllMean(graph.ReduceSum(graph.Square(graph.Mul(w, graph.Sub(in[0], in[1]))), -1))
		}, frontal, profile)
		out, err := model.CallOnce(theEngine(t), store, weights, frontal)
		require.NoError(t, err)
		s := StatsOf(narrow(tensors.MustCopyFlatData[float64](out)))
		t.Logf("%s: loss %.3g -> %.3g, weights %+v", form, first, last, s)
		require.Less(t, last, first)
		if collapses {
			require.Less(t, s.Mean, 0.1, "the trap is not there any more: what does the guard guard against?")
			require.Less(t, last, first/50)
			continue
		}
		require.InDelta(t, 1, s.Mean, 1e-6)
	}
}

func TestStatsOf(t *testing.T) {
	require.Equal(t, AttentionStats{}, StatsOf(nil))
	require.Equal(t, AttentionStats{Mean: 1, Std: 1, Min: 0, Max: 2, Effective: 1}, StatsOf([]float32{0, 2}))
	require.Equal(t, AttentionStats{Mean: 0.5, Min: 0.5, Max: 0.5, Effective: 4}, StatsOf([]float32{0.5, 0.5, 0.5, 0.5}))
	require.Equal(t, AttentionStats{}, StatsOf([]float32{0, 0}))
}

func TestStage2Errors(t *testing.T) {
	store := model.NewStore()
	root := store.RootScope()
	require.ErrorContains(t, Stage2{}.Init(root, root, dtypes.Float64, 1), "no head")
	m, err := New(Config{FeatureLen: 4, PoseLen: 3})
	require.NoError(t, err)
	a, err := NewAttention(AttentionConfig{FeatureLen: 5})
	require.NoError(t, err)
	require.ErrorContains(t, Stage2{Head: m, Attention: a}.Init(root, root, dtypes.Float64, 1), "attention for 5 values behind a head for 4")
	require.ErrorContains(t, Stage2{Head: m, Target: 7}.Init(root, root, dtypes.Float64, 1), "unknown value")
	require.ErrorIs(t, Stage2{Head: m}.Init(store.Scope("/a"), store.Scope("/empty"), dtypes.Float64, 1), ErrParams)
	other, err := New(Config{FeatureLen: 5, PoseLen: 3})
	require.NoError(t, err)
	require.NoError(t, other.Init(store.Scope("/other"), dtypes.Float64, 1))
	require.ErrorIs(t, Stage2{Head: m}.Init(store.Scope("/b"), store.Scope("/other"), dtypes.Float64, 1), ErrParams)
	require.NoError(t, m.Init(store.Scope("/m"), dtypes.Float64, 1))
	require.ErrorContains(t, Stage2{Head: m}.Init(store.Scope("/a"), store.Scope("/m"), dtypes.Float64, 1), "exists already")
}

// TestStage2LiveTarget: the target is the P-Net's own, and moves with it.
func TestStage2LiveTarget(t *testing.T) {
	s, store := newStage2(t, AttentionConfig{}, Stage2{Target: TargetLive})
	s.Attention = nil
	scope := store.Scope("/stage2")
	shake(t, s.PNet(scope), 15)
	out, err := model.CallOnceN(theEngine(t), store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		v := s.Forward(scope, in[0], in[1], in[0], in[1])
		p := store.GetVariable("/stage2/p_net/head/t1/fc1/weight").NodeValue(in[0].Graph())
		return []*graph.Node{v.Target, v.Frontalized, graph.Gradient(graph.ReduceAllSum(graph.Square(v.Target)), p)[0]}
	}, matrix(20, 2, 6), matrix(21, 2, 4))
	require.NoError(t, err)
	require.Equal(t, tensors.MustCopyFlatData[float64](out[0]), tensors.MustCopyFlatData[float64](out[1]))
	largest := 0.0
	for _, g := range tensors.MustCopyFlatData[float64](out[2]) {
		largest = math.Max(largest, math.Abs(g))
	}
	require.Positive(t, largest)
	var target Target
	require.NoError(t, target.UnmarshalText([]byte("live")))
	require.Equal(t, TargetLive, target)
}
