package lossgraph

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/loss"
)

// Landmarks is loss.Landmarks: what the network says [batch, 4 K] and the truth [batch, 3
// K]; scalar. No gradient goes to the truth.
func Landmarks(c loss.Landmarks, predicted, truth *graph.Node) *graph.Node {
	c = must(c.Resolve())
	wantMatrix("predicted points", predicted)
	wantMatrix("true points", truth)
	batch, points := predicted.Shape().Dim(0), predicted.Shape().Dim(1)/loss.LandmarkWidth
	if truth.Shape().Dim(0) != batch || predicted.Shape().Dim(1) != 4*points || truth.Shape().Dim(1) != 3*points {
		panic(fmt.Errorf("lossgraph: want points [batch, 4 K] and truth [batch, 3 K], got %s and %s", predicted.Shape(), truth.Shape()))
	}
	p := graph.Reshape(predicted, batch, points, 4)
	t := graph.StopGradient(graph.Reshape(truth, batch, points, 3))
	part := func(x *graph.Node, from, to int) *graph.Node {
		return graph.Slice(x, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(from, to))
	}
	square := graph.ReduceSum(graph.Square(graph.Sub(part(p, 0, 2), part(t, 0, 2))), -1)
	s := LandmarkLogSigma(c, graph.Squeeze(part(p, 2, 3), -1))
	v, seen := graph.Squeeze(part(p, 3, 4), -1), graph.Squeeze(part(t, 2, 3), -1)
	likelihood := graph.Add(graph.MulScalar(s, 2), graph.MulScalar(graph.Mul(square, graph.Exp(graph.MulScalar(s, -2))), 0.5))
	crossEntropy := graph.Add(graph.Sub(graph.MaxScalar(v, 0.0), graph.Mul(v, seen)), graph.Log1P(graph.Exp(graph.Neg(graph.Abs(v)))))
	return graph.ReduceAllMean(graph.Add(likelihood, graph.MulScalar(crossEntropy, c.Weight)))
}

// LandmarkLogSigma is loss.Landmarks.LogSigma, of options that were resolved.
func LandmarkLogSigma(c loss.Landmarks, raw *graph.Node) *graph.Node {
	inside := graph.Tanh(graph.DivScalar(graph.AddScalar(raw, -c.Middle()), c.Half()))
	return graph.AddScalar(graph.MulScalar(inside, c.Half()), c.Middle())
}
