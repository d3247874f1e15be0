package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// conversionKernels writes conversions between floats, and from and to integers, booleans
// and bfloat16.
func conversionKernels(c *build.Context) {
	consts := &constants{c, map[uint64]operand.Mem{}}
	dialects(c, func(d dialect) {
		list := []kernel{d.fromBooleans(consts)}
		if d.single() {
			list = append(list, d.fromIntegers()...)
			list = append(list, d.toBytes(consts)...)
			list = append(list, d.halves(consts)...)
			list = append(list, d.widths()...)
		}
		for _, k := range list {
			if k.unroll = 2; k.step == 0 {
				k.step = d.lanes()
			}
			k.write(d)
		}
	})
}

func (d dialect) fromBooleans(consts *constants) kernel {
	ones := consts.of(either(d, uint64(math.Float32bits(1))*(1<<32+1), math.Float64bits(1)))
	return kernel{
		name: "fromBool", doc: "is 1 where a is true, and 0 elsewhere.", to: elements{}, from: []kind{booleans{}},
		compute: func(l *loop, in []reg.Register) reg.Register {
			y := l.vector()
			if l.wide {
				either(l.dialect, l.VMOVUPS_Z, l.VMOVUPD_Z)(ones, in[0], y)
			} else {
				l.VPANDN(ones, in[0], y)
			}
			return y
		},
	}
}

func (d dialect) fromIntegers() []kernel {
	from := func(name, doc string, k integers) kernel {
		return kernel{name: name, doc: doc, to: elements{}, from: []kind{k}, compute: func(l *loop, in []reg.Register) reg.Register {
			l.VCVTDQ2PS(in[0], in[0])
			return in[0]
		}}
	}
	return []kernel{
		from("fromUint8", "converts unsigned bytes.", integers{1, false}),
		from("fromInt8", "converts signed bytes.", integers{1, true}),
		from("fromInt32", "converts integers, to the nearest float.", integers{4, true}),
	}
}

// toBytes truncates; what lies outside becomes the nearest byte, and NaN 0.
func (d dialect) toBytes(consts *constants) []kernel {
	to := func(name, doc string, low, high float32, k integers) kernel {
		repeated := func(x float32) operand.Mem { return consts.of(uint64(math.Float32bits(x)) * (1<<32 + 1)) }
		return kernel{name: name, doc: doc, to: k, from: floats(1), compute: func(l *loop, in []reg.Register) reg.Register {
			x := in[0].(reg.VecVirtual)
			l.dropNaN(x)
			l.VMAXPS(repeated(low), x, x)
			l.VMINPS(repeated(high), x, x)
			l.VCVTTPS2DQ(x, x)
			return x
		}}
	}
	return []kernel{
		to("toUint8", "truncates to unsigned bytes.", 0, 255, integers{1, false}),
		to("toInt8", "truncates to signed bytes.", -128, 127, integers{1, true}),
	}
}

// dropNaN makes NaN 0.
func (d dialect) dropNaN(x reg.VecVirtual) {
	const ordered = 7
	if d.wide {
		k := d.K()
		d.VCMPPS(operand.U8(ordered), x, x, k)
		d.VMOVUPS_Z(x, k, x)
		return
	}
	mask := d.vector()
	d.VCMPPS(operand.U8(ordered), x, x, mask)
	d.VANDPS(mask, x, x)
}

// halves are conversions from and to bfloat16, the upper half of a float32. It is rounded
// to nearest even; infinities and NaNs are cut off.
func (d dialect) halves(consts *constants) []kernel {
	repeated := func(bits uint64) operand.Mem { return consts.of(bits * (1<<32 + 1)) }
	words := integers{2, false}
	widen := func(l *loop, in []reg.Register) reg.Register {
		l.VPSLLD(operand.U8(16), in[0], in[0])
		return in[0]
	}
	round := func(l *loop, in []reg.Register) reg.Register {
		up, exponent, y := l.vector(), l.vector(), l.vector()
		l.VPSRLD(operand.U8(16), in[0], up)
		l.and(repeated(1), up, up)
		l.VPADDD(repeated(0x7fff), up, up)
		l.and(repeated(0x7f800000), in[0], exponent)
		l.clearEqual(repeated(0x7f800000), exponent, up)
		l.VPADDD(in[0], up, y)
		l.VPSRLD(operand.U8(16), y, y)
		return y
	}
	return []kernel{
		{name: "fromBFloat16", doc: "converts bfloat16.", to: elements{}, from: []kind{words}, compute: widen},
		{name: "toBFloat16", doc: "rounds to bfloat16.", to: words, from: floats(1), compute: round},
	}
}

// clearEqual sets y to 0 where the integers x and z are equal.
func (d dialect) clearEqual(x operand.Mem, z, y reg.VecVirtual) {
	if d.wide {
		k := d.K()
		d.VPCMPD(operand.U8(4), x, z, k) // not equal
		d.VMOVDQU32_Z(y, k, y)
		return
	}
	d.VPCMPEQD(x, z, z)
	d.VPANDN(y, z, y)
}

func (d dialect) widths() []kernel {
	same := func(_ *loop, in []reg.Register) reg.Register { return in[0] }
	step := d.bytes() / 8
	return []kernel{
		{name: "widen", doc: "converts to float64.", to: doubles{}, from: []kind{singles{}}, step: step, compute: same},
		{name: "narrow", doc: "rounds float64 to float32.", to: singles{}, from: []kind{doubles{}}, step: step, compute: same},
	}
}
