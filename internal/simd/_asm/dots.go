package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dotKernels writes the inner products of one vector with four others, which lie a stride
// of bytes apart:
//
//	func(sums, a, rows *byte, stride, n int)
func dotKernels(c *build.Context) {
	dialects(c, func(d dialect) {
		w := dotWriter{dialect: d}
		w.write()
	})
}

// dotWriter has two accumulators for each of the four, which take vectors in turn.
type dotWriter struct {
	dialect
	a, left reg.GPVirtual
	rows    []reg.GPVirtual
	sums    [2][]reg.VecVirtual
	x       reg.VecVirtual
}

func (w *dotWriter) write() {
	name := "dots" + w.suffix()
	table := w.partTable()
	w.Function(name)
	w.Attributes(4) // NOSPLIT
	w.Pragma("noescape")
	w.Doc(name + " is four inner products.")
	w.SignatureExpr("func(sums, a, rows *byte, stride, n int)")
	l := &loop{dialect: w.dialect}
	w.a, w.rows = l.argument("a"), []reg.GPVirtual{l.argument("rows")}
	stride := l.argument("stride")
	for i := range 3 {
		row := w.GP64()
		w.LEAQ(operand.Mem{Base: w.rows[i], Index: stride, Scale: 1}, row)
		w.rows = append(w.rows, row)
	}
	w.left = l.argument("n")
	w.sums = [2][]reg.VecVirtual{w.vectors(4), w.vectors(4)}
	for _, half := range w.sums {
		for _, sum := range half {
			w.zero(sum)
		}
	}
	w.x = w.vector()
	w.steps("two", 2)
	w.steps("one", 1)
	w.rest(table)
	w.finish(l.argument("sums"))
	w.VZEROUPPER()
	w.RET()
}

// steps goes on while there are n whole vectors.
func (w *dotWriter) steps(label string, n int) {
	count := n * w.lanes()
	w.SUBQ(operand.U8(count), w.left)
	w.JLT(operand.LabelRef(label + "done"))
	w.Label(label)
	for s := range n {
		at := s * w.bytes()
		w.move(operand.Mem{Base: w.a, Disp: at}, w.x)
		for i, row := range w.rows {
			w.fma(operand.Mem{Base: row, Disp: at}, w.x, w.sums[s][i])
		}
	}
	for _, p := range append(w.rows, w.a) {
		w.ADDQ(operand.I32(n*w.bytes()), p)
	}
	w.SUBQ(operand.U8(count), w.left)
	w.JGE(operand.LabelRef(label))
	w.Label(label + "done")
	w.ADDQ(operand.U8(count), w.left)
}

// rest takes what is less than a vector, with zeros behind it.
func (w *dotWriter) rest(table operand.Mem) {
	w.TESTQ(w.left, w.left)
	w.JEQ(operand.LabelRef("end"))
	y := w.vector()
	load := w.partLoader(table)
	load(operand.Mem{Base: w.a}, w.x)
	for i, row := range w.rows {
		load(operand.Mem{Base: row}, y)
		w.fma(y, w.x, w.sums[1][i])
	}
	w.Label("end")
}

// partLoader returns what loads the elements that are left.
func (w *dotWriter) partLoader(table operand.Mem) func(m operand.Mem, to reg.VecVirtual) {
	if w.wide {
		ones, bits, k := w.GP64(), w.GP64(), w.K()
		w.MOVQ(operand.I32(-1), ones)
		w.BZHIQ(w.left, ones, bits)
		w.KMOVW(bits.As32(), k)
		return func(m operand.Mem, to reg.VecVirtual) { either(w.dialect, w.VMOVUPS_Z, w.VMOVUPD_Z)(m, k, to) }
	}
	mask, from := w.vector(), w.GP64()
	w.LEAQ(table, from)
	w.NEGQ(w.left)
	w.move(operand.Mem{Base: from, Index: w.left, Scale: uint8(w.size), Disp: w.bytes()}, mask)
	return func(m operand.Mem, to reg.VecVirtual) { either(w.dialect, w.VMASKMOVPS, w.VMASKMOVPD)(m, mask, to) }
}

// partTable is a vector of ones and one of zeros: what begins n elements before the zeros
// is a mask of n elements.
func (w *dotWriter) partTable() operand.Mem {
	if w.wide {
		return operand.Mem{}
	}
	m := w.StaticGlobal("part" + w.suffix())
	w.DataAttributes(8 | 16) // RODATA, NOPTR
	for i := range 2 * w.bytes() / 8 {
		v := uint64(0)
		if i < w.bytes()/8 {
			v = 1<<64 - 1
		}
		w.AppendDatum(operand.U64(v))
	}
	return m
}

// finish adds up the lanes, and stores four sums.
func (w *dotWriter) finish(to reg.GPVirtual) {
	sums := make([]reg.VecVirtual, 4)
	for i, sum := range w.sums[0] {
		w.add(w.sums[1][i], sum, sum)
		sums[i] = w.folded(sum)
	}
	for i := 0; i < 4; i += 2 {
		either(w.dialect, w.VHADDPS, w.VHADDPD)(sums[i+1], sums[i], sums[i])
	}
	if w.single() {
		w.VHADDPS(sums[2], sums[0], sums[0])
		w.VMOVUPS(sums[0], operand.Mem{Base: to})
		return
	}
	w.VMOVUPD(sums[0], operand.Mem{Base: to})
	w.VMOVUPD(sums[2], operand.Mem{Base: to, Disp: 16})
}

// folded adds the parts of 16 bytes of a vector.
func (w *dotWriter) folded(x reg.VecVirtual) reg.VecVirtual {
	half := w.YMM()
	if w.wide {
		w.VEXTRACTF64X4(operand.U8(1), x, half)
		either(w.dialect, w.VADDPS, w.VADDPD)(half, x.AsY(), x.AsY())
	}
	w.VEXTRACTF128(operand.U8(1), x.AsY(), half.AsX())
	either(w.dialect, w.VADDPS, w.VADDPD)(half.AsX(), x.AsX(), x.AsX())
	return x.AsX().(reg.VecVirtual)
}
