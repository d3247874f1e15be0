package cases

import (
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// ADA is loss.ADA.
func ADA(o loss.ADA) Loss {
	return Loss{
		plain: func(_ Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, by, err := o.Loss(in[0], in[1], in[2])
			return value, []*mat.Dense{by.Frontal, by.Attention, by.Profile}, err
		},
		graph: func(in []*graph.Node, _ Side) *graph.Node { return lossgraph.ADA(o, in[0], in[1], in[2]) },
	}
}

// FeatureL2 is loss.FeatureL2.
func FeatureL2(o loss.FeatureL2) Loss {
	return Loss{
		plain: func(_ Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, byFrontal, byProfile, err := o.Loss(in[0], in[1])
			return value, []*mat.Dense{byFrontal, byProfile}, err
		},
		graph: func(in []*graph.Node, _ Side) *graph.Node { return lossgraph.FeatureL2(o, in[0], in[1]) },
	}
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

var _ = register(&family{
	name: "ADA",
	cases: func(rng *rand.Rand) []Case {
		var all []Case
		for _, c := range adas {
			frontal, attention, profile := features(rng), features(rng), features(rng)
			frozen := map[int]bool{0: !c.LiveTarget}
			all = append(all,
				Case{Name: "ADA" + c.name, Loss: ADA(c.ADA), In: in(frontal, attention, profile), Frozen: frozen, Directions: c.Unit},
				Case{Name: "feature L2" + c.name, Loss: FeatureL2(loss.FeatureL2(c.ADA)), In: in(frontal, profile), Frozen: frozen})
		}
		return all
	},
	edges: adaEdges(),
	equal: []Case{
		{Name: "ADA", Loss: ADA(loss.ADA{}), In: in(equalFeatures, Ones(3, 6), equalFeatures)},
		{Name: "ADA unit", Loss: ADA(loss.ADA{Unit: true, LiveTarget: true}), In: in(equalFeatures, Ones(3, 6), Scaled(3, equalFeatures))},
		{Name: "feature L2", Loss: FeatureL2(loss.FeatureL2{LiveTarget: true}), In: in(equalFeatures, equalFeatures)},
	},
	worked: adasWorked(),
	bad: []Bad{
		{Case{Loss: ADA(loss.ADA{}), In: in(Ones(2, 3), Ones(2, 4), Ones(2, 3))}, loss.ErrShape, "attention weights are [2, 4]"},
		{Case{Loss: ADA(loss.ADA{Reduction: 5}), In: in(Ones(2, 3), Ones(2, 3), Ones(2, 3))}, loss.ErrOption, "reduction 5"},
		{Case{Loss: FeatureL2(loss.FeatureL2{}), In: in(Ones(2, 3), Ones(3, 3))}, loss.ErrShape, "profile features are [3, 3]"},
	},
	misuse: []Misuse{
		{"features as a float32 or float64 matrix, got", func(_, _, y *graph.Node) *graph.Node { return lossgraph.FeatureL2(loss.FeatureL2{}, y, y) }},
		{"unknown reduction 7", func(f, _, _ *graph.Node) *graph.Node { return lossgraph.ADA(loss.ADA{Reduction: 7}, f, f, f) }},
	},
	pytorch: map[string]Loss{
		"ada": ADA(loss.ADA{}), "ada mean": ADA(loss.ADA{Reduction: loss.Mean}), "ada unit": ADA(loss.ADA{Unit: true}),
		"feature l2": FeatureL2(loss.FeatureL2{}),
	},
})

func adaEdges() []Case {
	var all []Case
	for _, c := range adas {
		all = append(all, Case{Name: "ADA" + c.name + " of nothing", Loss: ADA(c.ADA), In: in(zero, zero, zero)},
			Case{Name: "ADA" + c.name + " without attention", Loss: ADA(c.ADA), In: in(one, zero, one)},
			Case{Name: "ADA" + c.name + " without a profile feature", Loss: ADA(c.ADA), In: in(one, one, zero)})
	}
	return all
}

func adasWorked() []Value {
	operands := in(Rows([]float64{2, 4}), Rows([]float64{1, 0.5}), Rows([]float64{0, 5}))
	return []Value{
		{Case{Name: "ADA", Loss: ADA(loss.ADA{}), In: operands}, 4 + 9},
		{Case{Name: "ADA, mean", Loss: ADA(loss.ADA{Reduction: loss.Mean}), In: operands}, 6.5},
		{Case{Name: "ADA, unit", Loss: ADA(loss.ADA{Unit: true}), In: operands}, 2 - math.Sqrt2},
		{Case{Name: "feature L2 of two pairs", Loss: FeatureL2(loss.FeatureL2{}),
			In: in(Rows([]float64{2, 4}, []float64{1, 1}), Rows([]float64{0, 5}, []float64{1, 1}))}, 2.5},
	}
}
