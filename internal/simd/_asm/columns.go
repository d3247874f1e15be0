package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columnKernels writes sums of bytes that lie below each other, in 16 bits:
//
//	func(sums *uint16, pix *byte, stride, rows, n int)
//
// n is a multiple of the lanes, and at least one row is there.
func columnKernels(c *build.Context) {
	for _, wide := range []bool{false, true} {
		columns(dialect{c, wide, 2})
	}
}

func columns(d dialect) {
	l := &loop{dialect: d}
	name := "sumColumns" + d.suffix()
	l.Function(name)
	l.Attributes(4) // NOSPLIT
	l.Pragma("noescape")
	l.Doc(name + " adds up each column of bytes in rows that lie stride bytes apart.")
	l.SignatureExpr("func(sums *uint16, pix *byte, stride, rows, n int)")
	sums, pix, stride, rows := l.argument("sums"), l.argument("pix"), l.argument("stride"), l.argument("rows")
	l.left = l.argument("n")
	acc, v := l.vectors(accumulators), l.vector()
	at, row := l.GP64(), l.GP64()
	for _, vectors := range []int{accumulators, 1} {
		label, n := fmt.Sprintf("by%d", vectors), vectors*l.lanes()
		l.SUBQ(operand.I32(n), l.left)
		l.JLT(operand.LabelRef(label + "done"))
		l.Label(label)
		for _, a := range acc[:vectors] {
			l.VPXOR(a.AsX(), a.AsX(), a.AsX())
		}
		l.MOVQ(pix, at)
		l.MOVQ(rows, row)
		l.Label(label + "row")
		for i, a := range acc[:vectors] {
			l.VPMOVZXBW(operand.Mem{Base: at, Disp: i * l.lanes()}, v)
			l.VPADDW(v, a, a)
		}
		l.ADDQ(stride, at)
		l.DECQ(row)
		l.JNE(operand.LabelRef(label + "row"))
		l.storeSums(acc[:vectors], sums)
		l.ADDQ(operand.I32(n), pix)
		l.ADDQ(operand.I32(2*n), sums)
		l.SUBQ(operand.I32(n), l.left)
		l.JGE(operand.LabelRef(label))
		l.Label(label + "done")
		l.ADDQ(operand.I32(n), l.left)
	}
	l.VZEROUPPER()
	l.RET()
}

func (l *loop) storeSums(acc []reg.VecVirtual, sums reg.GPVirtual) {
	for i, a := range acc {
		m := operand.Mem{Base: sums, Disp: i * l.bytes()}
		if l.wide {
			l.VMOVDQU16(a, m)
		} else {
			l.VMOVDQU(a, m)
		}
	}
}
