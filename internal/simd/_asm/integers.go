package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// integers of 1, 2 or 4 bytes become a vector of 32-bit integers.
type integers struct {
	bytes  int
	signed bool
}

func (k integers) size(dialect) int { return k.bytes }

func (k integers) load(l *loop, m operand.Mem, how access) reg.Register {
	x := l.vector()
	if how == alone {
		b := l.GP32()
		k.loadOne(l, m, b)
		l.VMOVD(b, x.AsX())
		return x
	}
	masked := how == part
	switch {
	case k.bytes == 4 && masked:
		l.VMOVDQU32_Z(m, l.mask, x)
	case k.bytes == 4:
		l.VMOVUPS(m, x)
	case k.bytes == 2 && masked:
		l.VPMOVZXWD_Z(m, l.mask, x)
	case k.bytes == 2:
		l.VPMOVZXWD(m, x)
	case k.signed && masked:
		l.VPMOVSXBD_Z(m, l.mask, x)
	case k.signed:
		l.VPMOVSXBD(m, x)
	case masked:
		l.VPMOVZXBD_Z(m, l.mask, x)
	default:
		l.VPMOVZXBD(m, x)
	}
	return x
}

func (k integers) loadOne(l *loop, m operand.Mem, to reg.GPVirtual) {
	switch {
	case k.bytes == 4:
		l.MOVL(m, to)
	case k.bytes == 2:
		l.MOVWLZX(m, to)
	case k.signed:
		l.MOVBLSX(m, to)
	default:
		l.MOVBLZX(m, to)
	}
}

// store narrows integers that are in range, to 1 or 2 bytes.
func (k integers) store(l *loop, x reg.Register, m operand.Mem, how access) {
	v := x.(reg.VecVirtual)
	if l.wide {
		narrow := l.VPMOVDB
		if k.bytes == 2 {
			narrow = l.VPMOVDW
		}
		if how == part {
			narrow(v, l.mask, m)
			return
		}
		narrow(v, m)
		return
	}
	if how == alone {
		extract := l.VPEXTRB
		if k.bytes == 2 {
			extract = l.VPEXTRW
		}
		extract(operand.U8(0), v.AsX(), m)
		return
	}
	high, low := l.XMM(), l.XMM()
	l.VEXTRACTI128(operand.U8(1), v, high)
	if k.bytes == 2 {
		l.VPACKUSDW(high, v.AsX(), low)
		l.VMOVDQU(low, m)
		return
	}
	l.VPACKSSDW(high, v.AsX(), low)
	if k.signed {
		l.VPACKSSWB(low, low, low)
	} else {
		l.VPACKUSWB(low, low, low)
	}
	l.VMOVQ(low, m)
}
