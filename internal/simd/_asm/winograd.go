package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of type patches of package simd.
const (
	patchIn = 8 * iota
	patchOut
	patchInRow
	patchInCol
	patchOutRow
	patchOutCol
	patchInNext
	patchOutNext
	patchVectors
	patchCount
	patchInDone
	patchOutDone
)

// winograd writes the two transforms of F(2x2, 3x3): of a patch of 4x4 inputs to 16 values,
//
//	V = B'd B,  B' = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1],
//
// and of 16 sums to 2x2 outputs,
//
//	Y = A'm A,  A' = [1 1 1 0; 0 1 -1 -1],
//
// for many channels side by side (Lavin and Gray, arXiv 1509.09308).
func winograd(c *build.Context) {
	dialects(c, func(d dialect) {
		for _, out := range []bool{false, true} {
			w := winogradWriter{dialect: d}
			w.write(out)
		}
	})
}

type winogradWriter struct {
	dialect
	args            reg.GPVirtual
	rows            []reg.GPVirtual // rows of the 4x4 that are read
	col, col3       reg.GPVirtual   // one and three columns in bytes
	out, outRow     reg.GPVirtual
	outCol          reg.GPVirtual
	vectorsLeft, to reg.GPVirtual
	x               []reg.VecVirtual
}

func (w *winogradWriter) field(at int) operand.Mem { return operand.Mem{Base: w.args, Disp: at} }

func (w *winogradWriter) write(out bool) {
	name := "winogradIn" + w.suffix()
	doc := name + " transforms patches of 4x4 inputs."
	if out {
		name = "winogradOut" + w.suffix()
		doc = name + " transforms 4x4 sums to 2x2 outputs."
	}
	w.Function(name)
	w.Attributes(4) // NOSPLIT
	w.Pragma("noescape")
	w.Doc(doc)
	w.taking("p", "patches")
	w.args = w.GP64()
	w.Load(w.Param("p"), w.args)
	for range 4 {
		w.rows = append(w.rows, w.GP64())
	}
	w.col, w.col3, w.out, w.outRow, w.outCol, w.vectorsLeft, w.to = w.GP64(), w.GP64(), w.GP64(), w.GP64(), w.GP64(), w.GP64(), w.GP64()
	w.x = w.vectors(5)
	w.MOVQ(w.field(patchInCol), w.col)
	w.LEAQ(operand.Mem{Base: w.col, Index: w.col, Scale: 2}, w.col3)
	w.MOVQ(w.field(patchOutRow), w.outRow)
	w.MOVQ(w.field(patchOutCol), w.outCol)
	w.Label("patch")
	w.MOVQ(w.field(patchIn), w.rows[0])
	w.ADDQ(w.field(patchInDone), w.rows[0])
	for i := 1; i < 4; i++ {
		w.MOVQ(w.rows[i-1], w.rows[i])
		w.ADDQ(w.field(patchInRow), w.rows[i])
	}
	w.MOVQ(w.field(patchOut), w.out)
	w.ADDQ(w.field(patchOutDone), w.out)
	w.MOVQ(w.field(patchVectors), w.vectorsLeft)
	w.Label("vector")
	if out {
		w.outputs()
	} else {
		w.inputs()
	}
	for _, p := range append([]reg.GPVirtual{w.out}, w.rows...) {
		w.ADDQ(operand.U8(w.bytes()), p)
	}
	w.DECQ(w.vectorsLeft)
	w.JNE(operand.LabelRef("vector"))
	w.nextPatch()
}

// nextPatch moves to the next patch, or returns.
func (w *winogradWriter) nextPatch() {
	next := w.GP64()
	for _, side := range [][2]int{{patchInNext, patchInDone}, {patchOutNext, patchOutDone}} {
		w.MOVQ(w.field(side[0]), next)
		w.ADDQ(next, w.field(side[1]))
	}
	w.DECQ(w.field(patchCount))
	w.JNE(operand.LabelRef("patch"))
	w.VZEROUPPER()
	w.RET()
}

// at is element (i, j) of the 4x4 that is read.
func (w *winogradWriter) at(i, j int) operand.Mem {
	m := operand.Mem{Base: w.rows[i]}
	switch j {
	case 1, 2:
		m.Index, m.Scale = w.col, uint8(j)
	case 3:
		m.Index, m.Scale = w.col3, 1
	}
	return m
}

// sub sets to to a - b; b may lie in memory.
func (w *winogradWriter) sub(a, b, to operand.Op) { either(w.dialect, w.VSUBPS, w.VSUBPD)(b, a, to) }

// inputs computes the 16 values, row by row of the result.
func (w *winogradWriter) inputs() {
	w.MOVQ(w.out, w.to)
	t, y := w.x[:4], w.x[4]
	for i := range 4 {
		for j := range 4 {
			switch i {
			case 0:
				w.move(w.at(0, j), t[j])
				w.sub(t[j], w.at(2, j), t[j])
			case 1:
				w.move(w.at(1, j), t[j])
				w.add(w.at(2, j), t[j], t[j])
			case 2:
				w.move(w.at(2, j), t[j])
				w.sub(t[j], w.at(1, j), t[j])
			case 3:
				w.move(w.at(1, j), t[j])
				w.sub(t[j], w.at(3, j), t[j])
			}
		}
		store := func() {
			w.move(y, operand.Mem{Base: w.to})
			w.ADDQ(w.outCol, w.to)
		}
		w.sub(t[0], t[2], y)
		store()
		w.add(t[1], t[2], y)
		store()
		w.sub(t[2], t[1], y)
		store()
		w.sub(t[1], t[3], y)
		store()
	}
}

// outputs computes the 2x2 outputs, row by row.
func (w *winogradWriter) outputs() {
	w.MOVQ(w.out, w.to)
	s, y := w.x[:4], w.x[4]
	for i := range 2 {
		for j := range 4 {
			if i == 0 {
				w.move(w.at(0, j), s[j])
				w.add(w.at(1, j), s[j], s[j])
				w.add(w.at(2, j), s[j], s[j])
			} else {
				w.move(w.at(1, j), s[j])
				w.sub(s[j], w.at(2, j), s[j])
				w.sub(s[j], w.at(3, j), s[j])
			}
		}
		w.add(s[0], s[1], y)
		w.add(s[2], y, y)
		w.move(y, operand.Mem{Base: w.to})
		w.sub(s[1], s[2], y)
		w.sub(y, s[3], y)
		w.move(y, operand.Mem{Base: w.to, Index: w.outCol, Scale: 1})
		w.ADDQ(w.outRow, w.to)
	}
}
