package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kind is how an operand's elements lie in memory and in registers.
type kind interface {
	size(d dialect) int // bytes of an element
	load(l *loop, m operand.Mem, how access) reg.Register
	store(l *loop, x reg.Register, m operand.Mem, how access)
}

// elements are floats of the dialect's size, a vector of them.
type elements struct{}

func (elements) size(d dialect) int { return d.size }

func (elements) load(l *loop, m operand.Mem, how access) reg.Register {
	x := l.vector()
	switch how {
	case whole:
		l.move(m, x)
	case part:
		either(l.dialect, l.VMOVUPS_Z, l.VMOVUPD_Z)(m, l.mask, x)
	case alone:
		either(l.dialect, l.VMOVSS, l.VMOVSD)(m, x.AsX())
	}
	return x
}

func (elements) store(l *loop, x reg.Register, m operand.Mem, how access) {
	v := x.(reg.VecVirtual)
	switch how {
	case whole:
		l.move(v, m)
	case part:
		either(l.dialect, l.VMOVUPS, l.VMOVUPD)(v, l.mask, m)
	case alone:
		either(l.dialect, l.VMOVSS, l.VMOVSD)(v.AsX(), m)
	}
}

// booleans are bytes. In AVX-512 they become a mask of those that are true, in AVX2 a
// vector with all bits of those that are false.
type booleans struct{}

func (booleans) size(dialect) int { return 1 }

func (booleans) load(l *loop, m operand.Mem, how access) reg.Register {
	if l.wide {
		return loadMask(l, m, how)
	}
	x, zero := l.vector(), l.vector()
	if how == alone {
		b := l.GP32()
		l.MOVBLZX(m, b)
		l.VMOVD(b, x.AsX())
	} else {
		either(l.dialect, l.VPMOVZXBD, l.VPMOVZXBQ)(m, x)
	}
	l.zero(zero)
	either(l.dialect, l.VPCMPEQD, l.VPCMPEQQ)(zero, x, x)
	return x
}

func loadMask(l *loop, m operand.Mem, how access) reg.Register {
	x, k := l.XMM(), l.K()
	switch {
	case how == part:
		l.VMOVDQU8_Z(m, l.mask, x)
	case l.kernel.step == 8:
		l.VMOVQ(m, x)
	default:
		l.VMOVDQU8(m, x)
	}
	l.VPTESTMB(x, x, k)
	return k
}

// store writes ones and zeros. x is a mask in AVX-512, and in AVX2 a vector with all bits
// of those that are true. shared[0] holds bytes of 1.
func (booleans) store(l *loop, x reg.Register, m operand.Mem, how access) {
	ones := l.shared[0].AsX()
	if l.wide {
		y := l.XMM()
		l.VMOVDQU8_Z(ones, x.(reg.OpmaskVirtual), y)
		switch {
		case how == part:
			l.VMOVDQU8(y, l.mask, m)
		case l.kernel.step == 8:
			l.VMOVQ(y, m)
		default:
			l.VMOVDQU8(y, m)
		}
		return
	}
	v, low, high := x.(reg.VecVirtual), l.XMM(), l.XMM()
	if how == alone {
		l.VPAND(ones, v.AsX(), low)
		l.VPEXTRB(operand.U8(0), low, m)
		return
	}
	l.VEXTRACTF128(operand.U8(1), v, high)
	if l.single() {
		l.VPACKSSDW(high, v.AsX(), low)
		l.VPACKSSWB(low, low, low)
		l.VPAND(ones, low, low)
		l.VMOVQ(low, m)
		return
	}
	l.VSHUFPS(operand.U8(0x88), high, v.AsX(), low)
	l.VPACKSSDW(low, low, low)
	l.VPACKSSWB(low, low, low)
	l.VPAND(ones, low, low)
	l.VMOVD(low, m)
}

// singles are float32 that are computed as float64: half a vector of them becomes one.
type singles struct{}

func (singles) size(dialect) int { return 4 }

func (singles) load(l *loop, m operand.Mem, how access) reg.Register {
	x := l.vector()
	switch how {
	case whole:
		l.VCVTPS2PD(m, x)
	case part:
		l.VCVTPS2PD_Z(m, l.mask, x)
	case alone:
		l.VMOVSS(m, x.AsX())
		l.VCVTPS2PD(x.AsX(), x)
	}
	return x
}

func (singles) store(l *loop, x reg.Register, m operand.Mem, how access) {
	v := x.(reg.VecVirtual)
	if l.wide {
		y := l.YMM()
		l.VCVTPD2PS(v, y)
		if how == part {
			l.VMOVUPS(y, l.mask, m)
			return
		}
		l.VMOVUPS(y, m)
		return
	}
	y := l.XMM()
	l.VCVTPD2PSY(v, y)
	if how == alone {
		l.VMOVSS(y, m)
		return
	}
	l.VMOVUPS(y, m)
}

// doubles are float64, whatever the dialect's size is.
type doubles struct{}

func (doubles) size(dialect) int { return 8 }

func (doubles) load(l *loop, m operand.Mem, how access) reg.Register {
	return elements{}.load(l.as(8), m, how)
}

func (doubles) store(l *loop, x reg.Register, m operand.Mem, how access) {
	elements{}.store(l.as(8), x, m, how)
}

// as is the same loop with elements of another size.
func (l *loop) as(size int) *loop {
	other := *l
	other.size = size
	return &other
}
