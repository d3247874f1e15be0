package cases

import (
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Margin is loss.Margin.
func Margin(o loss.Margin) Loss {
	return Loss{
		plain: func(c Case, in []*mat.Dense) (float64, []*mat.Dense, error) {
			value, byFeatures, byWeights, err := o.Loss(in[0], in[1], c.Labels)
			return value, []*mat.Dense{byFeatures, byWeights}, err
		},
		graph: func(in []*graph.Node, s Side) *graph.Node { return lossgraph.Margin(o, in[0], in[1], s.Labels) },
	}
}

var margins = []struct {
	name string
	loss.Margin
}{
	{"ArcFace", loss.ArcFace()},
	{"ArcFace fallback", loss.Margin{Angle: 0.5, Overflow: loss.Fallback}},
	{"ArcFace straight-through", loss.Margin{Angle: 0.5, Gradient: loss.StraightThrough}},
	{"ArcFace straight-through fallback", loss.Margin{Angle: 0.5, Gradient: loss.StraightThrough, Overflow: loss.Fallback}},
	{"ArcFace s32 m0.3", loss.Margin{Scale: 32, Angle: 0.3}},
	{"CosFace", loss.CosFace()},
	{"no margin", loss.Margin{Scale: 16}},
	{"combined", loss.Margin{Scale: 30, Angle: 0.3, Cosine: 0.2}},
	{"combined straight-through", loss.Margin{Scale: 30, Angle: 0.3, Cosine: 0.2, Gradient: loss.StraightThrough}},
}

var _ = register(&family{
	name: "margin",
	cases: func(rng *rand.Rand) []Case {
		var all []Case
		for _, m := range margins {
			f, w := facing(rng)
			chosen := m.Gradient == loss.StraightThrough && m.Angle > 0
			all = append(all, Case{Name: m.name, Loss: Margin(m.Margin), In: in(f, w), Chosen: chosen, Directions: true})
		}
		return all
	},
	edges:  marginEdges(),
	worked: marginsWorked(),
	bad: []Bad{
		{Case{Loss: Margin(loss.ArcFace()), Labels: []int{0, 1}, In: in(Ones(2, 3), Ones(5, 4))}, loss.ErrShape, "features have length 3, weights have length 4"},
		{Case{Loss: Margin(loss.ArcFace()), Labels: []int{0, 1}, In: in(infinite, Ones(5, 3))}, loss.ErrValue, "features at (0, 0): -Inf"},
		badMargin(loss.Margin{Multiplier: 1.35}, "m1 is 1.35"),
		badMargin(loss.Margin{Scale: -1}, "scale"),
		badMargin(loss.Margin{Angle: math.Pi}, "m2"),
		badMargin(loss.Margin{Angle: math.NaN()}, "m2"),
		badMargin(loss.Margin{Cosine: -0.1}, "m3"),
		badMargin(loss.Margin{Gradient: 2}, "gradient 2"),
		badMargin(loss.Margin{Overflow: -1}, "overflow -1"),
	},
	misuse: []Misuse{
		{"want labels as integers [2], got (Float32)[2, 2]", func(f, w, _ *graph.Node) *graph.Node { return lossgraph.Margin(loss.ArcFace(), f, w, f) }},
		{"m1 is 2: SphereFace", func(f, w, y *graph.Node) *graph.Node { return lossgraph.Margin(loss.Margin{Multiplier: 2}, f, w, y) }},
	},
	pytorch: map[string]Loss{
		"arcface straight-through": Margin(loss.Margin{Angle: 0.5, Gradient: loss.StraightThrough, Overflow: loss.Unguarded}),
		"arcface":                  Margin(loss.ArcFace()),
		"arcface fallback":         Margin(loss.Margin{Angle: 0.5, Overflow: loss.Fallback}),
		"arcface s32 m0.3":         Margin(loss.Margin{Scale: 32, Angle: 0.3}),
		"cosface":                  Margin(loss.CosFace()),
		"no margin":                Margin(loss.Margin{}),
	},
})

func badMargin(m loss.Margin, text string) Bad {
	return Bad{Case{Loss: Margin(m), Labels: []int{0, 1}, In: in(Ones(2, 3), Ones(5, 3))}, loss.ErrOption, text}
}

func marginEdges() []Case {
	var all []Case
	for _, m := range margins {
		all = append(all, Case{Name: m.name + " at the edges", Loss: Margin(m.Margin), Labels: []int{0, 0, 2, 0, 1, 0, 1, 3}, In: in(Rows(
			[]float64{3, 0, 0},                       // at the class
			[]float64{-3, 0, 0}, []float64{0, 0, -1}, // opposite to it
			[]float64{0, 0, 0}, []float64{0, 1e-13, 0}, // without a direction
			[]float64{3 * 0x1p100, 4 * 0x1p100, 0}, // very long
			[]float64{0, 3 * 0x1p-34, 4 * 0x1p-34}, // very short
			[]float64{0, 4, 3},                     // its class has no direction
		), axes)}, Case{Name: m.name + " with one class", Loss: Margin(m.Margin), Labels: []int{0}, In: in(Rows([]float64{3, 4, 0}), Rows([]float64{0, 4, 3}))})
	}
	return all
}

func marginsWorked() []Value {
	weights, diagonal := Rows([]float64{2, 0}, []float64{0, 5}), Rows([]float64{3, 3}) // 45 degrees from both
	beyond := Rows([]float64{-1, 0})
	cos45 := math.Sqrt2 / 2
	value := func(name string, m loss.Margin, label int, feature *mat.Dense, want float64) Value {
		return Value{Case{Name: name, Loss: Margin(m), Labels: []int{label}, In: in(feature, weights)}, want}
	}
	return []Value{
		value("no margin", loss.Margin{}, 0, diagonal, math.Ln2),
		value("ArcFace of 45 degrees", loss.Margin{Scale: 2, Angle: math.Pi / 4}, 0, diagonal, math.Log1p(math.Exp(2*cos45))),
		value("ArcFace beyond 180 degrees", loss.Margin{Scale: 1, Angle: math.Pi / 4}, 0, beyond, math.Log1p(math.Exp(cos45))),
		value("the same with fallback", loss.Margin{Scale: 1, Angle: math.Pi / 4, Overflow: loss.Fallback}, 0, beyond, math.Log1p(math.Exp(1+math.Pi/4*cos45))),
		value("CosFace", loss.Margin{Scale: 2, Cosine: 0.5}, 1, diagonal, math.Log1p(math.E)),
		value("combined", loss.Margin{Scale: 2, Angle: math.Pi / 4, Cosine: 0.5}, 1, diagonal, math.Log1p(math.Exp(2*cos45+1))),
	}
}
