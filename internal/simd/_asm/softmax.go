package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmaxKernels writes what a softmax of float32 is made of, in float64 lanes.
func softmaxKernels(c *build.Context) {
	f := functionWriter{constants: &constants{c, map[uint64]operand.Mem{}}}
	for _, wide := range []bool{false, true} {
		f.dialect = dialect{c, wide, 4}
		f.expSum().write(f.dialect)
		f.scale().write(f.dialect)
	}
}

// numberAt broadcasts a float64 argument that lies in memory.
func (l *loop) numberAt(name string) reg.VecVirtual {
	x := l.vector()
	l.VBROADCASTSD(operand.Mem{Base: l.argument(name)}, x)
	return x
}

func beginPlain(l *loop) {
	l.pointers = []reg.GPVirtual{l.argument("dst"), l.argument("a")}
	l.left = l.argument("n")
}

// expSum stores exp(a - top), and adds it up before it is rounded. The sums of AVX2's last
// elements are kept apart, since an instruction on one lane clears the others.
func (f *functionWriter) expSum() kernel {
	var sums, lone reg.VecVirtual
	return kernel{
		name: "expSum", doc: "is exp(a - top), and its sum in each lane.", signature: "func(dst, a *byte, n int, top, lanes *byte)",
		to: singles{}, from: []kind{singles{}}, step: f.bytes() / 8, unroll: 1,
		begin: beginPlain,
		prepare: func(l *loop) {
			l.shared = []reg.VecVirtual{l.numberAt("top")}
			sums = l.vector()
			f.double().zero(sums)
			if !l.wide {
				lone = l.vector()
				f.double().zero(lone)
			}
		},
		compute: func(l *loop, in []reg.Register) reg.Register {
			x := in[0].(reg.VecVirtual)
			f.VSUBPD(l.shared[0], x, x)
			y := f.exp(x)
			switch l.now {
			case whole:
				f.VADDPD(y, sums, sums)
			case part:
				f.VADDPD(y, sums, l.mask, sums)
			case alone:
				f.VADDSD(y.AsX(), lone.AsX(), lone.AsX())
			}
			return y
		},
		end: func(l *loop) {
			if !l.wide {
				f.VADDPD(lone, sums, sums)
			}
			f.VMOVUPD(sums, operand.Mem{Base: l.argument("lanes")})
		},
	}
}

func (f *functionWriter) scale() kernel {
	return kernel{
		name: "scale", doc: "is a times a factor in float64.", signature: "func(dst, a *byte, n int, factor *byte)",
		to: singles{}, from: []kind{singles{}}, step: f.bytes() / 8, unroll: 2,
		begin:   beginPlain,
		prepare: func(l *loop) { l.shared = []reg.VecVirtual{l.numberAt("factor")} },
		compute: func(l *loop, in []reg.Register) reg.Register {
			l.VMULPD(l.shared[0], in[0], in[0])
			return in[0]
		},
	}
}
