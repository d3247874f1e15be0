package lossgraph

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/loss"
)

// SoftmaxCrossEntropy is loss.SoftmaxCrossEntropy: logits [batch, classes], labels
// [batch], scalar.
func SoftmaxCrossEntropy(logits, labels *graph.Node) *graph.Node {
	wantMatrix("logits", logits)
	batch, classes := logits.Shape().Dimensions[0], logits.Shape().Dimensions[1]
	wantLabels(labels, batch)
	own := isLabel(labels, classes)
	z := graph.Sub(logits, perRow(graph.StopGradient(graph.ReduceMax(logits, 1))))
	losses := graph.Sub(graph.Log(graph.ReduceSum(graph.Exp(z), 1)), pick(z, own))
	g := logits.Graph()
	valid := graph.LogicalAnd(graph.GreaterOrEqual(labels, graph.ScalarZero(g, labels.DType())), graph.LessThan(labels, graph.Scalar(g, labels.DType(), classes)))
	return graph.ReduceAllMean(graph.Where(valid, losses, graph.Scalar(g, z.DType(), math.NaN())))
}

// Cosines is loss.Cosines: features [batch, d], weights [classes, d], cosines [batch,
// classes] within [-1, 1].
func Cosines(features, weights *graph.Node) *graph.Node {
	wantWidth(features, weights)
	c := graph.Einsum("bd,cd->bc", unitRows(features), unitRows(weights))
	// Only rounding is beyond ±1: the clamp does not stop the gradient.
	return graph.Add(c, graph.StopGradient(graph.Sub(graph.ClipScalar(c, -1, 1), c)))
}

// MarginLogits is loss.Margin.Logits: cosines [batch, classes], labels [batch], logits
// [batch, classes]. Accuracy is better measured on the cosines, which know no margin.
func MarginLogits(m loss.Margin, cosines, labels *graph.Node) *graph.Node {
	m = must(m.Resolve())
	wantMatrix("cosines", cosines)
	wantLabels(labels, cosines.Shape().Dimensions[0])
	own := isLabel(labels, cosines.Shape().Dimensions[1])
	raised := ownLogit(m, pick(cosines, own))
	z := graph.Where(own, graph.BroadcastToShape(perRow(raised), cosines.Shape()), cosines)
	return graph.MulScalar(z, m.Scale)
}

// ownLogit is cos(θ+m2) - m3 for the cosines [batch] of the samples' own classes.
func ownLogit(m loss.Margin, c *graph.Node) *graph.Node {
	sinM, cosM := math.Sincos(m.Angle)
	sin, inverse := sine(c)
	value := graph.Sub(graph.MulScalar(c, cosM), graph.MulScalar(sin, sinM))
	slope := graph.AddScalar(graph.MulScalar(graph.Mul(c, inverse), sinM), cosM)
	one := graph.OnesLike(c)
	if m.Overflow == loss.Fallback {
		beyond := graph.LessOrEqual(c, graph.Scalar(c.Graph(), c.DType(), -cosM))
		value = graph.Where(beyond, graph.AddScalar(c, -m.Angle*sinM), value)
		slope = graph.Where(beyond, one, slope)
	}
	if m.Gradient == loss.StraightThrough {
		slope = one
	}
	return withSlope(c, graph.AddScalar(value, -m.Cosine), slope)
}

// Margin is loss.Margin.Loss: features [batch, d], class weights [classes, d], labels
// [batch], scalar.
func Margin(m loss.Margin, features, weights, labels *graph.Node) *graph.Node {
	return SoftmaxCrossEntropy(MarginLogits(m, Cosines(features, weights), labels), labels)
}

// PartialFC is loss.PartialFC.Loss for a sample that was drawn outside of the graph: the
// numbers of the sampled classes [sampled] and the labels [batch], both integers, are
// loss.Sample's Classes and Labels. Weights are those of all classes, [classes, d]; the
// gradient by those that were not sampled is zero.
func PartialFC(m loss.Margin, features, weights, sampled, labels *graph.Node) *graph.Node {
	wantWidth(features, weights)
	wantLabels(sampled, sampled.Shape().Size())
	return Margin(m, features, graph.Gather(weights, perRow(sampled), true), labels)
}
