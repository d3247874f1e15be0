package lossgraph

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/loss"
)

// ADA is loss.ADA.Loss, equation 2: the frontal features M_g φ(I_f), the attention
// weights AM(φ(I_f)) and the frontalized features of the profile photos M_g φ(I_p), all
// [batch, d]; scalar. No gradient goes to the frontal features unless c.LiveTarget is
// set.
func ADA(c loss.ADA, frontal, attention, profile *graph.Node) *graph.Node {
	wantSame("frontal features, attention weights and profile features", frontal, attention, profile)
	if !c.LiveTarget {
		frontal = graph.StopGradient(frontal)
	}
	return distance(c, graph.Mul(frontal, attention), profile)
}

// FeatureL2 is loss.FeatureL2.Loss: frontal features and frontalized features of the
// profile photos, both [batch, d]; scalar.
func FeatureL2(c loss.FeatureL2, frontal, profile *graph.Node) *graph.Node {
	wantSame("frontal and profile features", frontal, profile)
	if !c.LiveTarget {
		frontal = graph.StopGradient(frontal)
	}
	return distance(loss.ADA(c), frontal, profile)
}

func distance(c loss.ADA, target, profile *graph.Node) *graph.Node {
	if c.Unit {
		target, profile = unitRows(target), unitRows(profile)
	}
	squares := graph.Square(graph.Sub(target, profile))
	switch c.Reduction {
	case loss.Sum:
		return graph.ReduceAllMean(graph.ReduceSum(squares, 1))
	case loss.Mean:
		return graph.ReduceAllMean(squares)
	}
	panic(fmt.Errorf("lossgraph: %w: unknown reduction %d", loss.ErrOption, c.Reduction))
}

// MaxADA is loss.MaxADA.Loss: frontal features and frontalized features of the profile
// photos, both [batch, d]; scalar. No gradient goes to the frontal features.
func MaxADA(c loss.MaxADA, frontal, profile *graph.Node) *graph.Node {
	c = must(c.Resolve())
	wantSame("frontal and profile features", frontal, profile)
	target := graph.StopGradient(frontal)
	top := graph.ReduceMax(graph.Abs(target), 1)
	zero := graph.LessThan(top, graph.Scalar(top.Graph(), top.DType(), loss.MinNorm))
	weights := target
	if c.Abs {
		weights = graph.Abs(target)
	}
	weights = graph.Div(weights, perRow(graph.Where(zero, graph.Infinity(top.Graph(), top.DType(), 1), top)))
	squares := graph.Square(graph.Sub(profile, target))
	return graph.MulScalar(graph.ReduceAllMean(graph.Mul(weights, squares)), c.Factor)
}

// Total is equation 3, loss.Total: arcface + lambda * ada.
func Total(arcface, ada *graph.Node, lambda float64) *graph.Node {
	return graph.Add(arcface, graph.MulScalar(ada, lambda))
}

// Contrastive is loss.Contrastive.Loss: features of pairs a and b, both [batch, d], and
// whether they are of the same person, [batch], boolean, or any number but 0 for yes;
// scalar.
func Contrastive(c loss.Contrastive, a, b, same *graph.Node) *graph.Node {
	c = must(c.Resolve())
	wantSame("features a and b", a, b)
	same = wantVector("same", same, a)
	d2 := graph.ReduceSum(graph.Square(graph.Sub(a, b)), 1)
	zero := graph.ZerosLike(d2)
	apart := graph.GreaterOrEqual(d2, graph.Scalar(d2.Graph(), d2.DType(), c.Margin))
	push := graph.Where(apart, zero, graph.AddScalar(graph.Neg(d2), c.Margin))
	return graph.ReduceAllMean(graph.Where(graph.NotEqual(same, zero), d2, push))
}

// HopeNet is loss.HopeNet.Loss for one angle: scores [batch, bins], the number of the bin
// that each angle lies in [batch], and the angles in radians [batch]; scalar.
func HopeNet(c loss.HopeNet, scores, labels, angles *graph.Node) *graph.Node {
	c = must(c.Resolve())
	classified := SoftmaxCrossEntropy(scores, labels)
	angles = graph.MulScalar(wantVector("angles", angles, scores), 180/math.Pi)
	z := graph.Exp(graph.Sub(scores, perRow(graph.StopGradient(graph.ReduceMax(scores, 1)))))
	p := graph.Div(z, perRow(graph.ReduceSum(z, 1)))
	bins := graph.AddScalar(graph.MulScalar(graph.IotaLike(scores, 1), c.WidthDeg), c.MinDeg)
	decoded := graph.ReduceSum(graph.Mul(p, bins), 1)
	regressed := graph.ReduceAllMean(graph.Square(graph.Sub(decoded, angles)))
	return graph.Add(classified, graph.MulScalar(regressed, c.Alpha))
}
