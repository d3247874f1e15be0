package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// runKernels writes reductions of neighbors to one vector, whose lanes package simd then
// reduces:
//
//	func(lanes, x *byte, n int)
func runKernels(c *build.Context) {
	consts := &constants{c, map[uint64]operand.Mem{}}
	dialects(c, func(d dialect) {
		for _, r := range []run{d.sums(), d.highest(consts), d.lowest(consts)} {
			r.write(d)
		}
	})
}

// run is a reduction with several accumulators, so that one step need not wait for the one
// before.
type run struct {
	name, doc string
	element   kind
	step      int // elements of a vector
	start     func(l *loop, acc reg.VecVirtual)
	add       func(l *loop, x, acc reg.VecVirtual)
	// lone loads one element so that the other lanes change nothing; AVX2 only.
	lone func(l *loop, m operand.Mem, to reg.VecVirtual)
	// tail loads those of the mask into a register that start has set; AVX-512 only.
	tail func(l *loop, m operand.Mem, to reg.VecVirtual)
	// join brings two accumulators together.
	join func(l *loop, a, into reg.VecVirtual)
	// finish changes what is stored; nil leaves it.
	finish func(l *loop, acc reg.VecVirtual)
}

const accumulators = 4

func (r run) write(d dialect) {
	l := &loop{dialect: d, kernel: kernel{step: r.step}}
	name := r.name + d.suffix()
	l.Function(name)
	l.Attributes(4) // NOSPLIT
	l.Pragma("noescape")
	l.Doc(name + " " + r.doc)
	l.SignatureExpr("func(lanes, x *byte, n int)")
	x := l.argument("x")
	l.left = l.argument("n")
	acc := l.vectors(accumulators)
	for _, a := range acc {
		r.start(l, a)
	}
	size := r.element.size(d)
	for _, vectors := range []int{accumulators, 1} {
		label, n := fmt.Sprintf("by%d", vectors), vectors*r.step
		l.SUBQ(operand.U8(n), l.left)
		l.JLT(operand.LabelRef(label + "done"))
		l.Label(label)
		for i := range vectors {
			v := r.element.load(l, operand.Mem{Base: x, Disp: i * r.step * size}, whole)
			r.add(l, v.(reg.VecVirtual), acc[i])
		}
		l.ADDQ(operand.I32(n*size), x)
		l.SUBQ(operand.U8(n), l.left)
		l.JGE(operand.LabelRef(label))
		l.Label(label + "done")
		l.ADDQ(operand.U8(n), l.left)
	}
	r.rest(l, x, acc[1])
	r.join(l, acc[1], acc[0])
	r.join(l, acc[3], acc[2])
	r.join(l, acc[2], acc[0])
	if r.finish != nil {
		r.finish(l, acc[0])
	}
	l.VMOVUPD(acc[0], operand.Mem{Base: l.argument("lanes")})
	l.VZEROUPPER()
	l.RET()
}

// rest adds what is less than a vector.
func (r run) rest(l *loop, x reg.GPVirtual, acc reg.VecVirtual) {
	l.TESTQ(l.left, l.left)
	l.JEQ(operand.LabelRef("end"))
	v := l.vector()
	if l.wide {
		ones, bits := l.GP64(), l.GP64()
		l.MOVQ(operand.I32(-1), ones)
		l.BZHIQ(l.left, ones, bits)
		l.mask = l.K()
		l.KMOVW(bits.As32(), l.mask)
		r.start(l, v)
		r.tail(l, operand.Mem{Base: x}, v)
		r.add(l, v, acc)
	} else {
		l.Label("alone")
		r.lone(l, operand.Mem{Base: x}, v)
		r.add(l, v, acc)
		l.ADDQ(operand.U8(r.element.size(l.dialect)), x)
		l.DECQ(l.left)
		l.JNE(operand.LabelRef("alone"))
	}
	l.Label("end")
}

// sums adds in float64.
func (d dialect) sums() run {
	var element kind = doubles{}
	if d.single() {
		element = singles{}
	}
	add := func(l *loop, x, acc reg.VecVirtual) { l.VADDPD(x, acc, acc) }
	return run{
		name: "sumRun", doc: "adds neighbors in float64.", element: element, step: d.bytes() / 8,
		start: func(l *loop, acc reg.VecVirtual) { l.zero(acc) },
		add:   add, join: add,
		lone: func(l *loop, m operand.Mem, to reg.VecVirtual) {
			either(l.dialect, l.VMOVSS, l.VMOVSD)(m, to.AsX())
			if l.single() {
				l.VCVTPS2PD(to.AsX(), to)
			}
		},
		tail: func(l *loop, m operand.Mem, to reg.VecVirtual) {
			either(l.dialect, l.VCVTPS2PD, l.VMOVUPD)(m, l.mask, to)
		},
	}
}

// lowest is the minimum of Go, which depends on no order.
func (d dialect) lowest(consts *constants) run {
	limit := consts.of(either(d, uint64(math.Float32bits(float32(math.Inf(1))))*(1<<32+1), math.Float64bits(math.Inf(1))))
	least := func(l *loop, x, acc reg.VecVirtual) { l.least(x, acc, acc) }
	return run{
		name: "minRun", doc: "is the least of neighbors in each lane.", element: elements{}, step: d.lanes(),
		start: func(l *loop, acc reg.VecVirtual) { l.move(limit, acc) },
		add:   least, join: least,
		lone: func(l *loop, m operand.Mem, to reg.VecVirtual) { l.broadcast(m, to) },
		tail: func(l *loop, m operand.Mem, to reg.VecVirtual) {
			either(l.dialect, l.VMOVUPS, l.VMOVUPD)(m, l.mask, to)
		},
	}
}

// highest is minus the lowest of the negated.
func (d dialect) highest(consts *constants) run {
	signs := d.signs(consts)
	r := d.lowest(consts)
	r.name, r.doc = "maxRun", "is the greatest of neighbors in each lane."
	least, start := r.add, r.start
	negate := func(l *loop, x reg.VecVirtual) { l.exclusiveOr(signs, x, x) }
	r.add = func(l *loop, x, acc reg.VecVirtual) {
		negate(l, x)
		least(l, x, acc)
	}
	r.start = start
	r.tail = func(l *loop, m operand.Mem, to reg.VecVirtual) {
		negate(l, to) // what lies beyond becomes +Inf again
		either(l.dialect, l.VMOVUPS, l.VMOVUPD)(m, l.mask, to)
	}
	r.finish = negate
	return r
}
