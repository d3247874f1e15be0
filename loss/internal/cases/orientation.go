package cases

import (
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Orientation is loss.Orientation, which has no options.
func Orientation() Loss {
	return Loss{
		plain: func(_ Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, by, err := loss.Orientation(in[0], in[1])
			return value, []*mat.Dense{by}, err
		},
		graph: func(in []*graph.Node, _ Side) *graph.Node { return lossgraph.Orientation(in[0], in[1]) },
	}
}

var _ = register(&family{
	name: "orientation",
	cases: func(rng *rand.Rand) []Case {
		predicted, rotations := Normal(rng, batch, loss.OrientationLen, 1), Normal(rng, batch, loss.OrientationLen, 1)
		return []Case{{Name: "orientation", Loss: Orientation(), In: in(predicted, rotations), Frozen: map[int]bool{1: true}}}
	},
	worked: []Value{
		{Case{Name: "orientation, a quarter turn", Loss: Orientation(),
			In: in(Rows([]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}), Rows([]float64{0, -1, 0, 1, 0, 0, 0, 0, 1}))}, 4},
	},
	bad: []Bad{
		{Case{Loss: Orientation(), In: in(Ones(2, 9), Ones(3, 9))}, loss.ErrShape, "rotations are [3, 9]"},
		{Case{Loss: Orientation(), In: in(Ones(2, 3), Ones(2, 3))}, loss.ErrShape, "3 elements, want 9"},
		{Case{Loss: Orientation(), In: in(nan, Ones(2, 3))}, loss.ErrValue, "matrices at (1, 2): NaN"},
	},
	misuse: []Misuse{
		{"want matrices of 9 elements", func(f, _, _ *graph.Node) *graph.Node { return lossgraph.Orientation(f, f) }},
		{"matrices and rotations of one", func(f, w, _ *graph.Node) *graph.Node { return lossgraph.Orientation(f, w) }},
	},
	pytorch: map[string]Loss{"orientation": Orientation()},
})
