package hopenet_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/pytorch"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// TestGradients compares the gradient of HopeNet's loss, trained as the original with
// fixed statistics and as Light with the batch's, with central differences on the
// reference engine, in one drawn element of every parameter.
func TestGradients(t *testing.T) {
	for _, cfg := range []interface{ Net() (*backbone.Net, error) }{
		backbone.ResNet{Blocks: []int{1, 1}, Bottleneck: true, Width: 1.0 / 16, Size: 24},
		backbone.Mini{Channels: []int{4, 6}, Blocks: []int{1, 1}, Size: 20, Pooled: true},
	} {
		trunk, err := cfg.Net()
		require.NoError(t, err)
		net, err := hopenet.WithTrunk(trunk, pose.HopeNetBins())
		require.NoError(t, err)
		_, net.FixedStatistics = cfg.(backbone.ResNet)
		checkGradients(t, net)
	}
}

func checkGradients(t *testing.T, net *hopenet.Net) {
	engine, err := backend.Open(golden.Reference)
	require.NoError(t, err)
	defer engine.Finalize()
	store := model.NewStore()
	require.NoError(t, pytorch.Fill(store.RootScope(), described(t, net.Net).Params, dtypes.Float64))
	const batch, h = 3, 1e-6
	x := pytorch.Tensor(golden.Of(pytorch.Even("input", batch*net.Height*net.Width*3), batch, net.Height, net.Width, 3), dtypes.Float64)
	build := func(scope *model.Scope, x *graph.Node) *graph.Node {
		scope.Store().SetTraining(x.Graph(), true)
		total, _ := hopeNetCase(t, net, batch).Loss(scope, x)
		return total
	}
	gradients, err := model.CallOnceN(engine, store, func(scope *model.Scope, x *graph.Node) []*graph.Node {
		return scope.BuildTrainableVariablesGradientsGraph(build(scope, x))
	}, x)
	require.NoError(t, err)
	exec := model.MustNewExec(engine, store, build)
	rng := rand.New(rand.NewPCG(42, 0))
	worst, i := 0.0, 0
	for v := range store.IterVariables() {
		if !v.Trainable {
			continue
		}
		slopes := tensors.MustCopyFlatData[float64](gradients[i])
		i++
		at := rng.IntN(len(slopes))
		value, err := v.Value()
		require.NoError(t, err)
		values := tensors.MustCopyFlatData[float64](value)
		with := func(delta float64) float64 {
			moved := append([]float64{}, values...)
			moved[at] += delta
			require.NoError(t, v.SetValue(tensors.FromFlatDataAndDimensions(moved, v.Shape().Dimensions...)))
			return tensors.ToScalar[float64](exec.MustCall1(x))
		}
		difference := (with(h) - with(-h)) / (2 * h)
		with(0)
		e := math.Abs(difference-slopes[at]) / math.Max(1, math.Abs(difference))
		require.Less(t, e, 1e-6, v.Path())
		worst = max(worst, e)
	}
	require.Len(t, gradients, i)
	t.Logf("%s: greatest difference %.2g over %d parameters", net.Name, worst, i)
}
