package cases

import (
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Matching is loss.Matching.
func Matching(o loss.Matching) Loss {
	return Loss{
		plain: func(c Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, byA, byB, err := o.Loss(in[0], in[1], c.Labels)
			return value, []*mat.Dense{byA, byB}, err
		},
		graph: func(in []*graph.Node, s Side) *graph.Node { return lossgraph.Matching(o, in[0], in[1], s.Labels) },
	}
}

var _ = register(&family{
	name: "matching",
	cases: func(rng *rand.Rand) []Case {
		return []Case{
			{Name: "matching", Loss: Matching(loss.Matching{}), In: in(features(rng), features(rng)), Directions: true}, // of one person twice
			{Name: "matching s 2", Loss: Matching(loss.Matching{Scale: 2}), In: in(features(rng), features(rng)), Labels: []int{4, 1, 0, 2}, Directions: true},
		}
	},
	edges: []Case{
		{Name: "matching of features without direction", Loss: Matching(loss.Matching{}), In: in(Rows([]float64{0, 0}, []float64{1, 2}), Rows([]float64{3, 0}, []float64{0, 0})), Labels: []int{0, 1}},
		{Name: "matching of one pair", Loss: Matching(loss.Matching{}), In: in(one, one), Labels: []int{3}},
		{Name: "matching of one person", Loss: Matching(loss.Matching{}), In: in(Rows([]float64{1, 0}, []float64{0, 1}), Rows([]float64{0, 1}, []float64{1, 0})), Labels: []int{5, 5}},
	},
	equal: []Case{{Name: "matching of one person", Loss: Matching(loss.Matching{}), In: in(equalFeatures, equalFeatures), Labels: []int{2, 2, 2}}},
	worked: []Value{
		{Case{Name: "matching, nothing known", Loss: Matching(loss.Matching{}), In: in(Ones(2, 3), Ones(2, 3)), Labels: []int{0, 1}}, math.Ln2},
		{Case{Name: "matching, at right angles", Loss: Matching(loss.Matching{Scale: 1}), Labels: []int{0, 1},
			In: in(Rows([]float64{1, 0}, []float64{0, 1}), Rows([]float64{1, 0}, []float64{0, 1}))}, math.Log(1 + math.Exp(-1))},
	},
	bad: []Bad{
		{Case{Loss: Matching(loss.Matching{}), In: in(Ones(2, 3), Ones(2, 3))}, loss.ErrShape, "0 people"},
		{Case{Loss: Matching(loss.Matching{Scale: -1}), In: in(Ones(2, 3), Ones(2, 3)), Labels: []int{0, 1}}, loss.ErrOption, "scale"},
	},
	misuse: []Misuse{
		{"the scale is -1", func(f, _, y *graph.Node) *graph.Node { return lossgraph.Matching(loss.Matching{Scale: -1}, f, f, y) }},
		{"features a and b of one shape", func(f, w, y *graph.Node) *graph.Node { return lossgraph.Matching(loss.Matching{}, f, w, y) }},
	},
	pytorch: map[string]Loss{"matching": Matching(loss.Matching{})},
})
