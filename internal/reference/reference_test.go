package reference

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
)

func random(rng *rand.Rand, rows, columns int) *mat.Dense {
	x := mat.NewDense(rows, columns, nil)
	x.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, x)
	return x
}

func randomFC(rng *rand.Rand, in, out int) FC {
	return FC{W: random(rng, in, out), B: random(rng, 1, out).RawRowView(0)}
}

func randomModule(rng *rand.Rand, gate Gate, norm, raw bool) Module {
	m := Module{Gate: gate, Norm: norm}
	for range 2 {
		m.Blocks = append(m.Blocks, Block{T1: randomFC(rng, 4, 5), Slope: random(rng, 1, 5).RawRowView(0), T2: randomFC(rng, 5, 4),
			P1: randomFC(rng, 3, 6), P2: randomFC(rng, 6, 4)})
	}
	if !raw {
		m.Mean, m.Std = random(rng, 1, 3).RawRowView(0), []float64{0.5, 1.5, 2}
	}
	return m
}

// slots lists the numbers of a block or a layer where they lie.
func (l FC) slots() []*float64 {
	var out []*float64
	r, c := l.W.Dims()
	for i := range r {
		for j := range c {
			out = append(out, &l.W.RawRowView(i)[j])
		}
	}
	return append(out, pointers(l.B)...)
}

func (b Block) slots() []*float64 {
	out := pointers(b.Slope)
	for _, l := range []FC{b.T1, b.T2, b.P1, b.P2} {
		out = append(out, l.slots()...)
	}
	return out
}

func pointers(x []float64) []*float64 {
	var out []*float64
	for i := range x {
		out = append(out, &x[i])
	}
	return out
}

func matrixSlots(x *mat.Dense) []*float64 { return pointers(x.RawMatrix().Data) }

// checkGradient compares derivatives with central differences of the loss.
func checkGradient(t *testing.T, loss func() float64, at, derivative []*float64) {
	t.Helper()
	require.Len(t, derivative, len(at))
	for i, x := range at {
		was := *x
		want := fd.Derivative(func(v float64) float64 { *x = v; return loss() }, was, &fd.Settings{Formula: fd.Central, Step: 1e-6})
		*x = was
		require.InDelta(t, want, *derivative[i], 1e-6*math.Max(1, math.Abs(want)), "coordinate %d", i)
	}
}

func TestModuleGradient(t *testing.T) {
	for _, gate := range []Gate{Sigmoid, Tanh, Identity} {
		for _, flag := range []bool{true, false} {
			rng := rand.New(rand.NewPCG(42, 1))
			m := randomModule(rng, gate, flag, !flag)
			f, p, w := random(rng, 3, 4), random(rng, 3, 3), random(rng, 3, 4)
			loss := func() float64 { return mat.Sum(times(m.Forward(f, p), w)) }
			g := m.Backward(f, p, w)
			checkGradient(t, loss, matrixSlots(f), matrixSlots(g.F))
			checkGradient(t, loss, matrixSlots(p), matrixSlots(g.P))
			for k := range m.Blocks {
				checkGradient(t, loss, m.Blocks[k].slots(), g.Blocks[k].slots())
			}
		}
	}
}

func TestAttentionGradient(t *testing.T) {
	for _, form := range []Form{MeanOne, Plain, Residual} {
		for _, norm := range []bool{true, false} {
			rng := rand.New(rand.NewPCG(42, 2))
			a := Attention{FC1: randomFC(rng, 4, 5), FC2: randomFC(rng, 5, 4), Gate: Sigmoid, Form: form, Norm: norm}
			f, w := random(rng, 3, 4), random(rng, 3, 4)
			df, da := a.Backward(f, w)
			loss := func() float64 { return mat.Sum(times(a.Forward(f), w)) }
			checkGradient(t, loss, matrixSlots(f), matrixSlots(df))
			checkGradient(t, loss, append(a.FC1.slots(), a.FC2.slots()...), append(da.FC1.slots(), da.FC2.slots()...))
		}
	}
}

// TestModuleByHand works eq. 1 out for one dimension.
func TestModuleByHand(t *testing.T) {
	one := func(w, b float64) FC { return FC{W: mat.NewDense(1, 1, []float64{w}), B: []float64{b}} }
	// Pose 5 becomes (5-1)/2 = 2. T1 = 3·(0.5·(2·(-1)+1)) + 1 = -0.5, P1 = 1·2 + 0 = 2;
	// T2 = 1·(-1·-1 + 0) - 4 = -3, P2 = ReLU(-2) + 1 = 1.
	m := Module{Gate: Identity, Mean: []float64{1}, Std: []float64{2}, Blocks: []Block{
		{T1: one(2, 1), Slope: []float64{0.5}, T2: one(3, 1), P1: one(1, 0), P2: one(1, 0)},
		{T1: one(-1, 0), Slope: []float64{9}, T2: one(1, -4), P1: one(-1, 0), P2: one(1, 1)},
	}}
	y := m.Forward(mat.NewDense(1, 1, []float64{-1}), mat.NewDense(1, 1, []float64{5}))
	require.InDelta(t, -1-0.5*2-3*1, y.At(0, 0), 1e-15)

	m.Gate = Sigmoid
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	y = m.Forward(mat.NewDense(1, 1, []float64{-1}), mat.NewDense(1, 1, []float64{5}))
	require.InDelta(t, -1-0.5*sigmoid(2)-3*sigmoid(1), y.At(0, 0), 1e-15)

	// With Norm, in one dimension: s = 3 for f = -3, x = -1, and the residual counts
	// three times.
	m.Norm = true
	y = m.Forward(mat.NewDense(1, 1, []float64{-3}), mat.NewDense(1, 1, []float64{5}))
	require.InDelta(t, -3+3*(-0.5*sigmoid(2)-3*sigmoid(1)), y.At(0, 0), 1e-11)
}

func TestAttentionByHand(t *testing.T) {
	id := FC{W: mat.NewDense(2, 2, []float64{1, 0, 0, 1}), B: []float64{0, 0}}
	a := Attention{FC1: id, FC2: id, Gate: Identity}
	f := mat.NewDense(1, 2, []float64{1, 3})
	require.InDeltaSlice(t, []float64{0.5, 1.5}, a.Forward(f).RawRowView(0), 1e-11)
	a.Form = Plain
	require.Equal(t, []float64{1, 3}, a.Forward(f).RawRowView(0))
	a.Form = Residual
	require.Equal(t, []float64{2, 4}, a.Forward(f).RawRowView(0))
	a.Norm = true // norm √10 becomes √2
	require.InDeltaSlice(t, []float64{1 + 1/math.Sqrt(5), 1 + 3/math.Sqrt(5)}, a.Forward(f).RawRowView(0), 1e-11)
}
