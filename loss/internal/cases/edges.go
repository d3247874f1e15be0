package cases

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
)

// Edges returns operands at which careless formulas give NaN or infinities. All are exact
// in float32, and so are their cosines.
func Edges() []Case {
	rows := func(r ...[]float64) *mat.Dense {
		m := mat.NewDense(len(r), len(r[0]), nil)
		for i := range r {
			m.SetRow(i, r[i])
		}
		return m
	}
	axes := rows([]float64{0.5, 0, 0}, []float64{0, 0.25, 0}, []float64{0, 0, 2}, []float64{0, 0, 0})
	var all []Case
	add := func(name string, options any, labels []int, in ...*mat.Dense) *Case {
		all = append(all, Case{Name: name, Options: options, In: in, Labels: labels, Chosen: true})
		return &all[len(all)-1]
	}
	for _, m := range margins {
		add(m.name+" at the edges", m.Margin, []int{0, 0, 2, 0, 1, 0, 1, 3}, rows(
			[]float64{3, 0, 0},                       // at the class
			[]float64{-3, 0, 0}, []float64{0, 0, -1}, // opposite to it
			[]float64{0, 0, 0}, []float64{0, 1e-13, 0}, // without a direction
			[]float64{3 * 0x1p100, 4 * 0x1p100, 0}, // very long
			[]float64{0, 3 * 0x1p-34, 4 * 0x1p-34}, // very short
			[]float64{0, 4, 3},                     // its class has no direction
		), axes)
		add(m.name+" with one class", m.Margin, []int{0}, rows([]float64{3, 4, 0}), rows([]float64{0, 4, 3}))
	}
	add("softmax of equal logits", Softmax{}, []int{0, 2}, rows([]float64{0, 0, 0}, []float64{7, 7, 7}))
	add("softmax of huge logits", Softmax{}, []int{0, 2, 1}, rows([]float64{0x1p120, 0, -0x1p120}, []float64{0x1p120, 0, -0x1p120}, []float64{0x1p120, 0x1p120, 0}))
	add("softmax of one class", Softmax{}, []int{0}, rows([]float64{-5}))
	zero, one := rows([]float64{0, 0}), rows([]float64{1, 2})
	for _, c := range adas {
		add("ADA"+c.name+" of nothing", c.ADA, nil, zero, zero, zero)
		add("ADA"+c.name+" without attention", c.ADA, nil, one, zero, one)
		add("ADA"+c.name+" without a profile feature", c.ADA, nil, one, one, zero)
	}
	add("max ADA without a target", loss.MaxADA{}, nil, zero, one)
	add("contrastive at the margin", loss.Contrastive{Margin: 5}, nil, zero, one).Same = []bool{false}
	add("contrastive of equal features", loss.Contrastive{}, nil, one, one).Same = []bool{false}
	for _, same := range []loss.AngularDistillation{loss.PAD(), {Structure: loss.BetweenPairs}} {
		in := []*mat.Dense{rows([]float64{3, 0, 0}, []float64{0, 0, -1}, []float64{0, 0, 0}), rows([]float64{-3, 0, 0}, []float64{0, 5, 0}, []float64{0, 2, 0})}
		if same.Structure == loss.ToCentres {
			in = append(in, axes)
		}
		add("angular distillation at and opposite to the centre", same, nil, in...).Reals = []float64{0, math.Pi, -7}
	}
	add("angular distillation of no pairs", loss.AngularDistillation{Structure: loss.BetweenPairs}, nil, one, one).Reals = []float64{1}
	add("HopeNet of huge scores", loss.HopeNet{Alpha: 1}, []int{1}, rows([]float64{0x1p120, -0x1p120, 0})).Reals = []float64{-1.7}
	return all
}
