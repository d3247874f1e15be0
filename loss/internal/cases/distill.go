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

// Distillation is loss.AngularDistillation, whose third operand, the centers, may be
// missing.
func Distillation(o loss.AngularDistillation) Loss {
	return Loss{
		plain: func(c Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, by, err := o.Loss(in[0], in[1], third(in), c.Reals)
			return value, []*mat.Dense{by}, err
		},
		graph: func(in []*graph.Node, s Side) *graph.Node {
			return lossgraph.AngularDistillation(o, in[0], in[1], third(in), s.Reals)
		},
	}
}

func third[T any](in []*T) *T {
	if len(in) < 3 {
		return nil
	}
	return in[2]
}

var pairs = Distillation(loss.AngularDistillation{Structure: loss.BetweenPairs})

var _ = register(&family{
	name: "angular distillation",
	cases: func(rng *rand.Rand) []Case {
		var all []Case
		for _, c := range []loss.AngularDistillation{loss.PAD(), {}, {Structure: loss.BetweenPairs, PoseWeight: 3}} {
			operands := in(features(rng), features(rng))
			if c.Structure == loss.ToCenters {
				operands = append(operands, Normal(rng, classes, d, 0.1))
			}
			all = append(all, Case{Name: fmt.Sprintf("angular distillation %+v", c), Loss: Distillation(c), In: operands,
				Reals: []float64{0, 0.7, -1.5, 0.3}, Frozen: map[int]bool{1: true, 2: true}, Directions: true})
		}
		return all
	},
	edges: distillationEdges(),
	equal: []Case{
		{Name: "angular distillation", Loss: Distillation(loss.PAD()), Reals: []float64{0, 1, 2},
			In: in(equalFeatures, Scaled(2, equalFeatures), Normal(rand.New(rand.NewPCG(42, 5)), 4, 6, 1))},
		{Name: "angular distillation of pairs", Loss: pairs, In: in(equalFeatures, Scaled(2, equalFeatures)), Reals: []float64{0, 1, 2}},
	},
	worked: distillationWorked(),
	bad: []Bad{
		badDistillation(loss.PAD(), []float64{0, 0.1}, loss.ErrShape, "class centers are empty"),
		badDistillation(loss.AngularDistillation{Structure: 2}, []float64{0, 0.1}, loss.ErrOption, "structure 2"),
		badDistillation(loss.AngularDistillation{PoseWeight: -1}, []float64{0, 0.1}, loss.ErrOption, "β"),
		badDistillation(loss.PAD(), nil, loss.ErrShape, "0 turns of the head", Ones(5, 3)),
	},
	misuse: []Misuse{
		{"unknown structure 3", func(f, _, y *graph.Node) *graph.Node {
			return lossgraph.AngularDistillation(loss.AngularDistillation{Structure: 3}, f, f, nil, y)
		}},
		{"want class centers", func(f, _, y *graph.Node) *graph.Node { return lossgraph.AngularDistillation(loss.PAD(), f, f, nil, y) }},
	},
	pytorch: map[string]Loss{"distillation": Distillation(loss.PAD())},
})

func badDistillation(o loss.AngularDistillation, turns []float64, want error, text string, centers ...*mat.Dense) Bad {
	return Bad{Case{Loss: Distillation(o), Reals: turns, In: append(in(Ones(2, 3), Ones(2, 3)), centers...)}, want, text}
}

func distillationEdges() []Case {
	student := Rows([]float64{3, 0, 0}, []float64{0, 0, -1}, []float64{0, 0, 0})
	teacher := Rows([]float64{-3, 0, 0}, []float64{0, 5, 0}, []float64{0, 2, 0})
	turns := []float64{0, math.Pi, -7}
	return []Case{
		{Name: "angular distillation at and opposite to the centre", Loss: Distillation(loss.PAD()), In: in(student, teacher, axes), Reals: turns},
		{Name: "angular distillation of pairs at and opposite to each other", Loss: pairs, In: in(student, teacher), Reals: turns},
		{Name: "angular distillation of no pairs", Loss: pairs, In: in(one, one), Reals: []float64{1}},
	}
}

func distillationWorked() []Value {
	quarter := math.Pi * math.Pi / 4
	return []Value{
		{Case{Name: "distillation, a right angle", Loss: Distillation(loss.PAD()), Reals: []float64{0},
			In: in(Rows([]float64{7, 0}), Rows([]float64{0, 1}), Rows([]float64{2, 0}))}, quarter},
		// The second head is in profile and counts 1+β = 3 times; its feature is at 180
		// degrees instead of at 90.
		{Case{Name: "distillation, pose", Loss: Distillation(loss.AngularDistillation{PoseWeight: 2}), Reals: []float64{0, -math.Pi / 2},
			In: in(Rows([]float64{1, 0}, []float64{-1, 0}), Rows([]float64{1, 0}, []float64{0, 1}), Rows([]float64{2, 0}))}, quarter * 3 / 4},
		{Case{Name: "distillation, pairs", Loss: pairs, Reals: []float64{0, 0},
			In: in(Rows([]float64{1, 0}, []float64{1, 1}), Rows([]float64{1, 0}, []float64{0, 1}))}, quarter / 4},
	}
}
