package cases

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Landmarks is loss.Landmarks.
func Landmarks(o loss.Landmarks) Loss {
	return Loss{
		plain: func(_ Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, by, err := o.Loss(in[0], in[1])
			return value, []*mat.Dense{by}, err
		},
		graph: func(in []*graph.Node, _ Side) *graph.Node { return lossgraph.Landmarks(o, in[0], in[1]) },
	}
}

var _ = register(&family{
	name: "landmarks",
	cases: func(rng *rand.Rand) []Case {
		var all []Case
		for _, c := range []loss.Landmarks{{}, {Weight: 0.3, MinLog: -2, MaxLog: 1}} {
			predicted := Normal(rng, batch, 2*loss.LandmarkWidth, 1)
			all = append(all, Case{Name: fmt.Sprintf("landmarks %+v", c), Loss: Landmarks(c), In: in(predicted, truth(rng, 2)), Frozen: map[int]bool{1: true}})
		}
		return all
	},
	worked: []Value{
		// At the middle of the bounds the raw number is the log sigma; the point is off
		// by 3 and 4, and its logit is 0.
		{Case{Name: "landmarks", Loss: Landmarks(loss.Landmarks{MinLog: -1, MaxLog: 1}), In: in(Rows([]float64{3, 4, 0, 0}), Rows([]float64{0, 0, 1}))}, 12.5 + math.Ln2},
		{Case{Name: "landmarks, surer and half as heavy", Loss: Landmarks(loss.Landmarks{Weight: 0.5, MinLog: -2}),
			In: in(Rows([]float64{3, 4, -1, 0}), Rows([]float64{0, 0, 0}))}, -2 + 12.5*math.E*math.E + math.Ln2/2},
	},
	bad: []Bad{
		{Case{Loss: Landmarks(loss.Landmarks{}), In: in(Ones(2, 4), Ones(2, 4))}, loss.ErrShape, "want [batch, 4 K]"},
		{Case{Loss: Landmarks(loss.Landmarks{}), In: in(Ones(2, 3), Ones(2, 3))}, loss.ErrShape, "want [batch, 4 K]"},
		{Case{Loss: Landmarks(loss.Landmarks{Weight: -1}), In: in(Ones(2, 4), Ones(2, 3))}, loss.ErrOption, "weight of being seen"},
		{Case{Loss: Landmarks(loss.Landmarks{MinLog: 3}), In: in(Ones(2, 4), Ones(2, 3))}, loss.ErrOption, "greatest log sigma"},
	},
	misuse: []Misuse{
		{"want points [batch, 4 K]", func(f, w, _ *graph.Node) *graph.Node { return lossgraph.Landmarks(loss.Landmarks{}, f, w) }},
		{"the greatest log sigma", func(f, w, _ *graph.Node) *graph.Node { return lossgraph.Landmarks(loss.Landmarks{MinLog: 2}, f, w) }},
	},
	pytorch: map[string]Loss{
		"landmarks":              Landmarks(loss.Landmarks{}),
		"landmarks w0.5 -2 to 1": Landmarks(loss.Landmarks{Weight: 0.5, MinLog: -2, MaxLog: 1}),
	},
})

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
