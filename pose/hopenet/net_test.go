package hopenet

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/pose"
)

// small is a HopeNet of a few thousand parameters, for images of 32x32.
func small(t *testing.T) *Net {
	t.Helper()
	trunk, err := backbone.ResNet{Blocks: []int{1, 1}, Bottleneck: true, Width: 1.0 / 16, Size: 32}.Net()
	require.NoError(t, err)
	net, err := WithTrunk(trunk, pose.HopeNetBins())
	require.NoError(t, err)
	return net
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		make                 func() (*Net, error)
		size, length, params int
		gmacs                float64
	}{
		{ResNet50, 224, 2048, 23_508_032 + 3*(2048*66+66), 4.09},
		{Light, 64, 192, 1_074_966, 0.053},
	} {
		net, err := c.make()
		require.NoError(t, err)
		require.Equal(t, c.size, net.Height)
		require.Equal(t, c.length, net.FeatureLen())
		params, err := net.NumParams()
		require.NoError(t, err)
		require.Equal(t, c.params, params, net.Name)
		macs, err := net.MACs()
		require.NoError(t, err)
		require.InDelta(t, c.gmacs, float64(macs)/1e9, 0.005, net.Name)
	}
}

func TestWithTrunk_refuses(t *testing.T) {
	trunk, err := backbone.Mini{}.Net()
	require.NoError(t, err)
	_, err = WithTrunk(trunk, pose.HopeNetBins())
	require.ErrorContains(t, err, `want a GlobalAvgPool called "avgpool" as the last layer`)
	trunk, err = backbone.Mini{Pooled: true}.Net()
	require.NoError(t, err)
	_, err = WithTrunk(trunk, pose.Bins{})
	require.ErrorContains(t, err, "outputs >= 1")
	trunk.Height++
	_, err = WithTrunk(trunk, pose.HopeNetBins())
	require.ErrorContains(t, err, "want a square image")
}

// TestWithOrientation: the layer for training gives nine values more and changes nothing
// else, and is not there in what it was made from.
func TestWithOrientation(t *testing.T) {
	net, e := small(t), engine(t)
	learner, err := net.WithOrientation()
	require.NoError(t, err)
	_, err = learner.WithOrientation()
	require.ErrorContains(t, err, "already")
	scope := model.NewStore().RootScope().In("theta")
	require.NoError(t, learner.Init(scope, dtypes.Float32, 42))
	exec := model.MustNewExec(e, scope.Store(), func(root *model.Scope, x *graph.Node) []*graph.Node {
		plain, full := net.Forward(root.Store().Scope("/theta"), x), learner.Forward(root.Store().Scope("/theta"), x)
		require.Nil(t, plain.Orientation)
		return []*graph.Node{net.Angles(plain), learner.Angles(full), full.Orientation}
	})
	out := exec.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, 2*3*32*32), 2, 32, 32, 3))
	require.Equal(t, tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1]))
	require.Equal(t, []int{2, 9}, out[2].Shape().Dimensions)
	require.Equal(t, net.FeatureLen(), learner.FeatureLen())
}

// TestDecode compares the graph with pose.Bins.Decode.
func TestDecode(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 0))
	for _, bins := range []pose.Bins{pose.HopeNetBins(), pose.WHENetYawBins()} {
		scores := make([]float32, 4*bins.N)
		for i := range scores {
			scores[i] = float32(10 * rng.NormFloat64())
		}
		got, err := graph.CallOnce(engine(t), func(x *graph.Node) *graph.Node {
			return Decode(graph.ConvertDType(x, dtypes.Float64), bins)
		}, tensors.FromFlatDataAndDimensions(scores, 4, bins.N))
		require.NoError(t, err)
		for i, angle := range tensors.MustCopyFlatData[float64](got) {
			want, err := bins.Decode(scores[i*bins.N:][:bins.N])
			require.NoError(t, err)
			require.InDelta(t, want, angle, 1e-12)
		}
	}
}

// TestNew compares the estimator with the network that it was made from: folding, order
// of axes, normalization and decoding.
func TestNew(t *testing.T) {
	net, e := small(t), engine(t)
	store := model.NewStore()
	scope := store.RootScope().In("theta")
	require.NoError(t, net.Init(scope, dtypes.Float32, 42))
	est, err := New(e, net, scope, Config{Margins: &pose.Margins{}})
	require.NoError(t, err)
	defer est.Close()
	require.Equal(t, net.FeatureLen(), est.FeatureLen())
	photo := image.NewRGBA(image.Rect(0, 0, 32, 32))
	rng := rand.New(rand.NewPCG(42, 1))
	x := make([]float32, 3*32*32)
	for i := range 32 * 32 {
		c := color.RGBA{R: uint8(rng.IntN(256)), G: uint8(rng.IntN(256)), B: uint8(rng.IntN(256)), A: 255}
		photo.SetRGBA(i%32, i/32, c)
		for k, v := range []uint8{c.R, c.G, c.B} {
			x[3*i+k] = (float32(v) - Config{}.withDefaults().Mean[k]) / Config{}.withDefaults().Std[k]
		}
	}
	got, err := est.Estimate(context.Background(), pose.Subject{Photo: photo, Box: pose.Rect{MaxX: 32, MaxY: 32}})
	require.NoError(t, err)
	exec := model.MustNewExec(e, store, func(root *model.Scope, x *graph.Node) (*graph.Node, *graph.Node) {
		out := net.Forward(root.In("theta"), x)
		return net.Angles(out), out.Feature
	})
	angles, feature := exec.MustCall2(tensors.FromFlatDataAndDimensions(x, 1, 32, 32, 3))
	require.InDeltaSlice(t, tensors.MustCopyFlatData[float32](feature), got[0].Feature, 1e-4)
	require.InDeltaSlice(t, tensors.MustCopyFlatData[float32](angles), []float64{got[0].Yaw, got[0].Pitch, got[0].Roll}, 1e-5)
	require.NotZero(t, got[0].Yaw-got[0].Pitch)

	_, err = New(e, net, store.RootScope(), Config{})
	require.ErrorContains(t, err, "no variable conv1/weight")
	_, err = New(e, net, scope, Config{Bins: pose.WHENetYawBins()})
	require.ErrorContains(t, err, "asks for")
	est.Close()
	est.Close()
	_, err = est.Estimate(context.Background(), pose.Subject{Photo: photo, Box: pose.Rect{MaxX: 32, MaxY: 32}})
	require.ErrorIs(t, err, backbone.ErrClosed)
}

func TestFreezeStem(t *testing.T) {
	net, store := small(t), model.NewStore()
	require.ErrorContains(t, net.FreezeStem(store.RootScope()), "no variable conv1/weight")
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float32, 42))
	require.NoError(t, net.FreezeStem(store.RootScope()))
	frozen := []string{}
	for v := range store.IterVariables() {
		if !v.Trainable && v.Name() != "running_mean" && v.Name() != "running_var" {
			frozen = append(frozen, v.Path())
		}
	}
	require.ElementsMatch(t, []string{"/conv1/weight", "/bn1/weight", "/bn1/bias"}, frozen)
}

// TestNew_together runs one native estimator from many goroutines while it is closed:
// each call gets the same bits or fails cleanly.
func TestNew_together(t *testing.T) {
	net, e, store := small(t), engine(t), model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float64, 42))
	est, err := New(e, net, store.RootScope(), Config{})
	require.NoError(t, err)
	s := pose.Subject{Photo: filled(image.Rect(0, 0, 30, 30), color.RGBA{R: 9, G: 90, B: 200, A: 255}), Box: pose.Rect{MaxX: 25, MaxY: 25}}
	want, err := est.Estimate(context.Background(), s)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			got, err := est.Estimate(context.Background(), s)
			if i == 8 {
				est.Close()
			}
			if errors.Is(err, backbone.ErrClosed) {
				return
			}
			if err != nil || got[0].Angles != want[0].Angles || !slices.Equal(got[0].Feature, want[0].Feature) {
				t.Errorf("got %v (%v), want %v", got, err, want)
			}
		})
	}
	wg.Wait()
}
