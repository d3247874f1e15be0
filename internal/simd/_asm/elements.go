package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Rounding of VROUND and VRNDSCALE, without the exception for inexact results.
const (
	toEven = 8 | iota
	down
	up
)

// elementKernels writes the operations that processors have: arithmetic, comparisons and
// choices, each rounded as the same operation in Go.
func elementKernels(c *build.Context) {
	consts := &constants{c, map[uint64]operand.Mem{}}
	dialects(c, func(d dialect) {
		list := append(d.arithmetic(), d.unaries(consts)...)
		list = append(list, d.extremes(consts)...)
		list = append(list, d.comparisons(consts)...)
		list = append(list, d.selection(), d.rectification())
		if !d.single() {
			list = append(list, d.inverseRoot(consts))
		}
		for _, k := range list {
			k.step, k.unroll = d.lanes(), 4
			k.write(d)
		}
	})
}

func floats(n int) []kind {
	all := make([]kind, n)
	for i := range all {
		all[i] = elements{}
	}
	return all
}

// three is an instruction with two sources, which Go's order has the other way round.
type three func(ops ...operand.Op)

func (d dialect) arithmetic() []kernel {
	binary := func(name, doc string, do three) kernel {
		return kernel{name: name, doc: doc, to: elements{}, from: floats(2), compute: func(l *loop, in []reg.Register) reg.Register {
			y := l.vector()
			do(in[1], in[0], y)
			return y
		}}
	}
	return []kernel{
		binary("add", "is a + b.", either[three](d, d.VADDPS, d.VADDPD)),
		binary("sub", "is a - b.", either[three](d, d.VSUBPS, d.VSUBPD)),
		binary("mul", "is a * b.", either[three](d, d.VMULPS, d.VMULPD)),
		binary("div", "is a / b.", either[three](d, d.VDIVPS, d.VDIVPD)),
	}
}

// signs are the bits of -0 in each element.
func (d dialect) signs(consts *constants) operand.Mem {
	return consts.of(either(d, uint64(0x8000000080000000), uint64(0x8000000000000000)))
}

func (d dialect) exclusiveOr(a, b, to operand.Op) {
	if d.wide {
		d.VPXORQ(a, b, to)
		return
	}
	d.VPXOR(a, b, to)
}

func (d dialect) and(a, b, to operand.Op) {
	if d.wide {
		d.VPANDQ(a, b, to)
		return
	}
	d.VPAND(a, b, to)
}

func (d dialect) or(a, b, to operand.Op) {
	if d.wide {
		d.VPORQ(a, b, to)
		return
	}
	d.VPOR(a, b, to)
}

func (d dialect) round(mode int, from, to operand.Op) {
	if d.wide {
		either(d, d.VRNDSCALEPS, d.VRNDSCALEPD)(operand.U8(mode), from, to)
		return
	}
	either(d, d.VROUNDPS, d.VROUNDPD)(operand.U8(mode), from, to)
}

func (d dialect) unaries(consts *constants) []kernel {
	unary := func(name, doc string, do func(x, y reg.VecVirtual)) kernel {
		return kernel{name: name, doc: doc, to: elements{}, from: floats(1), compute: func(l *loop, in []reg.Register) reg.Register {
			y := l.vector()
			do(in[0].(reg.VecVirtual), y)
			return y
		}}
	}
	signs := d.signs(consts)
	magnitude := consts.of(either(d, uint64(0x7fffffff7fffffff), uint64(0x7fffffffffffffff)))
	return []kernel{
		unary("neg", "is -a.", func(x, y reg.VecVirtual) { d.exclusiveOr(signs, x, y) }),
		unary("abs", "is a without its sign.", func(x, y reg.VecVirtual) { d.and(magnitude, x, y) }),
		unary("sqrt", "is the square root of a.", func(x, y reg.VecVirtual) { either(d, d.squareRoots, d.squareRoots64)(x, y) }),
		unary("ceil", "rounds up to integers.", func(x, y reg.VecVirtual) { d.round(up, x, y) }),
		unary("floor", "rounds down to integers.", func(x, y reg.VecVirtual) { d.round(down, x, y) }),
		unary("round", "rounds to the nearest integer, to even ones from the middle.", func(x, y reg.VecVirtual) { d.round(toEven, x, y) }),
	}
}

// inverseRoot is 1 / sqrt(a) in float64; float32 has it among the functions.
func (d dialect) inverseRoot(consts *constants) kernel {
	one := consts.of(math.Float64bits(1))
	return kernel{name: "rsqrt", doc: "is 1 / sqrt(a).", to: elements{}, from: floats(1), compute: func(l *loop, in []reg.Register) reg.Register {
		root, y := l.vector(), l.vector()
		l.VSQRTPD(in[0], root)
		l.VMOVUPD(one, y)
		l.VDIVPD(root, y, y)
		return y
	}}
}

func (d dialect) squareRoots(x, y operand.Op)   { d.VSQRTPS(x, y) }
func (d dialect) squareRoots64(x, y operand.Op) { d.VSQRTPD(x, y) }

// least is Go's min: NaN if either is, and -0 below +0. The instruction returns its second
// operand for NaN and for two zeros; done again with the first one there, or brings
// together what the two found. y may be z.
func (d dialect) least(x, z, y operand.Op) {
	do := either[three](d, d.VMINPS, d.VMINPD)
	again := d.vector()
	do(z, x, y)
	do(x, y, again)
	d.or(again, y, y)
}

// extremes are max and min. The maximum is minus the minimum of the negated operands.
func (d dialect) extremes(consts *constants) []kernel {
	signs := d.signs(consts)
	least := func(l *loop, in []reg.Register) reg.Register {
		y := l.vector()
		l.least(in[0], in[1], y)
		return y
	}
	greatest := func(l *loop, in []reg.Register) reg.Register {
		x, z, y := l.vector(), l.vector(), l.vector()
		l.exclusiveOr(signs, in[0], x)
		l.exclusiveOr(signs, in[1], z)
		l.least(x, z, y)
		l.exclusiveOr(signs, y, y)
		return y
	}
	return []kernel{
		{name: "max", doc: "is max(a, b).", to: elements{}, from: floats(2), compute: greatest},
		{name: "min", doc: "is min(a, b).", to: elements{}, from: floats(2), compute: least},
	}
}

// comparisons are false where an operand is NaN, but for the one of unequal values.
func (d dialect) comparisons(consts *constants) []kernel {
	ones := consts.of(0x0101010101010101)
	compare := func(name, doc string, predicate uint8) kernel {
		return kernel{
			name: name, doc: doc, to: booleans{}, from: floats(2),
			prepare: func(l *loop) {
				l.shared = l.vectors(1)
				l.VMOVDQU(ones, l.shared[0].AsX())
			},
			compute: func(l *loop, in []reg.Register) reg.Register {
				var y reg.Register
				if y = l.vector(); l.wide {
					y = l.K()
				}
				either[three](l.dialect, l.VCMPPS, l.VCMPPD)(operand.U8(predicate), in[1], in[0], y)
				return y
			},
		}
	}
	return []kernel{
		compare("equal", "is a == b.", 0),
		compare("notEqual", "is a != b.", 4),
		compare("greaterEqual", "is a >= b.", 0x1d),
		compare("greater", "is a > b.", 0x1e),
		compare("lessEqual", "is a <= b.", 0x12),
		compare("less", "is a < b.", 0x11),
	}
}

func (d dialect) selection() kernel {
	return kernel{
		name: "choose", doc: "is b where a is true, and c elsewhere.", to: elements{}, from: []kind{booleans{}, elements{}, elements{}},
		compute: func(l *loop, in []reg.Register) reg.Register {
			y := l.vector()
			if l.wide {
				either(l.dialect, l.VBLENDMPS, l.VBLENDMPD)(in[1], in[2], in[0], y)
			} else {
				either(l.dialect, l.VBLENDVPS, l.VBLENDVPD)(in[0], in[2], in[1], y)
			}
			return y
		},
	}
}

// rectification is a comparison, a product and a choice in one.
func (d dialect) rectification() kernel {
	const greater = 0x1e
	return kernel{
		name: "rectify", doc: "is a where a > b, and a * c elsewhere.", to: elements{}, from: floats(3),
		compute: func(l *loop, in []reg.Register) reg.Register {
			x, limit, y := in[0], in[1], in[2]
			either[three](l.dialect, l.VMULPS, l.VMULPD)(y, x, y)
			if l.wide {
				k := l.K()
				either[three](l.dialect, l.VCMPPS, l.VCMPPD)(operand.U8(greater), limit, x, k)
				either[three](l.dialect, l.VMOVUPS, l.VMOVUPD)(x, k, y)
				return y
			}
			either[three](l.dialect, l.VCMPPS, l.VCMPPD)(operand.U8(greater), limit, x, limit)
			either(l.dialect, l.VBLENDVPS, l.VBLENDVPD)(limit, x, y, y)
			return y
		},
	}
}
