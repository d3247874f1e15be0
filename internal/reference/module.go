package reference

import "gonum.org/v1/gonum/mat"

// Module is eq. 1: M_g phi = f + Σ_k T_k(x) * P_k(z), with x = f / s and every residual
// times s if Norm is set (s as in Scale), x = f otherwise; z = (p - Mean) / Std, or p if
// Mean is nil.
type Module struct {
	Blocks    []Block
	Gate      Gate
	Norm      bool
	Mean, Std []float64
}

// Block is one term: T = FC-PReLU-FC, P = FC-ReLU-FC-gate.
type Block struct {
	T1    FC
	Slope []float64
	T2    FC
	P1    FC
	P2    FC
}

// trace holds the values on the way through a block.
type trace struct {
	hidden, active, t   *mat.Dense // FC, PReLU, FC
	pHidden, pActive, g *mat.Dense // FC, ReLU, FC and gate
}

func (b Block) forward(x, z *mat.Dense, gate Gate) trace {
	var v trace
	v.hidden = b.T1.Forward(x)
	v.active = PReLU(v.hidden, b.Slope)
	v.t = b.T2.Forward(v.active)
	v.pHidden = b.P1.Forward(z)
	v.pActive = relu(v.pHidden)
	v.g = gate.forward(b.P2.Forward(v.pActive))
	return v
}

// inputs are x, s and z of Module.
func (m Module) inputs(f, p *mat.Dense) (x *mat.Dense, s []float64, z *mat.Dense) {
	rows, _ := f.Dims()
	x, z = f, p
	for range rows {
		s = append(s, 1)
	}
	if m.Norm {
		x, s = Scale(f)
	}
	if m.Mean != nil {
		z = apply(p, func(j int, v float64) float64 { return (v - m.Mean[j]) / m.Std[j] })
	}
	return x, s, z
}

// Forward returns M_g phi for features f [batch, d] and poses p [batch, length].
func (m Module) Forward(f, p *mat.Dense) *mat.Dense {
	x, s, z := m.inputs(f, p)
	y := mat.DenseCopyOf(f)
	for _, b := range m.Blocks {
		v := b.forward(x, z, m.Gate)
		y = plus(y, rowsTimes(times(v.t, v.g), s))
	}
	return y
}

// ModuleGradient has the derivatives by everything that Forward takes. Those by Mean and
// Std are left out: they are frozen.
type ModuleGradient struct {
	F, P   *mat.Dense
	Blocks []Block
}

// Backward takes the derivative of a loss by the value of Forward. With R = Σ T * P, the
// value is f + s R:
//
//	dR = s dy,  ds = dy·R,  dT = dR * P,  dP = dR * T,  df = dy + (Scale backwards of dx and ds).
func (m Module) Backward(f, p, dy *mat.Dense) ModuleGradient {
	x, s, z := m.inputs(f, p)
	rows, d := f.Dims()
	_, n := p.Dims()
	dx, dz, ds := mat.NewDense(rows, d, nil), mat.NewDense(rows, n, nil), make([]float64, rows)
	var grad ModuleGradient
	for _, b := range m.Blocks {
		v := b.forward(x, z, m.Gate)
		for i := range rows {
			ds[i] += dot(mat.Row(nil, i, dy), mat.Row(nil, i, times(v.t, v.g)))
		}
		bx, bz, db := b.backward(x, z, v, rowsTimes(dy, s), m.Gate)
		dx, dz = plus(dx, bx), plus(dz, bz)
		grad.Blocks = append(grad.Blocks, db)
	}
	if m.Norm {
		dx = ScaleBackward(f, s, dx, ds)
	}
	if m.Mean != nil {
		dz = apply(dz, func(j int, v float64) float64 { return v / m.Std[j] })
	}
	grad.F, grad.P = plus(dy, dx), dz
	return grad
}

func (b Block) backward(x, z *mat.Dense, v trace, dr *mat.Dense, gate Gate) (dx, dz *mat.Dense, db Block) {
	var d *mat.Dense
	d, db.T2 = b.T2.Backward(v.active, times(dr, v.g))
	d, db.Slope = PReLUBackward(v.hidden, b.Slope, d)
	dx, db.T1 = b.T1.Backward(x, d)
	d, db.P2 = b.P2.Backward(v.pActive, gate.backward(v.g, times(dr, v.t)))
	dz, db.P1 = b.P1.Backward(z, reluBackward(v.pHidden, d))
	return dx, dz, db
}

// rowsTimes multiplies every row by its factor.
func rowsTimes(x *mat.Dense, s []float64) *mat.Dense {
	y := mat.DenseCopyOf(x)
	y.Apply(func(i, _ int, v float64) float64 { return v * s[i] }, x)
	return y
}
