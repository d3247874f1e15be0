package cases

import (
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Contrastive is loss.Contrastive.
func Contrastive(o loss.Contrastive) Loss {
	return Loss{
		plain: func(c Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, byA, byB, err := o.Loss(in[0], in[1], c.Same)
			return value, []*mat.Dense{byA, byB}, err
		},
		graph: func(in []*graph.Node, s Side) *graph.Node { return lossgraph.Contrastive(o, in[0], in[1], s.Reals) },
	}
}

var _ = register(&family{
	name: "contrastive",
	cases: func(rng *rand.Rand) []Case {
		a := Normal(rng, batch, d, 0.5)
		b := mat.DenseCopyOf(a)
		b.Add(b, Normal(rng, batch, d, 0.3))
		b.Set(2, 0, 9) // beyond the margin
		return []Case{
			{Name: "contrastive", Loss: Contrastive(loss.Contrastive{}), In: in(a, b), Same: []bool{true, false, false, true}},
			{Name: "contrastive narrow", Loss: Contrastive(loss.Contrastive{Margin: 0.1}), In: in(a, b), Same: []bool{false, false, true, true}},
		}
	},
	edges: []Case{
		{Name: "contrastive at the margin", Loss: Contrastive(loss.Contrastive{Margin: 5}), In: in(zero, one), Same: []bool{false}},
		{Name: "contrastive of equal features", Loss: Contrastive(loss.Contrastive{}), In: in(one, one), Same: []bool{false}},
	},
	equal: []Case{{Name: "contrastive", Loss: Contrastive(loss.Contrastive{}), In: in(equalFeatures, equalFeatures), Same: []bool{true, true, true}}},
	worked: []Value{
		{Case{Name: "contrastive, two people", Loss: Contrastive(loss.Contrastive{}), In: in(Rows([]float64{1, 0}), Rows([]float64{0.6, 0.8})), Same: []bool{false}}, 1.4 - 0.8},
		{Case{Name: "contrastive, two people apart", Loss: Contrastive(loss.Contrastive{}), In: in(Rows([]float64{1, 0}), Rows([]float64{-1, 0})), Same: []bool{false}}, 0},
	},
	bad: []Bad{
		{Case{Loss: Contrastive(loss.Contrastive{}), In: in(Ones(2, 3), Ones(2, 3))}, loss.ErrShape, "0 answers"},
		{Case{Loss: Contrastive(loss.Contrastive{Margin: -1}), In: in(Ones(2, 3), Ones(2, 3))}, loss.ErrOption, "margin"},
	},
	misuse: []Misuse{
		{"the margin is -1", func(f, _, y *graph.Node) *graph.Node {
			return lossgraph.Contrastive(loss.Contrastive{Margin: -1}, f, f, y)
		}},
	},
	pytorch: map[string]Loss{"contrastive": Contrastive(loss.Contrastive{})},
})
