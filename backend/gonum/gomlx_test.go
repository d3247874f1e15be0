package gonum

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/stretchr/testify/require"
)

// valueAndGradients runs a GoMLX function, and returns it and the gradients of a weighted
// sum of it.
func valueAndGradients(t *testing.T, fn func(x []*graph.Node) *graph.Node, in []tensor) [][]float64 {
	t.Helper()
	exec, err := graph.NewExec(mustOpen(t), func(x []*graph.Node) []*graph.Node {
		y := fn(x)
		weights := graph.Sin(graph.IotaFull(y.Graph(), y.Shape()))
		return append([]*graph.Node{y}, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, weights)), x...)...)
	})
	require.NoError(t, err)
	args := make([]any, len(in))
	for i, x := range in {
		args[i] = tensors.FromFlatDataAndDimensions(x.flat.([]float64), x.shape.Dimensions...)
	}
	outs, err := exec.Call(args...)
	require.NoError(t, err)
	all := make([][]float64, len(outs))
	for i, y := range outs {
		all[i] = tensors.MustCopyFlatData[float64](y)
	}
	return all
}

// requireFusionAgrees compares what GoMLX makes of the fused operation with what it makes
// of the single ones.
func requireFusionAgrees(t *testing.T, fn func(x []*graph.Node) *graph.Node, in ...tensor) {
	t.Helper()
	t.Setenv(graph.FusionEnv, "1")
	fused := valueAndGradients(t, fn, in)
	t.Setenv(graph.FusionEnv, "0")
	for i, want := range valueAndGradients(t, fn, in) {
		requireClose(t, want, fused[i], 1e-13, fmt.Sprint("output ", i))
	}
}

func TestFusedOpsAgreeWithGoMLX(t *testing.T) {
	r := newRandom(t)
	random := func(dims ...int) tensor { return randomTensor(r, dtypes.Float64, dims...) }
	requireFusionAgrees(t, func(x []*graph.Node) *graph.Node { return graph.Softmax(x[0], 1) }, random(3, 4, 5))
	requireFusionAgrees(t, func(x []*graph.Node) *graph.Node { return activation.Gelu(x[0]) }, random(3, 4))
	requireFusionAgrees(t, func(x []*graph.Node) *graph.Node { return activation.GeluApproximate(x[0]) }, random(3, 4))
	requireFusionAgrees(t, func(x []*graph.Node) *graph.Node {
		return nn.LayerNorm(x[0], []int{1, 2}, 1e-5, x[1], x[2], nil)
	}, random(3, 4, 5), random(4, 5), random(4, 5))
	for _, act := range []activation.Type{
		activation.TypeNone, activation.TypeRelu, activation.TypeSilu, activation.TypeGelu, activation.TypeHardSwish, activation.TypeTanh,
	} {
		requireFusionAgrees(t, func(x []*graph.Node) *graph.Node {
			return nn.Dense(x[0], x[1], x[2], compute.DenseLayoutInputOutputs, act)
		},
			random(2, 3, 4), random(4, 5), random(5))
	}
}
