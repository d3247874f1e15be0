package head

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/dense"
)

func TestParamsThereAndBack(t *testing.T) {
	m, store := newModule(t, Config{FeatureLen: 6, PoseLen: 4}, dtypes.Float32)
	require.NoError(t, m.Read(store.RootScope()))
	params, err := m.Params()
	require.NoError(t, err)
	require.Len(t, params, len(m.variables()))

	other := model.NewStore()
	require.NoError(t, m.Write(other.RootScope().In("head"), dtypes.Float64))
	back, err := ReadParams(other.Scope("/head"))
	require.NoError(t, err)
	require.Equal(t, params, back)
	require.False(t, other.GetVariable("/head/pose/mean").Trainable)
	require.True(t, other.GetVariable("/head/t1/fc1/weight").Trainable)

	f, p := narrow(normal(1, 6)), narrow(normal(2, 4))
	want, got := make([]float32, 6), make([]float32, 6)
	require.NoError(t, m.Frontalize(want, f, p))
	n, err := New(m.Config())
	require.NoError(t, err)
	require.NoError(t, n.SetParams(back))
	require.NoError(t, n.Frontalize(got, f, p))
	require.Equal(t, want, got)

	back["t1/fc1/weight"].Data[0] = 99
	require.NoError(t, n.Frontalize(got, f, p))
	require.Equal(t, want, got, "the module's weights are a copy")
}

// TestParamsErrors: everything that is wrong is listed, and nothing is changed.
func TestParamsErrors(t *testing.T) {
	m, store := newModule(t, Config{FeatureLen: 2, PoseLen: 2, Blocks: 1}, dtypes.Float32)
	require.NoError(t, m.Read(store.RootScope()))
	before := snapshot(t, store)
	params, err := ReadParams(store.RootScope())
	require.NoError(t, err)
	delete(params, "t1/fc1/bias")
	params["t1/fc3/bias"] = Tensor{Dims: []int{2}, Data: []float32{1, 2}}
	params["p1/fc2/bias"] = Tensor{Dims: []int{3}, Data: []float32{1, 2, 3}}
	params["t1/fc2/bias"] = Tensor{Dims: []int{2}, Data: []float32{1}}
	params["pose/mean"] = Tensor{Dims: []int{2}, Data: []float32{1, float32(math.NaN())}}
	for _, err := range []error{m.SetParams(params), WriteParams(store.RootScope(), params)} {
		require.ErrorIs(t, err, ErrParams)
		for _, fault := range []string{"missing t1/fc1/bias", "unknown t1/fc3/bias", "p1/fc2/bias has shape [3], want [2]",
			"t1/fc2/bias has 1 values for shape [2]", "pose/mean has values that are not finite"} {
			require.ErrorContains(t, err, fault)
		}
	}
	require.Equal(t, before, snapshot(t, store))

	params, err = ReadParams(store.RootScope())
	require.NoError(t, err)
	params["pose/std"] = Tensor{Dims: []int{2}, Data: []float32{1, 0}}
	require.ErrorIs(t, m.SetParams(params), ErrParams)
	_, err = ReadParams(store.Scope("/nowhere"))
	require.ErrorContains(t, err, "no variables below /nowhere")
	n, err := New(m.Config())
	require.NoError(t, err)
	require.ErrorIs(t, n.Write(store.Scope("/n"), dtypes.Float32), ErrNoWeights)
}

func TestModuleFit(t *testing.T) {
	m, store := newModule(t, Config{FeatureLen: 2, PoseLen: 3}, dtypes.Float64)
	scope := store.RootScope()
	require.NoError(t, m.Fit(scope, nil, [][]float32{{1, 7, 0.1}, {3, 7, 0.1}}))
	mean, err := dense.Values(store.GetVariable("/pose/mean"))
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{2, 7, 0.1}, mean, 1e-7)
	std, err := dense.Values(store.GetVariable("/pose/std"))
	require.NoError(t, err)
	require.Equal(t, []float64{1, 1, 1}, std, "deviations of 1, and of elements that do not vary")
	require.ErrorContains(t, m.Fit(scope, nil, nil), "at least one")
	require.ErrorContains(t, m.Fit(scope, nil, [][]float32{{1, 2}}), "want 3 values, got 2")
	require.ErrorContains(t, m.Fit(scope, nil, [][]float32{{1, 2, float32(math.Inf(1))}}), "not all finite")
	require.ErrorContains(t, m.Fit(model.NewStore().RootScope(), nil, [][]float32{{1, 2, 3}}), "initialize the network first")
	raw, err := New(Config{FeatureLen: 2, PoseLen: 3, RawPose: true})
	require.NoError(t, err)
	require.NoError(t, raw.Fit(scope, nil, nil))
}

func TestConfig(t *testing.T) {
	m, err := New(paperConfig)
	require.NoError(t, err)
	require.Equal(t, Config{FeatureLen: 512, PoseLen: 2048, Blocks: 2, Hidden: 512, PoseHidden: 256}, m.Config())
	require.Equal(t, 2*(512*512+512+512+512*512+512+2048*256+256+256*512+512), m.NumParams())
	require.Equal(t, int64(2*(2*512*512+(2048+512)*256)), m.MACs())
	angles, err := New(Config{FeatureLen: 4, PoseInput: PoseAngles})
	require.NoError(t, err)
	require.Equal(t, 3, angles.PoseLen())

	for _, bad := range []Config{{}, {FeatureLen: 4}, {FeatureLen: -1, PoseLen: 4}, {FeatureLen: 4, PoseLen: 1 << 20}, {FeatureLen: 4, PoseLen: 4, Blocks: -2}, {FeatureLen: 4, PoseLen: 4, Blocks: 65},
		{FeatureLen: 4, PoseLen: 4, Gate: 9}, {FeatureLen: 4, PoseLen: 4, Scale: -1}, {FeatureLen: 4, PoseInput: PoseNone}, {FeatureLen: 4, PoseLen: 4, PoseInput: PoseAngles},
		{FeatureLen: 4, PoseLen: 4, PoseInput: 8}} {
		_, err := New(bad)
		require.ErrorContains(t, err, "head: ", "%+v", bad)
	}
	for _, bad := range []AttentionConfig{{}, {FeatureLen: 4, Hidden: -1}, {FeatureLen: 4, Gate: GateTanh}, {FeatureLen: 4, Form: 7}} {
		_, err := NewAttention(bad)
		require.ErrorContains(t, err, "head: ", "%+v", bad)
	}
}

// TestConfigText: configurations are written with names, and read back as they were.
func TestConfigText(t *testing.T) {
	c := Config{FeatureLen: 4, PoseLen: 3, PoseInput: PoseAngles, Gate: GateTanh, Scale: ScaleNone}
	text, err := json.Marshal(c)
	require.NoError(t, err)
	require.Contains(t, string(text), `"pose_input":"angles"`)
	require.Contains(t, string(text), `"gate":"tanh"`)
	var back Config
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, c, back)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"gate":"softmax"}`), &back), `unknown name "softmax"`)
	_, err = json.Marshal(Config{Gate: 5})
	require.Error(t, err)
	a := AttentionConfig{FeatureLen: 4, Form: AttentionResidual}
	text, err = json.Marshal(a)
	require.NoError(t, err)
	var aBack AttentionConfig
	require.NoError(t, json.Unmarshal(text, &aBack))
	require.Equal(t, a, aBack)
	require.Equal(t, "head.Gate(5)", fmt.Sprint(Gate(5)))
	require.Equal(t, "frontalized", TargetFrontalized.String())
}

// TestForwardErrors: a graph that cannot be built says why.
func TestForwardErrors(t *testing.T) {
	m, err := New(Config{FeatureLen: 4, PoseLen: 3})
	require.NoError(t, err)
	store := model.NewStore()
	call := func(f, p any) error {
		_, err := model.CallOnce(theEngine(t), store, func(scope *model.Scope, f, p *graph.Node) *graph.Node { return m.Forward(scope, f, p) }, f, p)
		return err
	}
	require.ErrorContains(t, call(matrix(1, 2, 4), matrix(2, 2, 3)), "no variable pose/mean below /: initialize or load")
	require.NoError(t, m.Init(store.RootScope(), dtypes.Float64, testSeed))
	require.ErrorContains(t, m.Init(store.RootScope(), dtypes.Float64, testSeed), "exists already")
	require.ErrorContains(t, call(matrix(1, 2, 5), matrix(2, 2, 3)), "want features [batch, 4]")
	require.ErrorContains(t, call(matrix(1, 2, 4), matrix(2, 2, 4)), "want poses [batch, 3]")
	require.ErrorContains(t, call(matrix(1, 2, 4), matrix(2, 3, 3)), "want poses [batch, 3]")
	require.ErrorContains(t, call([][]float32{{1, 2, 3, 4}}, [][]float32{{1, 2, 3}}), "is Float64, its input Float32")
	require.ErrorContains(t, m.Init(model.NewStore().RootScope(), dtypes.Int8, testSeed), "want Float32 or Float64")
}
