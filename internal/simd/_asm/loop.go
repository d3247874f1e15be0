package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kernel is a loop over elements that do not depend on each other:
//
//	func(dst, a, b, c *byte, n int)
//
// or, with begin, a function of other arguments.
type kernel struct {
	name string
	doc  string // goes on after the name
	to   kind
	from []kind
	// signature, and what sets the loop's pointers and the number of elements left from it
	signature string
	begin     func(l *loop)

	step    int // elements of a step
	unroll  int // steps of an iteration
	prepare func(l *loop)
	// compute returns the result of a step; it may change in.
	compute func(l *loop, in []reg.Register) reg.Register
	end     func(l *loop) // behind the loop; may be nil
}

// access says how many of a step's elements are there.
type access int

const (
	whole access = iota
	part         // those of the mask; AVX-512 only
	alone        // one; AVX2 only
)

// loop writes a kernel.
type loop struct {
	dialect
	kernel
	pointers []reg.GPVirtual // of dst, a, b, c
	index    reg.GPVirtual
	left     reg.GPVirtual
	mask     reg.OpmaskVirtual
	now      access           // of the step at hand
	shared   []reg.VecVirtual // registers that prepare has set
}

// write writes the kernel for one dialect. The end, if it is shorter than a step, is done
// under a mask in AVX-512, and one element at a time in AVX2. A step is computed alike in
// all of them, so that a result does not depend on where it lies.
func (k kernel) write(d dialect) {
	l := &loop{dialect: d, kernel: k}
	name := k.name + d.suffix()
	l.Function(name)
	l.Attributes(4) // NOSPLIT
	l.Pragma("noescape")
	l.Doc(name + " " + k.doc)
	if k.begin != nil {
		l.SignatureExpr(k.signature)
		k.begin(l)
	} else {
		l.SignatureExpr("func(dst, a, b, c *byte, n int)")
		for _, arg := range []string{"dst", "a", "b", "c"}[:1+len(k.from)] {
			l.pointers = append(l.pointers, l.argument(arg))
		}
		l.left = l.argument("n")
	}
	l.index = l.GP64()
	l.XORQ(l.index, l.index)
	if k.prepare != nil {
		k.prepare(l)
	}
	if k.unroll > 1 {
		l.repeat("many", k.unroll)
	}
	l.repeat("one", 1)
	l.tail()
	if k.end != nil {
		k.end(l)
	}
	l.VZEROUPPER()
	l.RET()
}

// argument loads an argument.
func (l *loop) argument(name string) reg.GPVirtual {
	x := l.GP64()
	l.Load(l.Param(name), x)
	return x
}

// repeat goes on while there are elements for some whole steps.
func (l *loop) repeat(label string, steps int) {
	n := steps * l.kernel.step
	l.SUBQ(operand.U8(n), l.left)
	l.JLT(operand.LabelRef(label + "done"))
	l.Label(label)
	results := make([]reg.Register, steps)
	for s := range steps {
		results[s] = l.once(s, whole)
	}
	for s, x := range results {
		l.to.store(l, x, l.at(0, l.to, s), whole)
	}
	l.ADDQ(operand.U8(n), l.index)
	l.SUBQ(operand.U8(n), l.left)
	l.JGE(operand.LabelRef(label))
	l.Label(label + "done")
	l.ADDQ(operand.U8(n), l.left)
}

// once loads and computes step s of an iteration.
func (l *loop) once(s int, how access) reg.Register {
	in := make([]reg.Register, len(l.from))
	for i, k := range l.from {
		in[i] = k.load(l, l.at(1+i, k, s), how)
	}
	l.now = how
	return l.kernel.compute(l, in)
}

// at is the memory of step s in operand i, which is dst for 0.
func (l *loop) at(i int, k kind, s int) operand.Mem {
	size := k.size(l.dialect)
	return operand.Mem{Base: l.pointers[i], Index: l.index, Scale: uint8(size), Disp: s * l.kernel.step * size}
}

// tail does what is left.
func (l *loop) tail() {
	l.TESTQ(l.left, l.left)
	l.JEQ(operand.LabelRef("end"))
	if l.wide {
		ones, bits := l.GP64(), l.GP64()
		l.MOVQ(operand.I32(-1), ones)
		l.BZHIQ(l.left, ones, bits)
		l.mask = l.K()
		l.KMOVW(bits.As32(), l.mask)
		l.to.store(l, l.once(0, part), l.at(0, l.to, 0), part)
	} else {
		l.Label("single")
		l.to.store(l, l.once(0, alone), l.at(0, l.to, 0), alone)
		l.INCQ(l.index)
		l.DECQ(l.left)
		l.JNE(operand.LabelRef("single"))
	}
	l.Label("end")
}

// constants holds what kernels of one file read from memory: 64 bytes of one value each.
type constants struct {
	*build.Context
	known map[uint64]operand.Mem
}

// of returns the memory that repeats 8 bytes.
func (c *constants) of(bits uint64) operand.Mem {
	if m, ok := c.known[bits]; ok {
		return m
	}
	m := c.StaticGlobal(fmt.Sprintf("x%016x", bits))
	c.DataAttributes(8 | 16) // RODATA, NOPTR
	for range 8 {
		c.AppendDatum(operand.U64(bits))
	}
	c.known[bits] = m
	return m
}
