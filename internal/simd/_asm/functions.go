package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// functionKernels writes functions of float32, computed in float64 lanes: their errors
// before the last rounding stay below 2^-36, so that the result is the nearest float32
// but where the exact value lies that close to the middle of two.
func functionKernels(c *build.Context) {
	f := functionWriter{constants: &constants{c, map[uint64]operand.Mem{}}}
	for _, wide := range []bool{false, true} {
		f.dialect = dialect{c, wide, 4}
		for _, k := range f.list() {
			k.to, k.from, k.step, k.unroll = singles{}, []kind{singles{}}, f.bytes()/8, 1
			k.write(f.dialect)
		}
	}
}

type functionWriter struct {
	dialect
	constants *constants
}

// double is the dialect of the lanes.
func (f *functionWriter) double() dialect { return dialect{f.Context, f.wide, 8} }

// number repeats a float64. It is read from memory where it is used, in AVX-512 into a
// register first: 64 bytes of memory would often lie in two lines of the cache.
func (f *functionWriter) number(x float64) operand.Op { return f.bits(math.Float64bits(x)) }

func (f *functionWriter) bits(x uint64) operand.Op {
	m := f.constants.of(x)
	if !f.wide {
		return m
	}
	y := f.vector()
	f.VBROADCASTSD(m, y)
	return y
}

func (f *functionWriter) list() []kernel {
	function := func(name, doc string, of func(x reg.VecVirtual) reg.VecVirtual) kernel {
		return kernel{name: name, doc: doc, compute: func(_ *loop, in []reg.Register) reg.Register { return of(in[0].(reg.VecVirtual)) }}
	}
	return []kernel{
		function("exp", "is the exponential function.", f.exp),
		function("expm1", "is exp(a) - 1.", f.expm1),
		function("logistic", "is 1 / (1 + exp(-a)).", f.logistic),
		function("tanh", "is the hyperbolic tangent.", f.tanh),
		function("log", "is the natural logarithm.", f.log),
		function("rsqrt", "is 1 / sqrt(a).", f.rsqrt),
	}
}

// clamp brings x into a range, and leaves NaN: the instructions return their second
// operand for it.
func (f *functionWriter) clamp(x reg.VecVirtual, low, high float64) {
	limit := f.vector()
	f.VMOVUPD(f.number(low), limit)
	f.VMAXPD(x, limit, x)
	f.VMOVUPD(f.number(high), limit)
	f.VMINPD(x, limit, x)
}

// power splits exp(x), |x| < 700, into scale (1 + rest): scale is 2^n, n the integer
// nearest to x/ln 2, and rest exp(r) - 1, r = x - n ln 2, by its Taylor series, whose
// first term left out is r^11/11! < 2^-42.
func (f *functionWriter) power(x reg.VecVirtual) (scale, rest reg.VecVirtual) {
	const terms = 10
	// The sum of n and shifter has n in its last bits: its own last bit counts 1.
	shifter := f.number(3 << 51)
	scale, rest = f.vector(), f.vector()
	n, r, square := f.vector(), f.vector(), f.vector()
	f.VMOVUPD(f.number(1/math.Ln2), scale)
	f.VFMADD213PD(shifter, x, scale)
	f.VSUBPD(shifter, scale, n)
	f.VMOVUPD(x, r)
	f.VFNMADD231PD(f.number(math.Ln2), n, r)
	f.VPSLLQ(operand.U8(52), scale, scale)
	f.VPADDQ(f.number(1), scale, scale)
	factorial := 1.
	for k := 2; k <= terms; k++ {
		factorial *= float64(k)
	}
	f.VMOVUPD(f.number(1/factorial), rest)
	for k := terms; k > 2; k-- {
		factorial /= float64(k)
		f.VFMADD213PD(f.number(1/factorial), r, rest)
	}
	f.VMULPD(r, r, square)
	f.VFMADD213PD(r, square, rest)
	return scale, rest
}

// exp is 0 or infinite in float32 beyond the limits.
func (f *functionWriter) exp(x reg.VecVirtual) reg.VecVirtual {
	f.clamp(x, -104, 89)
	scale, rest := f.power(x)
	f.VFMADD213PD(scale, scale, rest)
	return rest
}

// minusOne is exp(x) - 1, as exact as rest for small x.
func (f *functionWriter) minusOne(x reg.VecVirtual) reg.VecVirtual {
	scale, rest := f.power(x)
	below := f.vector()
	f.VSUBPD(f.number(1), scale, below)
	f.VFMADD213PD(below, scale, rest)
	return rest
}

// signed gives y the sign of x, which a sum loses when it is zero.
func (f *functionWriter) signed(y, x reg.VecVirtual) reg.VecVirtual {
	sign := f.vector()
	f.double().and(f.bits(1<<63), x, sign)
	f.double().or(sign, y, y)
	return y
}

func (f *functionWriter) magnitude(x reg.VecVirtual) reg.VecVirtual {
	y := f.vector()
	f.double().and(f.bits(1<<63-1), x, y)
	return y
}

func (f *functionWriter) expm1(x reg.VecVirtual) reg.VecVirtual {
	y := f.vector()
	f.VMOVUPD(x, y)
	f.clamp(y, -104, 89)
	return f.signed(f.minusOne(y), x)
}

// logistic needs no case for either sign: exp(104) is far from too large for float64.
func (f *functionWriter) logistic(x reg.VecVirtual) reg.VecVirtual {
	minus, one := f.vector(), f.vector()
	f.double().exclusiveOr(f.bits(1<<63), x, minus)
	f.clamp(minus, -104, 104)
	scale, rest := f.power(minus)
	f.VFMADD213PD(scale, scale, rest)
	f.VMOVUPD(f.number(1), one)
	f.VADDPD(one, rest, rest)
	f.VDIVPD(rest, one, rest)
	return rest
}

// tanh is (exp(2|x|) - 1) / (exp(2|x|) + 1) with the sign of x, and 1 in float32 from
// |x| = 10 on.
func (f *functionWriter) tanh(x reg.VecVirtual) reg.VecVirtual {
	y, above := f.magnitude(x), f.vector()
	f.clamp(y, 0, 20)
	f.VADDPD(y, y, y)
	y = f.minusOne(y)
	f.VADDPD(f.number(2), y, above)
	f.VDIVPD(above, y, y)
	return f.signed(y, x)
}

// log takes x apart into m 2^n, m from sqrt(1/2) to sqrt(2), and adds n ln 2 to log m =
// 2 artanh s, s = (m - 1)/(m + 1), by its series, whose first term left out is s^15/15 <
// 2^-42.
func (f *functionWriter) log(x reg.VecVirtual) reg.VecVirtual {
	const least = 0x3fe6a09e667f3bcd // the bits of sqrt(1/2)
	shifted, n, m := f.vector(), f.vector(), f.vector()
	f.VPADDQ(f.bits(0x3ff0000000000000-least), x, shifted)
	// n + 1023 in the last bits of 2^52, whose last bit counts 1.
	f.VPSRLQ(operand.U8(52), shifted, n)
	f.double().or(f.number(1<<52), n, n)
	f.VSUBPD(f.number(1<<52+1023), n, n)
	f.double().and(f.bits(1<<52-1), shifted, m)
	f.VPADDQ(f.bits(least), m, m)
	above, s, square, sum := f.vector(), f.vector(), f.vector(), f.vector()
	f.VADDPD(f.number(1), m, above)
	f.VSUBPD(f.number(1), m, s)
	f.VDIVPD(above, s, s)
	f.VMULPD(s, s, square)
	f.VMOVUPD(f.number(2./13), sum)
	for k := 11; k > 0; k -= 2 {
		f.VFMADD213PD(f.number(2/float64(k)), square, sum)
	}
	f.VMULPD(s, sum, sum)
	f.VFMADD231PD(f.number(math.Ln2), n, sum)
	// Zeros give -Inf; +Inf and NaN stay; what is negative gives NaN.
	f.double().pick(0, f.number(0), x, f.number(math.Inf(-1)), sum)
	f.double().pick(5, f.number(math.Inf(1)), x, x, sum) // not less
	f.double().pick(0x11, f.number(0), x, f.number(math.NaN()), sum)
	return sum
}

// pick sets y to then where x compares to limit as the predicate says.
func (d dialect) pick(predicate uint8, limit, x, then, y operand.Op) {
	if d.wide {
		k := d.K()
		d.VCMPPD(operand.U8(predicate), limit, x, k)
		d.VMOVUPD(then, k, y)
		return
	}
	where := d.vector()
	d.VCMPPD(operand.U8(predicate), limit, x, where)
	d.VBLENDVPD(where, then, y, y)
}

func (f *functionWriter) rsqrt(x reg.VecVirtual) reg.VecVirtual {
	one := f.vector()
	f.VSQRTPD(x, x)
	f.VMOVUPD(f.number(1), one)
	f.VDIVPD(x, one, x)
	return x
}
