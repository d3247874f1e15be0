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

// HopeNet is loss.HopeNet.
func HopeNet(o loss.HopeNet) Loss {
	return Loss{
		plain: func(c Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, by, err := o.Loss(in[0], c.Labels, c.Reals)
			return value, []*mat.Dense{by}, err
		},
		graph: func(in []*graph.Node, s Side) *graph.Node { return lossgraph.HopeNet(o, in[0], s.Labels, s.Reals) },
	}
}

var _ = register(&family{
	name: "HopeNet",
	cases: func(rng *rand.Rand) []Case {
		var all []Case
		for _, c := range []loss.HopeNet{{}, {Alpha: 0.001}, {Alpha: 2}, {Alpha: 1, WidthDeg: 5, MinDeg: -20}} {
			all = append(all, Case{Name: fmt.Sprintf("HopeNet %+v", c), Loss: HopeNet(c), In: in(Normal(rng, batch, classes, 2)),
				Reals: []float64{-1.6, 0.02, 0.4, 1.2}})
		}
		return all
	},
	edges: []Case{{Name: "HopeNet of huge scores", Loss: HopeNet(loss.HopeNet{Alpha: 1}), Labels: []int{1}, In: in(Rows([]float64{0x1p120, -0x1p120, 0})),
		Reals: []float64{-1.7}}},
	worked: []Value{
		{Case{Name: "HopeNet, equal scores", Loss: HopeNet(loss.HopeNet{Alpha: 2}), Labels: []int{33}, Reals: []float64{1.5 * math.Pi / 180}, In: in(mat.NewDense(1, 66, nil))},
			math.Log(66) + 2*9},
	},
	bad: []Bad{
		badHopeNet(loss.HopeNet{Alpha: -1}, []int{0, 1}, []float64{0, 0.1}, loss.ErrOption, "α"),
		badHopeNet(loss.HopeNet{WidthDeg: -3}, []int{0, 1}, []float64{0, 0.1}, loss.ErrOption, "width"),
		badHopeNet(loss.HopeNet{}, []int{0, 1}, []float64{0}, loss.ErrShape, "1 angles"),
		badHopeNet(loss.HopeNet{}, []int{0, 1}, []float64{0, math.Inf(1)}, loss.ErrValue, "angles at 1: +Inf"),
		badHopeNet(loss.HopeNet{}, []int{0, 3}, []float64{0, 0.1}, loss.ErrLabel, "label 1 is 3"),
	},
	misuse: []Misuse{
		{"want angles [2], got (Float32)[2, 2]", func(f, _, y *graph.Node) *graph.Node { return lossgraph.HopeNet(loss.HopeNet{}, f, y, f) }},
	},
	pytorch: map[string]Loss{"hopenet": HopeNet(loss.HopeNet{Alpha: 2})},
})

func badHopeNet(o loss.HopeNet, labels []int, reals []float64, want error, text string) Bad {
	return Bad{Case{Loss: HopeNet(o), Labels: labels, Reals: reals, In: in(Ones(2, 3))}, want, text}
}
