package cases

import (
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// PartialFC is loss.PartialFC.
func PartialFC(o loss.PartialFC) Loss {
	return Loss{
		plain: func(c Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, byFeatures, byWeights, err := o.Loss(in[0], in[1], c.Labels, c.Step)
			return value, []*mat.Dense{byFeatures, byWeights}, err
		},
		graph: func(in []*graph.Node, s Side) *graph.Node {
			return lossgraph.PartialFC(o.Margin, in[0], in[1], s.Sampled, s.Labels)
		},
		Sampling: &o,
	}
}

var _ = register(&family{
	name: "partial FC",
	cases: func(rng *rand.Rand) []Case {
		f, w := facing(rng)
		o := loss.PartialFC{Margin: loss.ArcFace(), Rate: 0.8, Seed: 42}
		return []Case{{Name: "partial FC", Loss: PartialFC(o), In: in(f, w), Step: 7, Directions: true}}
	},
	bad: []Bad{
		{Case{Loss: PartialFC(loss.PartialFC{Rate: 1.5}), Labels: []int{0, 1}, In: in(Ones(2, 3), Ones(5, 3))}, loss.ErrOption, "rate"},
		{Case{Loss: PartialFC(loss.PartialFC{Rate: 1}), Labels: []int{0, 5}, In: in(Ones(2, 3), Ones(5, 3))}, loss.ErrLabel, "label 1 is 5"},
		{Case{Loss: PartialFC(loss.PartialFC{Rate: 1}), In: in(Ones(2, 3), Ones(5, 3))}, loss.ErrShape, "0 labels for a batch of 2"},
	},
})
