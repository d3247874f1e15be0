package cases

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// MaxADA is loss.MaxADA.
func MaxADA(o loss.MaxADA) Loss {
	return Loss{
		plain: func(_ Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, byProfile, err := o.Loss(in[0], in[1])
			return value, []*mat.Dense{nil, byProfile}, err
		},
		graph: func(in []*graph.Node, _ Side) *graph.Node { return lossgraph.MaxADA(o, in[0], in[1]) },
	}
}

var _ = register(&family{
	name: "max ADA",
	cases: func(rng *rand.Rand) []Case {
		var all []Case
		for _, c := range []loss.MaxADA{{}, {Abs: true}, {Factor: 0.5}} {
			all = append(all, Case{Name: fmt.Sprintf("max ADA %+v", c), Loss: MaxADA(c), In: in(features(rng), features(rng)), Frozen: map[int]bool{0: true}})
		}
		return all
	},
	edges: []Case{{Name: "max ADA without a target", Loss: MaxADA(loss.MaxADA{}), In: in(zero, one)}},
	equal: []Case{{Name: "max ADA", Loss: MaxADA(loss.MaxADA{}), In: in(equalFeatures, equalFeatures)}},
	worked: []Value{
		{Case{Name: "max ADA", Loss: MaxADA(loss.MaxADA{}), In: in(Rows([]float64{2, -1}), Rows([]float64{3, 1}))}, 1*1 - 0.5*4},
		{Case{Name: "max ADA, absolute", Loss: MaxADA(loss.MaxADA{Abs: true}), In: in(Rows([]float64{2, -1}), Rows([]float64{3, 1}))}, 1*1 + 0.5*4},
	},
	bad: []Bad{
		{Case{Loss: MaxADA(loss.MaxADA{Factor: -2}), In: in(Ones(2, 3), Ones(2, 3))}, loss.ErrOption, "factor"},
		{Case{Loss: MaxADA(loss.MaxADA{}), In: in(Ones(2, 3), nan)}, loss.ErrValue, "profile features at (1, 2)"},
	},
	misuse: []Misuse{
		{"want frontal and profile features of one shape", func(f, w, _ *graph.Node) *graph.Node { return lossgraph.MaxADA(loss.MaxADA{}, f, w) }},
	},
	pytorch: map[string]Loss{"max ada": MaxADA(loss.MaxADA{}), "max ada abs": MaxADA(loss.MaxADA{Abs: true})},
})
