package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rowKernels writes sums of rows that lie a stride of bytes apart, four at a time, so that
// the sums are read and written less often, and one at a time.
func rowKernels(c *build.Context) {
	dialects(c, func(d dialect) {
		for _, n := range []int{4, 1} {
			d.addRows(n).write(d)
			d.sumRows(n).write(d)
		}
		if d.wide {
			d.addPanel()
		}
	})
}

// panelVectors is how many sums of a panel stay in registers.
const panelVectors = 16

// addPanel adds multiples of many rows to as many sums as registers hold.
func (d dialect) addPanel() {
	name := "addPanel" + d.suffix()
	d.Function(name)
	d.Attributes(4) // NOSPLIT
	d.Pragma("noescape")
	d.Doc(name + fmt.Sprintf(" adds multiples of count rows, one at least, to %d sums.", panelVectors*d.lanes()))
	d.SignatureExpr("func(sums, rows *byte, stride int, factors *byte, count int)")
	load := func(arg string) reg.GPVirtual { x := d.GP64(); d.Load(d.Param(arg), x); return x }
	to, from, stride, factors, left := load("sums"), load("rows"), load("stride"), load("factors"), load("count")
	sums, x := d.vectors(panelVectors), d.vector()
	for i, sum := range sums {
		d.move(operand.Mem{Base: to, Disp: i * d.bytes()}, sum)
	}
	d.Label("row")
	d.broadcast(operand.Mem{Base: factors}, x)
	for i, sum := range sums {
		d.fma(operand.Mem{Base: from, Disp: i * d.bytes()}, x, sum)
	}
	d.ADDQ(stride, from)
	d.ADDQ(operand.U8(d.size), factors)
	d.DECQ(left)
	d.JNE(operand.LabelRef("row"))
	for i, sum := range sums {
		d.move(sum, operand.Mem{Base: to, Disp: i * d.bytes()})
	}
	d.VZEROUPPER()
	d.RET()
}

// rowPointers sets the pointers to the sums, twice, and to n rows.
func rowPointers(l *loop, n int) {
	sums := l.argument("sums")
	l.pointers = []reg.GPVirtual{sums, sums, l.argument("rows")}
	if n > 1 {
		stride := l.argument("stride")
		for i := 1; i < n; i++ {
			row := l.GP64()
			l.LEAQ(operand.Mem{Base: l.pointers[1+i], Index: stride, Scale: 1}, row)
			l.pointers = append(l.pointers, row)
		}
	}
	l.left = l.argument("n")
}

func label(n int) string { return map[int]string{1: "One", 4: "Four"}[n] }

// addRows adds multiples of rows, in the elements' own precision.
func (d dialect) addRows(n int) kernel {
	return kernel{
		name: "addRows" + label(n), doc: "adds multiples of rows to sums.",
		signature: "func(sums, rows *byte, stride int, factors *byte, n int)",
		to:        elements{}, from: floats(1 + n), step: d.lanes(), unroll: 4,
		begin: func(l *loop) { rowPointers(l, n) },
		prepare: func(l *loop) {
			from := l.argument("factors")
			for i := range n {
				x := l.vector()
				l.broadcast(operand.Mem{Base: from, Disp: i * l.size}, x)
				l.shared = append(l.shared, x)
			}
		},
		compute: func(l *loop, in []reg.Register) reg.Register {
			for i, x := range in[1:] {
				l.fma(x, l.shared[i], in[0])
			}
			return in[0]
		},
	}
}

// sumRows adds rows to sums in float64, as sum + ((first + second) + (third + fourth)).
func (d dialect) sumRows(n int) kernel {
	var row kind = doubles{}
	if d.single() {
		row = singles{}
	}
	from := []kind{doubles{}}
	for range n {
		from = append(from, row)
	}
	return kernel{
		name: "sumRows" + label(n), doc: "adds rows to sums in float64.", signature: "func(sums, rows *byte, stride int, n int)",
		to: doubles{}, from: from, step: d.bytes() / 8, unroll: 2,
		begin: func(l *loop) { rowPointers(l, n) },
		compute: func(l *loop, in []reg.Register) reg.Register {
			rows := in[1:]
			if n == 4 {
				l.VADDPD(rows[1], rows[0], rows[0])
				l.VADDPD(rows[3], rows[2], rows[2])
				l.VADDPD(rows[2], rows[0], rows[0])
			}
			l.VADDPD(rows[0], in[0], in[0])
			return in[0]
		},
	}
}
