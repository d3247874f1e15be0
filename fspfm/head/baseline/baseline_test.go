package baseline

import (
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/headtest"
	"github.com/pifr-go/pifr/internal/longtest"
)

const (
	testD    = 4
	testPose = 5
	batch    = 3
)

// testEngine is shared by all tests, because a tensor that was on one engine cannot be
// used on another.
var testEngine = sync.OnceValues(func() (backend.Backend, error) { return backend.Open("gonum:float64") })

func theEngine(t *testing.T) backend.Backend {
	t.Helper()
	b, err := testEngine()
	require.NoError(t, err)
	return b
}

// newCase returns a head by its name, with variables that are all different if shaken,
// and inputs for it.
func newCase(t *testing.T, name string, shaken bool) (head.Head, headtest.Case) {
	t.Helper()
	h, err := New(name, testD, testPose)
	require.NoError(t, err)
	store := model.NewStore()
	require.NoError(t, h.Init(store.RootScope(), dtypes.Float64, headtest.Seed))
	if shaken {
		require.NoError(t, headtest.Shake(store.RootScope(), 1))
	}
	c := headtest.Case{Store: store, Inputs: []golden.Tensor{headtest.Normal(2, batch, testD)}}
	switch h.PoseInput() {
	case head.PoseFeature:
		c.Inputs = append(c.Inputs, headtest.Normal(3, batch, testPose))
	case head.PoseAngles:
		yaws := []float64{0.9, 0.1, 0, -0.6, 0.2, 0.1, 0.4, -0.1, 0.3}
		c.Inputs = append(c.Inputs, golden.Of(yaws, batch, 3))
	}
	c.Build = func(scope *model.Scope, in []*graph.Node) *graph.Node {
		return h.Forward(scope, in[0], append(in, nil)[1])
	}
	return h, c
}

// value runs a case.
func value(t *testing.T, c headtest.Case) []float64 {
	t.Helper()
	got, err := c.Slopes(theEngine(t), dtypes.Float64)
	require.NoError(t, err)
	return got[0].Float64s()
}

func TestNames(t *testing.T) {
	require.Equal(t, []string{"none", "mean", "linear", "mlp", "dream", "agpm", "pam", "pctn", "pad"}, Names())
	for _, name := range Names() {
		h, err := New(name, testD, testPose)
		require.NoError(t, err)
		require.Equal(t, name, h.Name())
		require.Equal(t, testD, h.FeatureLen())
		require.Equal(t, map[head.PoseInput]int{head.PoseFeature: testPose, head.PoseAngles: 3, head.PoseNone: 0}[h.PoseInput()], h.PoseLen())
		_, err = New(name, 0, testPose)
		require.ErrorContains(t, err, "want features of 1 to", name)
		require.NotErrorIs(t, err, ErrUnknown)
	}
	_, err := New("fspfm", testD, testPose)
	require.ErrorIs(t, err, ErrUnknown)
	require.ErrorContains(t, err, "agpm, dream, linear")
	_, err = New("pctn", testD, 0)
	require.ErrorContains(t, err, "want pose features of 1 to")
	_, err = NewMLP(testD, -1)
	require.Error(t, err)
}

func TestUntrainedChangesNothing(t *testing.T) {
	for _, name := range Names() {
		_, c := newCase(t, name, false)
		if name == "dream" || name == "agpm" {
			require.NotEqual(t, c.Inputs[0].Float64s(), value(t, c), name)
			continue
		}
		require.Equal(t, c.Inputs[0].Float64s(), value(t, c), name)
	}
}

// TestScale: a head follows a feature's length, M(c f) = c M(f).
func TestScale(t *testing.T) {
	for _, name := range Names() {
		_, c := newCase(t, name, true)
		want := value(t, c)
		f := c.Inputs[0].Float64s()
		for i := range f {
			f[i] *= 37
			want[i] *= 37
		}
		c.Inputs[0] = golden.Of(f, batch, testD)
		require.InDeltaSlice(t, want, value(t, c), 1e-9, name)
	}
}

func TestGradientsAreDifferences(t *testing.T) {
	for _, name := range Names() {
		for _, training := range []bool{false, true} {
			if training && name != "agpm" {
				continue // no other head tells training apart
			}
			_, c := newCase(t, name, true)
			c.Training = training
			worst, where, err := c.Differences(theEngine(t))
			require.NoError(t, err, name)
			t.Logf("%s: worst %.2g: %s", name, worst, where)
			require.Less(t, worst, 1e-6, "%s: %s", name, where)
		}
	}
}

// TestEnginesAgree compares values and gradients on every engine, in both dtypes, with
// gonum:float64; on XLA, which takes its time to compile, in float32, and where long
// tests are wanted.
func TestEnginesAgree(t *testing.T) {
	for _, engine := range []string{"gonum", "go", "xla:cpu"} {
		if !slices.Contains(backend.Names(), engine) || engine == "xla:cpu" && !longtest.Wanted() {
			continue
		}
		b, err := backend.Open(engine)
		if err != nil && os.Getenv("CI") != "true" {
			t.Logf("component missing: %v", err)
			continue
		}
		require.NoError(t, err)
		t.Cleanup(b.Finalize)
		for _, name := range Names() {
			for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
				if engine == "xla:cpu" && dtype == dtypes.Float64 {
					continue
				}
				_, c := newCase(t, name, true)
				want, err := c.Slopes(theEngine(t), dtype)
				require.NoError(t, err)
				got, err := c.Slopes(b, dtype)
				require.NoError(t, err)
				for i, w := range want {
					require.NoError(t, golden.Compare(got[i], w, golden.ToleranceFor(engine, dtype)), "%s of %s on %s", w.Name, name, engine)
				}
			}
		}
	}
}

func TestGates(t *testing.T) {
	deg := math.Pi / 180
	for yaw, want := range map[float64]float64{0: 4.54e-5, 22.5: 0.00669, 45: 0.5, 60: 0.96555, 90: 0.99995} {
		require.InDelta(t, want, DREAMGate(yaw*deg), 5e-5)
		require.Equal(t, DREAMGate(yaw*deg), DREAMGate(-yaw*deg))
	}
	for i, half := range []float64{60, 40, 20} {
		require.InDelta(t, 0.5, AGPMGates(half * deg)[i], 1e-12)
		require.InDelta(t, 0.5, AGPMGates(-half * deg)[i], 1e-12)
		require.Less(t, AGPMGates(0)[i], 4e-4, "closed for a frontal face: the released code has 0.98 in the first")
		require.Greater(t, AGPMGates(90 * deg)[i], 0.9999)
	}
}

func TestMeanShiftFit(t *testing.T) {
	h, c := newCase(t, "mean", false)
	scope := c.Store.RootScope()
	fit := h.(head.Fitter)
	// Directions (1, 0, 0, 0) twice, and (0, 1, 0, 0) twice.
	require.NoError(t, fit.Fit(scope, [][]float32{{2, 0, 0, 0}, {5, 0, 0, 0}, {0, 1, 0, 0}, {0, 7, 0, 0}, {0, 0, 0, 0}}, nil))
	mean, err := dense.Values(c.Store.GetVariable("/mean"))
	require.NoError(t, err)
	require.Equal(t, []float64{0.5, 0.5, 0, 0}, mean)
	c.Inputs[0] = golden.Of([]float64{0, 3, 0, 4}, 1, 4)
	require.InDeltaSlice(t, []float64{-2.5, 0.5, 0, 4}, value(t, c), 1e-9)

	require.ErrorContains(t, fit.Fit(scope, nil, nil), "at least one")
	require.ErrorContains(t, fit.Fit(scope, [][]float32{{1, 2}}, nil), "want 4 values, got 2")
	require.ErrorContains(t, fit.Fit(scope, [][]float32{{1, 2, 3, float32(math.NaN())}}, nil), "not finite")
	require.ErrorContains(t, fit.Fit(model.NewStore().RootScope(), [][]float32{{1, 2, 3, 4}}, nil), "initialize")
}

func TestPCTNFit(t *testing.T) {
	h, c := newCase(t, "pctn", true)
	require.NoError(t, h.(head.Fitter).Fit(c.Store.RootScope(), nil, [][]float32{{1, 2, 3, 4, 5}, {3, 2, 3, 4, 9}}))
	std, err := dense.Values(c.Store.GetVariable("/pose/std"))
	require.NoError(t, err)
	require.Equal(t, []float64{1, 1, 1, 1, 2}, std)
	require.Error(t, h.(head.Fitter).Fit(c.Store.RootScope(), nil, nil))
}

// TestStage2KeepsRunningStatistics: in training, the F-Net's AGPM uses its running
// statistics and leaves them, and the P-Net's moves its own.
func TestStage2KeepsRunningStatistics(t *testing.T) {
	h, c := newCase(t, "agpm", true)
	s := head.Stage2{Head: h}
	store := model.NewStore()
	scope := store.RootScope().In("stage2")
	require.NoError(t, s.Init(scope, c.Store.RootScope(), dtypes.Float64, headtest.Seed))
	read := func(s *model.Scope) []float64 {
		x, err := dense.Values(s.Store().GetVariable(s.Scope() + "/p_hp/bn1/running_mean"))
		require.NoError(t, err)
		return x
	}
	before := read(s.FNet(scope))
	require.Equal(t, before, read(s.PNet(scope)))
	var in []any
	for _, x := range c.Inputs {
		in = append(in, dense.Tensor(dtypes.Float64, x.Float64s(), x.Shape.Dimensions))
	}
	out, err := model.CallOnce(theEngine(t), store, func(_ *model.Scope, in []*graph.Node) *graph.Node {
		store.SetTraining(in[0].Graph(), true)
		v := s.Forward(scope, in[0], in[1], in[0], in[1])
		require.True(t, store.IsTraining(in[0].Graph()))
		return graph.Add(v.Target, graph.MulScalar(v.Frontalized, 0))
	}, in...)
	require.NoError(t, err)
	require.Equal(t, value(t, c), tensors.MustCopyFlatData[float64](out), "the target is the head's in inference")
	require.Equal(t, before, read(s.FNet(scope)))
	require.NotEqual(t, before, read(s.PNet(scope)))
}

func TestAGPMRectified(t *testing.T) {
	h, err := NewAGPM(AGPMConfig{FeatureLen: testD, Rectified: true})
	require.NoError(t, err)
	_, c := newCase(t, "agpm", true)
	c.Build = func(scope *model.Scope, in []*graph.Node) *graph.Node { return h.Forward(scope, in[0], in[1]) }
	for _, x := range value(t, c) {
		require.GreaterOrEqual(t, x, -1e-12)
	}
}

// TestPAMBlockOnMaps: on a feature map the block does at every position what it does to a
// vector.
func TestPAMBlockOnMaps(t *testing.T) {
	b := PAMBlock{Channels: 4}
	store := model.NewStore()
	require.NoError(t, b.Init(store.RootScope(), dtypes.Float64, 1))
	require.NoError(t, headtest.Shake(store.RootScope(), 5))
	require.Equal(t, []int{4, 1}, store.GetVariable("/fc1/weight").Shape().Dimensions)
	maps, gates := headtest.Normal(6, 2, 3, 1, 4), golden.Of([]float64{0.2, 0.9}, 2, 1)
	c := headtest.Case{Store: store, Inputs: []golden.Tensor{maps, gates},
		Build: func(scope *model.Scope, in []*graph.Node) *graph.Node { return b.Forward(scope, in[0], in[1]) }}
	got := value(t, c)
	rows := headtest.Case{Store: store, Build: c.Build,
		Inputs: []golden.Tensor{golden.Of(maps.Float64s(), 6, 4), golden.Of([]float64{0.2, 0.2, 0.2, 0.9, 0.9, 0.9}, 6, 1)}}
	require.InDeltaSlice(t, value(t, rows), got, 1e-14)
	_, err := model.CallOnce(theEngine(t), store, func(scope *model.Scope, x *graph.Node) *graph.Node { return b.Forward(scope, x, x) },
		[][]float64{{1, 2, 3}})
	require.ErrorContains(t, err, "want [batch, 4]")
	_, err = model.CallOnce(theEngine(t), store, func(scope *model.Scope, x *graph.Node) *graph.Node { return b.Forward(scope, x, x) },
		[][]float64{{1, 2, 3, 4}})
	require.ErrorContains(t, err, "want a gate [1, 1]")
	require.Error(t, PAMBlock{}.Init(store.RootScope(), dtypes.Float64, 1))
}

// TestErrors: a graph that cannot be built says why, with the head's name.
func TestErrors(t *testing.T) {
	for _, name := range Names() {
		h, c := newCase(t, name, false)
		in := func(len int) any { return tensors.FromFlatDataAndDimensions(make([]float64, 2*len), 2, len) }
		build := func(f, p any) error {
			_, err := model.CallOnce(theEngine(t), c.Store, func(scope *model.Scope, in []*graph.Node) *graph.Node {
				if h.PoseInput() == head.PoseNone {
					return h.Forward(scope, in[0], nil)
				}
				return h.Forward(scope, in[0], in[1])
			}, f, p)
			return err
		}
		require.ErrorContains(t, build(in(testD+1), in(max(1, h.PoseLen()))), name+": want features [batch, 4]")
		if h.PoseInput() != head.PoseNone {
			require.ErrorContains(t, build(in(testD), in(h.PoseLen()+1)), name+": want poses")
		}
		if name == "none" {
			continue
		}
		require.ErrorContains(t, h.Init(c.Store.RootScope(), dtypes.Float64, 1), "exists already", name)
		require.ErrorContains(t, h.Init(model.NewStore().RootScope(), dtypes.Int32, 1), "want Float32 or Float64", name)
		if strings.Contains("mean linear mlp dream pctn pad", name) {
			c.Store = model.NewStore()
			require.ErrorContains(t, build(in(testD), in(max(1, h.PoseLen()))), "initialize or load", name)
		}
	}
}
