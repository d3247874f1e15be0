package reference

import "gonum.org/v1/gonum/mat"

// Form says how AM's activations a become weights.
type Form int

// The forms of weights: a / (mean(a) + 1e-12), a, and 1 + a.
const (
	MeanOne Form = iota
	Plain
	Residual
)

// meanEpsilon is added to the mean that MeanOne divides by.
const meanEpsilon = 1e-12

// Attention is AM: FC-ReLU-FC-gate on x = f / s (as in Scale) if Norm is set, on f
// otherwise; then the form.
type Attention struct {
	FC1, FC2 FC
	Gate     Gate
	Form     Form
	Norm     bool
}

func (a Attention) trace(f *mat.Dense) (x *mat.Dense, s []float64, hidden, active, g *mat.Dense) {
	x = f
	if a.Norm {
		x, s = Scale(f)
	}
	hidden = a.FC1.Forward(x)
	active = relu(hidden)
	return x, s, hidden, active, a.Gate.forward(a.FC2.Forward(active))
}

// Forward returns the weights AM(f), [batch, d].
func (a Attention) Forward(f *mat.Dense) *mat.Dense {
	_, _, _, _, g := a.trace(f)
	switch a.Form {
	case MeanOne:
		return rowsTimes(g, inverseMeans(g))
	case Residual:
		return apply(g, func(_ int, v float64) float64 { return 1 + v })
	}
	return g
}

// inverseMeans are 1 / (mean + 1e-12) of the rows.
func inverseMeans(g *mat.Dense) []float64 {
	rows, d := g.Dims()
	out := make([]float64, rows)
	for i := range rows {
		out[i] = 1 / (mat.Sum(g.RowView(i))/float64(d) + meanEpsilon)
	}
	return out
}

// Backward takes the derivative of a loss by the weights. For MeanOne, with w = a q and q
// = 1 / (mean(a) + 1e-12):
//
//	da_j = q dw_j - q² (dw·a) / d.
func (a Attention) Backward(f, dw *mat.Dense) (df *mat.Dense, da Attention) {
	x, s, hidden, active, g := a.trace(f)
	rows, d := f.Dims()
	dg := dw
	if a.Form == MeanOne {
		q := inverseMeans(g)
		dg = mat.DenseCopyOf(dw)
		dg.Apply(func(i, _ int, v float64) float64 {
			return q[i]*v - q[i]*q[i]*dot(mat.Row(nil, i, dw), mat.Row(nil, i, g))/float64(d)
		}, dw)
	}
	var back *mat.Dense
	back, da.FC2 = a.FC2.Backward(active, a.Gate.backward(g, dg))
	df, da.FC1 = a.FC1.Backward(x, reluBackward(hidden, back))
	if a.Norm {
		df = ScaleBackward(f, s, df, make([]float64, rows))
	}
	return df, da
}
