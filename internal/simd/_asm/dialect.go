package main

import (
	"fmt"
	"go/token"
	"go/types"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dialect is an instruction set together with an element type: what kernels of one kind
// differ in.
type dialect struct {
	*build.Context
	wide bool // AVX-512: 32 registers of 64 bytes, and masks; else AVX2: 16 of 32 bytes
	size int  // bytes of an element, 4 or 8
}

// dialects calls fn for every instruction set and element type.
func dialects(c *build.Context, fn func(d dialect)) {
	for _, wide := range []bool{false, true} {
		for _, size := range []int{4, 8} {
			fn(dialect{c, wide, size})
		}
	}
}

// suffix is how names of functions end.
func (d dialect) suffix() string {
	level := "AVX2"
	if d.wide {
		level = "AVX512"
	}
	return fmt.Sprintf("%d%s", 8*d.size, level)
}

// bytes is the width of a vector.
func (d dialect) bytes() int {
	if d.wide {
		return 64
	}
	return 32
}

func (d dialect) lanes() int { return d.bytes() / d.size }

// vector is a new register.
func (d dialect) vector() reg.VecVirtual {
	if d.wide {
		return d.ZMM()
	}
	return d.YMM()
}

func (d dialect) vectors(n int) []reg.VecVirtual {
	all := make([]reg.VecVirtual, n)
	for i := range all {
		all[i] = d.vector()
	}
	return all
}

// single tells whether elements are float32.
func (d dialect) single() bool { return d.size == 4 }

// either returns the instruction for float32 or that for float64.
func either[F any](d dialect, single, double F) F {
	if d.single() {
		return single
	}
	return double
}

func (d dialect) zero(x reg.VecVirtual) {
	if d.wide {
		d.VPXORD(x, x, x)
		return
	}
	d.VXORPS(x, x, x)
}

func (d dialect) move(from, to operand.Op) { either(d, d.VMOVUPS, d.VMOVUPD)(from, to) }

func (d dialect) broadcast(from operand.Mem, to reg.VecVirtual) {
	either(d, d.VBROADCASTSS, d.VBROADCASTSD)(from, to)
}

// fma sets sum to a*b + sum; a may lie in memory.
func (d dialect) fma(a, b, sum operand.Op) { either(d, d.VFMADD231PS, d.VFMADD231PD)(a, b, sum) }

func (d dialect) add(a, b, to operand.Op) { either(d, d.VADDPS, d.VADDPD)(a, b, to) }

// taking gives the function one argument: a pointer to a structure of package simd.
func (d dialect) taking(name, structure string) {
	pkg := types.NewPackage("simd", "simd")
	named := types.NewNamed(types.NewTypeName(token.NoPos, pkg, structure, nil), types.NewStruct(nil, nil), nil)
	arg := types.NewParam(token.NoPos, pkg, name, types.NewPointer(named))
	d.Signature(gotypes.NewSignature(pkg, types.NewSignatureType(nil, nil, nil, types.NewTuple(arg), nil, false)))
}
