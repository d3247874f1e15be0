package backbone

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

const (
	// normEpsilon is added to a variance before its root is taken.
	normEpsilon = 1e-5
	// normMomentum is the share of the batch's statistics in the new running statistics.
	normMomentum = 0.1
)

// batchNorm normalizes x over all its axes but the channels, which are last in training.
//
// The root is divided by, not multiplied as Rsqrt, because Rsqrt has no gradient. Scale
// and statistics are combined per channel before they meet x, so that the image is passed
// over as few times as possible.
func (p layerParams) batchNorm(x *graph.Node) *graph.Node {
	x = p.wide(x)
	weight, bias := p.perChannel("weight", x), p.perChannel("bias", x)
	if p.layer.Frozen {
		weight = graph.StopGradient(weight)
	}
	if !p.form.training || p.net.FixedStatistics {
		mean, variance := p.perChannel("running_mean", x), p.perChannel("running_var", x)
		scale := graph.Div(weight, graph.Sqrt(graph.AddScalar(variance, normEpsilon)))
		return graph.Add(graph.Mul(x, scale), graph.Sub(bias, graph.Mul(mean, scale)))
	}
	axes := make([]int, x.Rank()-1)
	for i := range axes {
		axes[i] = i
	}
	mean := graph.ReduceAndKeep(x, graph.ReduceMean, axes...)
	centered := graph.Sub(x, mean)
	variance := graph.ReduceAndKeep(graph.Square(centered), graph.ReduceMean, axes...)
	p.updateRunning(x, mean, variance)
	scale := graph.Div(weight, graph.Sqrt(graph.AddScalar(variance, normEpsilon)))
	return graph.Add(graph.Mul(centered, scale), bias)
}

// updateRunning moves the running statistics towards the batch's. The running variance is
// unbiased, the one that normalizes the batch is not: PyTorch's convention.
func (p layerParams) updateRunning(x, mean, variance *graph.Node) {
	channels := x.Shape().Dim(-1)
	count := x.Shape().Size() / channels
	if count < 2 {
		panic(fmt.Errorf("backbone: %s: batch normalization %s: training needs more than one value per channel, got x %s",
			p.net.Name, p.layer.Name, x.Shape()))
	}
	p.moveRunning("running_mean", mean)
	p.moveRunning("running_var", graph.MulScalar(variance, float64(count)/float64(count-1)))
}

// moveRunning moves one running statistic towards the batch's. No gradient flows through
// it.
func (p layerParams) moveRunning(name string, batch *graph.Node) {
	v := p.variable(name)
	old := graph.MulScalar(v.NodeValue(p.g), 1-normMomentum)
	now := graph.MulScalar(graph.StopGradient(graph.Reshape(batch, -1)), normMomentum)
	v.SetNodeValue(graph.Add(old, now))
}
