package simd

import "unsafe"

// Op is an operation that takes each element of its result from one element of every
// source: a, b and c.
type Op int

// The operations. All but Exp to Tanh have the same result as Go in every bit, except that
// which NaN it is, if it is one, is left open.
const (
	Add          Op = iota // a + b
	Sub                    // a - b
	Mul                    // a * b
	Div                    // a / b
	Max                    // max(a, b): NaN if either is, and -0 < +0
	Min                    // min(a, b)
	Neg                    // -a
	Abs                    // math.Abs
	Sqrt                   // math.Sqrt
	Ceil                   // math.Ceil
	Floor                  // math.Floor
	Round                  // math.RoundToEven
	Equal                  // a == b, to booleans as the following
	NotEqual               // a != b
	GreaterEqual           // a >= b
	Greater                // a > b
	LessEqual              // a <= b
	Less                   // a < b
	Choose                 // b where the boolean a is true, else c
	Rectify                // a where a > b, else a * c

	// Of float32, computed in float64 lanes: the result is the nearest float32, but where the
	// exact value lies within 2^-36 of itself from the middle of two, where it may be the other
	// one. TestFunctions holds them to one unit in the last place.
	Exp
	Expm1
	Log
	Logistic // 1 / (1 + exp(-a))
	Tanh

	Rsqrt // 1 / sqrt(a), computed in float64 as in Go

	FromBool // 1 where the boolean a is true, else 0

	// Between float32 and other elements. What lies outside the bytes becomes the nearest
	// one, and NaN 0.
	FromUint8
	FromInt8
	FromInt32
	FromBFloat16
	ToUint8
	ToInt8
	ToBFloat16 // to nearest even; infinities and NaNs are cut off
	Widen      // to float64
	Narrow     // from float64, to the nearest
	ops
)

var opNames = [ops]string{
	"add", "sub", "mul", "div", "max", "min", "neg", "abs", "sqrt", "ceil", "floor", "round",
	"equal", "not equal", "greater or equal", "greater", "less or equal", "less", "choose", "rectify",
	"exp", "expm1", "log", "logistic", "tanh", "rsqrt",
	"from bool", "from uint8", "from int8", "from int32", "from bfloat16", "to uint8", "to int8", "to bfloat16", "widen", "narrow",
}

func (o Op) String() string { return opNames[o] }

// width is how many bytes an element of an operand has: a number, or that of the floats.
type width int

const (
	none  width = 0
	float width = -1
)

// operands returns the widths of dst, a, b and c.
func (o Op) operands() [4]width {
	switch {
	case o <= Min:
		return [4]width{float, float, float}
	case o >= Equal && o <= Less:
		return [4]width{1, float, float}
	case o == Choose:
		return [4]width{float, 1, float, float}
	case o == Rectify:
		return [4]width{float, float, float, float}
	}
	switch o {
	case FromBool, FromUint8, FromInt8:
		return [4]width{float, 1}
	case FromBFloat16:
		return [4]width{float, 2}
	case ToUint8, ToInt8:
		return [4]width{1, float}
	case ToBFloat16:
		return [4]width{2, float}
	case Widen:
		return [4]width{8, float}
	case Narrow:
		return [4]width{float, 8}
	}
	return [4]width{float, float}
}

// elementKernel is what the assembly is called with: a pointer for each operand, and the
// number of elements.
type elementKernel func(dst, a, b, c *byte, n int)

// InPlace returns an operation that takes one float and gives one, for elements that its
// results are to replace; nil where the level has no kernel of it.
func InPlace[T Float](l Level, o Op) func(x []T) {
	size := int(unsafe.Sizeof(T(0)))
	loop := o.Loop(l, size)
	if loop == nil || o.operands() != [4]width{float, float} {
		return nil
	}
	return func(x []T) {
		b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), size*len(x))
		loop(b, b, nil, nil)
	}
}

// Loop returns the operation on floats of size bytes, 4 or 8, with the kernels of a level;
// nil where it has none. The operands are the bytes of as many elements as dst has;
// booleans are one byte each, and sources that the operation lacks are ignored. dst may be
// one of the sources, but must not overlap one otherwise.
func (o Op) Loop(l Level, size int) func(dst, a, b, c []byte) {
	run := elementKernelOf(l, o, size)
	if run == nil {
		return nil
	}
	w := o.operands()
	for i := range w {
		if w[i] == float {
			w[i] = width(size)
		}
	}
	return func(dst, a, b, c []byte) {
		n := len(dst) / int(w[0])
		if n == 0 {
			return
		}
		_ = a[n*int(w[1])-1]
		if w[2] != none {
			_ = b[n*int(w[2])-1]
		}
		if w[3] != none {
			_ = c[n*int(w[3])-1]
		}
		for ; n > longest; n -= longest {
			run(first(dst), first(a), first(b), first(c), longest)
			dst, a = dst[longest*w[0]:], a[longest*w[1]:]
			if w[2] != none {
				b = b[longest*w[2]:]
			}
			if w[3] != none {
				c = c[longest*w[3]:]
			}
		}
		run(first(dst), first(a), first(b), first(c), n)
	}
}

// longest is how many elements one call of a kernel takes, which cannot be preempted: some
// microseconds.
const longest = 1 << 14

func first(b []byte) *byte { return unsafe.SliceData(b) }
