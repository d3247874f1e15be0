package baseline

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/reference"
)

// formula finds the variables of a head, and computes in plain float64.
type formula struct {
	t     *testing.T
	store *model.Store
}

func (m formula) vector(path string) []float64 {
	v := m.store.GetVariable("/" + path)
	require.NotNil(m.t, v, path)
	values, err := dense.Values(v)
	require.NoError(m.t, err)
	return values
}

func (m formula) fc(name string, x *mat.Dense) *mat.Dense {
	dims := m.store.GetVariable("/" + name + "/weight").Shape().Dimensions
	return reference.FC{W: mat.NewDense(dims[0], dims[1], m.vector(name+"/weight")), B: m.vector(name + "/bias")}.Forward(x)
}

func (m formula) prelu(name string, x *mat.Dense) *mat.Dense {
	return reference.PReLU(x, m.vector(name+"/weight"))
}

func relu(x *mat.Dense) *mat.Dense {
	_, n := x.Dims()
	return reference.PReLU(x, make([]float64, n))
}

func plus(a, b *mat.Dense) *mat.Dense {
	var y mat.Dense
	y.Add(a, b)
	return &y
}

// rows multiplies each row by its factor.
func rows(x *mat.Dense, factor func(i int) float64) *mat.Dense {
	y := mat.DenseCopyOf(x)
	y.Apply(func(i, _ int, v float64) float64 { return v * factor(i) }, x)
	return y
}

// convNorm is BN(x W) in inference: (x W - mean) / sqrt(var + 1e-5) * weight + bias.
func (m formula) convNorm(conv, bn string, x *mat.Dense) *mat.Dense {
	w := mat.NewDense(testD, testD, m.vector(conv+"/weight"))
	mean, variance, weight, bias := m.vector(bn+"/running_mean"), m.vector(bn+"/running_var"), m.vector(bn+"/weight"), m.vector(bn+"/bias")
	var y mat.Dense
	y.Mul(x, w)
	y.Apply(func(_, j int, v float64) float64 { return (v-mean[j])/math.Sqrt(variance[j]+1e-5)*weight[j] + bias[j] }, &y)
	return &y
}

// TestHeadsAreTheirFormulas computes every head's change of the scaled feature x in plain
// float64, and compares.
func TestHeadsAreTheirFormulas(t *testing.T) {
	type change func(m formula, x, p *mat.Dense) *mat.Dense
	mlp := func(m formula, x, _ *mat.Dense) *mat.Dense { return m.fc("fc2", m.prelu("prelu", m.fc("fc1", x))) }
	formulas := map[string]change{
		"none": func(_ formula, x, _ *mat.Dense) *mat.Dense { return rows(x, func(int) float64 { return 0 }) },
		"mean": func(m formula, x, _ *mat.Dense) *mat.Dense {
			y := mat.DenseCopyOf(x)
			y.Apply(func(_, j int, _ float64) float64 { return -math.Sqrt(testD) * m.vector("mean")[j] }, x)
			return y
		},
		"linear": func(m formula, x, _ *mat.Dense) *mat.Dense { return m.fc("fc", x) },
		"mlp":    mlp,
		"pad":    mlp,
		"dream": func(m formula, x, p *mat.Dense) *mat.Dense {
			return rows(relu(m.fc("fc2", relu(m.fc("fc1", x)))), func(i int) float64 { return DREAMGate(p.At(i, 0)) })
		},
		"agpm": func(m formula, x, p *mat.Dense) *mat.Dense {
			total := mat.NewDense(batch, testD, nil)
			for k, name := range []string{"p_hp", "hp_hf", "hf_f"} {
				r := m.convNorm(name+"/conv2", name+"/bn2", relu(m.convNorm(name+"/conv1", name+"/bn1", plus(x, total))))
				total = plus(total, rows(r, func(i int) float64 { return AGPMGates(p.At(i, 0))[k] }))
			}
			return total
		},
		"pam": func(m formula, x, p *mat.Dense) *mat.Dense {
			total := mat.NewDense(batch, testD, nil)
			for _, name := range []string{"level1", "level2", "level3"} {
				r := m.fc(name+"/fc2", m.prelu(name+"/prelu", m.fc(name+"/fc1", plus(x, total))))
				total = plus(total, rows(r, func(i int) float64 { return DREAMGate(p.At(i, 0)) }))
			}
			return total
		},
		"pctn": func(m formula, x, p *mat.Dense) *mat.Dense {
			mean, std := m.vector("pose/mean"), m.vector("pose/std")
			z, q := m.prelu("encode/prelu", m.fc("encode", x)), mat.DenseCopyOf(p)
			q.Apply(func(_, j int, v float64) float64 { return (v - mean[j]) / std[j] }, p)
			var both mat.Dense
			both.Augment(z, q)
			return m.fc("decode", plus(z, m.fc("transfer2", m.prelu("transfer1/prelu", m.fc("transfer1", &both)))))
		},
	}
	for _, name := range Names() {
		_, c := newCase(t, name, true)
		f := mat.NewDense(batch, testD, c.Inputs[0].Float64s())
		var p *mat.Dense
		if len(c.Inputs) > 1 {
			p = mat.NewDense(batch, c.Inputs[1].Shape.Dimensions[1], c.Inputs[1].Float64s())
		}
		require.Contains(t, formulas, name)
		x, s := reference.Scale(f)
		want := plus(f, rows(formulas[name](formula{t, c.Store}, x, p), func(i int) float64 { return s[i] }))
		err := golden.Compare(golden.Of(value(t, c), batch, testD), golden.Of(want.RawMatrix().Data, batch, testD), golden.Tolerance{Abs: 1e-12, Rel: 1e-12})
		require.NoError(t, err, name)
	}
}
