package cases

import (
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Softmax is loss.SoftmaxCrossEntropy, which has no options.
func Softmax() Loss {
	return Loss{
		plain: func(c Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, by, err := loss.SoftmaxCrossEntropy(in[0], c.Labels)
			return value, []*mat.Dense{by}, err
		},
		graph: func(in []*graph.Node, s Side) *graph.Node { return lossgraph.SoftmaxCrossEntropy(in[0], s.Labels) },
	}
}

var _ = register(&family{
	name: "softmax",
	cases: func(rng *rand.Rand) []Case {
		return []Case{{Name: "softmax", Loss: Softmax(), In: in(Normal(rng, batch, classes, 3))}}
	},
	edges: []Case{
		{Name: "softmax of equal logits", Loss: Softmax(), Labels: []int{0, 2}, In: in(Rows([]float64{0, 0, 0}, []float64{7, 7, 7}))},
		{Name: "softmax of huge logits", Loss: Softmax(), Labels: []int{0, 2, 1},
			In: in(Rows([]float64{0x1p120, 0, -0x1p120}, []float64{0x1p120, 0, -0x1p120}, []float64{0x1p120, 0x1p120, 0}))},
		{Name: "softmax of one class", Loss: Softmax(), Labels: []int{0}, In: in(Rows([]float64{-5}))},
	},
	worked: []Value{
		{Case{Name: "softmax, equal logits", Loss: Softmax(), Labels: []int{2}, In: in(Rows([]float64{9, 9, 9, 9}))}, math.Log(4)},
		{Case{Name: "softmax, two logits", Loss: Softmax(), Labels: []int{0, 1}, In: in(Rows([]float64{1, 0}, []float64{1, 0}))},
			(math.Log1p(math.Exp(-1)) + math.Log1p(math.E)) / 2},
	},
	bad: []Bad{
		{Case{Loss: Softmax(), Labels: []int{0}, In: in(Ones(2, 3))}, loss.ErrShape, "1 labels for a batch of 2"},
		{Case{Loss: Softmax(), Labels: []int{0, 3}, In: in(Ones(2, 3))}, loss.ErrLabel, "label 1 is 3, classes are 0 to 2"},
		{Case{Loss: Softmax(), Labels: []int{-1, 0}, In: in(Ones(2, 3))}, loss.ErrLabel, "label 0 is -1"},
		{Case{Loss: Softmax(), Labels: []int{0, 1}, In: in(nan)}, loss.ErrValue, "logits at (1, 2): NaN"},
		{Case{Loss: Softmax(), Labels: []int{0, 1}, In: in(nil)}, loss.ErrShape, "logits are empty"},
		{Case{Loss: Softmax(), In: in(&mat.Dense{})}, loss.ErrShape, "logits are empty"},
	},
	misuse: []Misuse{
		{"want labels as integers [3], got (Int32)[2]", func(_, w, y *graph.Node) *graph.Node { return lossgraph.SoftmaxCrossEntropy(w, y) }},
	},
	pytorch: map[string]Loss{"softmax": Softmax()},
})
