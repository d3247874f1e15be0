package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of type taps of package simd.
const (
	tapsOut = 8 * iota
	tapsIn
	tapsWeights
	tapsFrom
	tapsWeight
	tapsTaps
	tapsVectors
	tapsCount
	tapsInStep
	tapsOutStep
	tapsInDone
	tapsOutDone
)

// depthwise writes the kernels of depthwise convolution: neighbors of one row of outputs,
// which sum the same taps. A weight that is loaded serves all outputs of a block.
func depthwise(c *build.Context) {
	dialects(c, func(d dialect) {
		w := tapsWriter{dialect: d}
		w.write()
	})
}

type tapsWriter struct {
	dialect
	args                            reg.GPVirtual
	out, in, weights                reg.GPVirtual // of the block and vector at hand
	inStep, outStep, left           reg.GPVirtual
	from, weight, taps, vectorsLeft reg.GPVirtual
	points                          []reg.GPVirtual
	sums                            []reg.VecVirtual
	w                               reg.VecVirtual
}

func (t *tapsWriter) name() string { return "taps" + t.suffix() }

func (t *tapsWriter) field(at int) operand.Mem { return operand.Mem{Base: t.args, Disp: at} }

func (t *tapsWriter) write() {
	const most = 8
	t.Function(t.name())
	t.Attributes(4) // NOSPLIT
	t.Pragma("noescape")
	t.Doc(fmt.Sprintf("%s sums taps for up to %d outputs at a time.", t.name(), most))
	t.taking("t", "taps")
	t.args = t.GP64()
	t.Load(t.Param("t"), t.args)
	t.out, t.in, t.weights, t.inStep, t.outStep, t.left = t.GP64(), t.GP64(), t.GP64(), t.GP64(), t.GP64(), t.GP64()
	t.from, t.weight, t.taps, t.vectorsLeft = t.GP64(), t.GP64(), t.GP64(), t.GP64()
	t.points = []reg.GPVirtual{t.GP64(), t.GP64(), t.GP64()}
	t.sums, t.w = t.vectors(most), t.dialect.vector()
	t.MOVQ(t.field(tapsInStep), t.inStep)
	t.MOVQ(t.field(tapsOutStep), t.outStep)
	t.MOVQ(t.field(tapsCount), t.left)
	blocks := []int{most, 4, 1}
	t.Label("blocks")
	for _, n := range blocks {
		t.CMPQ(t.left, operand.U8(n))
		t.JGE(operand.LabelRef(fmt.Sprintf("block%d", n)))
	}
	t.VZEROUPPER()
	t.RET()
	for _, n := range blocks {
		t.block(n)
	}
}

// block computes n neighboring outputs, all vectors of their channels.
func (t *tapsWriter) block(n int) {
	at := func(name string) string { return fmt.Sprintf("block%d%s", n, name) }
	t.Label(at(""))
	t.MOVQ(t.field(tapsOut), t.out)
	t.ADDQ(t.field(tapsOutDone), t.out)
	t.MOVQ(t.field(tapsIn), t.in)
	t.ADDQ(t.field(tapsInDone), t.in)
	t.MOVQ(t.field(tapsWeights), t.weights)
	t.MOVQ(t.field(tapsVectors), t.vectorsLeft)
	t.Label(at("vector"))
	for _, x := range t.sums[:n] {
		t.zero(x)
	}
	t.MOVQ(t.field(tapsFrom), t.from)
	t.MOVQ(t.field(tapsWeight), t.weight)
	t.MOVQ(t.field(tapsTaps), t.taps)
	t.Label(at("tap"))
	offset := t.GP64()
	t.MOVQ(operand.Mem{Base: t.weight}, offset)
	t.move(operand.Mem{Base: t.weights, Index: offset, Scale: uint8(t.size)}, t.w)
	t.MOVQ(operand.Mem{Base: t.from}, offset)
	t.LEAQ(operand.Mem{Base: t.in, Index: offset, Scale: uint8(t.size)}, t.points[0])
	t.point(n, t.inStep)
	for i, x := range t.sums[:n] {
		t.fma(t.neighbor(i, t.inStep), t.w, x)
	}
	t.ADDQ(operand.U8(8), t.from)
	t.ADDQ(operand.U8(8), t.weight)
	t.DECQ(t.taps)
	t.JNE(operand.LabelRef(at("tap")))
	t.MOVQ(t.out, t.points[0])
	t.point(n, t.outStep)
	for i, x := range t.sums[:n] {
		t.move(x, t.neighbor(i, t.outStep))
	}
	for _, p := range []reg.GPVirtual{t.out, t.in, t.weights} {
		t.ADDQ(operand.U8(t.bytes()), p)
	}
	t.DECQ(t.vectorsLeft)
	t.JNE(operand.LabelRef(at("vector")))
	for _, side := range []struct {
		step  reg.GPVirtual
		field int
	}{{t.inStep, tapsInDone}, {t.outStep, tapsOutDone}} {
		bytes := t.GP64()
		t.IMUL3Q(operand.U8(n), side.step, bytes)
		t.ADDQ(bytes, t.field(side.field))
	}
	t.SUBQ(operand.U8(n), t.left)
	t.JMP(operand.LabelRef("blocks"))
}

// point sets the pointers to outputs 3 and 6 from that to output 0.
func (t *tapsWriter) point(n int, step reg.GPVirtual) {
	if n <= 3 {
		return
	}
	three := t.GP64()
	t.LEAQ(operand.Mem{Base: step, Index: step, Scale: 2}, three)
	for i := 1; i <= (n-1)/3; i++ {
		t.LEAQ(operand.Mem{Base: t.points[i-1], Index: three, Scale: 1}, t.points[i])
	}
}

// neighbor is the memory of output i, steps of one size apart.
func (t *tapsWriter) neighbor(i int, step reg.GPVirtual) operand.Mem {
	m := operand.Mem{Base: t.points[i/3]}
	if i%3 > 0 {
		m.Index, m.Scale = step, uint8(i%3)
	}
	return m
}
