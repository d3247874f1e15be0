// Package cases lists every loss with every option, and operands for it: what the tests
// of loss and lossgraph have in common.
package cases

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
)

// Case is one loss with options and operands.
type Case struct {
	Name    string
	Options any          // loss.Margin, loss.ADA, ...
	In      []*mat.Dense // the matrices that it takes, in order
	Frozen  map[int]bool // operands that pass no gradient on, though the value depends on them
	Chosen  bool         // the gradient is defined otherwise than as the derivative
	Labels  []int        // if it takes labels
	Reals   []float64    // if it takes angles
	Same    []bool       // if it takes answers
	Step    uint64       // if it samples
}

// Softmax stands for the options of loss.SoftmaxCrossEntropy, which has none.
type Softmax struct{}

// Orientation stands for the options of loss.Orientation, which has none.
type Orientation struct{}

// Plain computes the loss and its gradient by every operand by package loss; nil for
// operands whose gradient it does not give.
func (c Case) Plain(in []*mat.Dense) (value float64, by []*mat.Dense, err error) {
	var g [3]*mat.Dense
	switch o := c.Options.(type) {
	case Softmax:
		value, g[0], err = loss.SoftmaxCrossEntropy(in[0], c.Labels)
	case loss.Margin:
		value, g[0], g[1], err = o.Loss(in[0], in[1], c.Labels)
	case loss.PartialFC:
		value, g[0], g[1], err = o.Loss(in[0], in[1], c.Labels, c.Step)
	case loss.ADA:
		var a loss.ADAGradient
		value, a, err = o.Loss(in[0], in[1], in[2])
		g = [3]*mat.Dense{a.Frontal, a.Attention, a.Profile}
	case loss.FeatureL2:
		value, g[0], g[1], err = o.Loss(in[0], in[1])
	case loss.MaxADA:
		value, g[1], err = o.Loss(in[0], in[1])
	case loss.Contrastive:
		value, g[0], g[1], err = o.Loss(in[0], in[1], c.Same)
	case loss.HopeNet:
		value, g[0], err = o.Loss(in[0], c.Labels, c.Reals)
	case Orientation:
		value, g[0], err = loss.Orientation(in[0], in[1])
	case loss.Landmarks:
		value, g[0], err = o.Loss(in[0], in[1])
	case loss.AngularDistillation:
		var centres *mat.Dense
		if len(in) > 2 {
			centres = in[2]
		}
		value, g[0], err = o.Loss(in[0], in[1], centres, c.Reals)
	default:
		err = fmt.Errorf("no case for %T", o)
	}
	return value, g[:len(in)], err
}

// Normal returns a matrix of normal values times size.
func Normal(rng *rand.Rand, rows, cols int, size float64) *mat.Dense {
	m := mat.NewDense(rows, cols, nil)
	m.Apply(func(_, _ int, _ float64) float64 { return size * rng.NormFloat64() }, m)
	return m
}

const batch, d, classes = 4, 5, 7

// All returns the cases, drawn anew from a fixed seed.
func All() []Case {
	rng := rand.New(rand.NewPCG(42, 1))
	labels := []int{3, 0, 6, 3}
	features := func() *mat.Dense { return Normal(rng, batch, d, 2) }
	var all []Case
	add := func(name string, options any, in ...*mat.Dense) *Case {
		all = append(all, Case{Name: name, Options: options, In: in, Labels: labels})
		return &all[len(all)-1]
	}
	add("softmax", Softmax{}, Normal(rng, batch, classes, 3))
	for _, m := range margins {
		f, w := facing(rng, labels)
		add(m.name, m.Margin, f, w).Chosen = m.Gradient == loss.StraightThrough && m.Angle > 0
	}
	f, w := facing(rng, labels)
	add("partial FC", loss.PartialFC{Margin: loss.ArcFace(), Rate: 0.8, Seed: 42}, f, w).Step = 7
	for _, c := range adas {
		in := []*mat.Dense{features(), features(), features()}
		frozen := map[int]bool{0: !c.LiveTarget}
		add("ADA"+c.name, c.ADA, in...).Frozen = frozen
		add("feature L2"+c.name, loss.FeatureL2(c.ADA), in[0], in[2]).Frozen = frozen
	}
	for _, c := range []loss.MaxADA{{}, {Abs: true}, {Factor: 0.5}} {
		add(fmt.Sprintf("max ADA %+v", c), c, features(), features()).Frozen = map[int]bool{0: true}
	}
	a := Normal(rng, batch, d, 0.5)
	b := mat.DenseCopyOf(a)
	b.Add(b, Normal(rng, batch, d, 0.3))
	b.Set(2, 0, 9) // beyond the margin
	add("contrastive", loss.Contrastive{}, a, b).Same = []bool{true, false, false, true}
	add("contrastive narrow", loss.Contrastive{Margin: 0.1}, a, b).Same = []bool{false, false, true, true}
	for _, c := range []loss.HopeNet{{}, {Alpha: 0.001}, {Alpha: 2}, {Alpha: 1, WidthDeg: 5, MinDeg: -20}} {
		add(fmt.Sprintf("HopeNet %+v", c), c, Normal(rng, batch, classes, 2)).Reals = []float64{-1.6, 0.02, 0.4, 1.2}
	}
	add("orientation", Orientation{}, Normal(rng, batch, loss.OrientationLen, 1), Normal(rng, batch, loss.OrientationLen, 1)).Frozen = map[int]bool{1: true}
	for _, c := range []loss.Landmarks{{}, {Weight: 0.3, MinLog: -2, MaxLog: 1}} {
		add(fmt.Sprintf("landmarks %+v", c), c, Normal(rng, batch, 2*loss.LandmarkWidth, 1), truth(rng, 2)).Frozen = map[int]bool{1: true}
	}
	for _, c := range []loss.AngularDistillation{loss.PAD(), {}, {Structure: loss.BetweenPairs, PoseWeight: 3}} {
		in := []*mat.Dense{features(), features()}
		if c.Structure == loss.ToCentres {
			in = append(in, Normal(rng, classes, d, 0.1))
		}
		pad := add(fmt.Sprintf("angular distillation %+v", c), c, in...)
		pad.Reals, pad.Frozen = []float64{0, 0.7, -1.5, 0.3}, map[int]bool{1: true, 2: true}
	}
	return all
}

// truth returns where points are, and whether they are seen, as loss.Landmarks takes it.
func truth(rng *rand.Rand, points int) *mat.Dense {
	m := Normal(rng, batch, 3*points, 1)
	m.Apply(func(i, j int, v float64) float64 {
		if j%3 == 2 {
			return float64((i + j) % 2)
		}
		return v
	}, m)
	return m
}

// facing returns features and class weights of which the first feature is close to its
// class, the second nearly opposite to its own, so that θ+m is beyond π, and the others
// anywhere.
func facing(rng *rand.Rand, labels []int) (features, weights *mat.Dense) {
	features, weights = Normal(rng, batch, d, 2), Normal(rng, classes, d, 0.1)
	for i, towards := range []float64{1, -1} {
		own := mat.NewVecDense(d, nil)
		own.ScaleVec(towards*3/mat.Norm(weights.RowView(labels[i]), 2), weights.RowView(labels[i]))
		for k := range d {
			features.Set(i, k, own.AtVec(k)+0.05*features.At(i, k))
		}
	}
	return features, weights
}

var margins = []struct {
	name string
	loss.Margin
}{
	{"ArcFace", loss.ArcFace()},
	{"ArcFace fallback", loss.Margin{Angle: 0.5, Overflow: loss.Fallback}},
	{"ArcFace straight-through", loss.Margin{Angle: 0.5, Gradient: loss.StraightThrough}},
	{"ArcFace straight-through fallback", loss.Margin{Angle: 0.5, Gradient: loss.StraightThrough, Overflow: loss.Fallback}},
	{"ArcFace s32 m0.3", loss.Margin{Scale: 32, Angle: 0.3}},
	{"CosFace", loss.CosFace()},
	{"no margin", loss.Margin{Scale: 16}},
	{"combined", loss.Margin{Scale: 30, Angle: 0.3, Cosine: 0.2}},
	{"combined straight-through", loss.Margin{Scale: 30, Angle: 0.3, Cosine: 0.2, Gradient: loss.StraightThrough}},
}

var adas = []struct {
	name string
	loss.ADA
}{
	{"", loss.ADA{}},
	{" mean", loss.ADA{Reduction: loss.Mean}},
	{" live", loss.ADA{LiveTarget: true}},
	{" unit", loss.ADA{Unit: true}},
	{" unit live mean", loss.ADA{Unit: true, LiveTarget: true, Reduction: loss.Mean}},
}
