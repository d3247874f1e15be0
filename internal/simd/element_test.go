package simd

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// specials are values that an operation may treat in a way of its own, and their
// neighbors.
var specials = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, math.Inf(1), math.Inf(-1), math.NaN(), -math.NaN(),
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, math.SmallestNonzeroFloat64, math.MaxFloat32, -math.MaxFloat32, math.MaxFloat64,
	0x1p-126, 0x1p-1022, 1 << 23, 1<<24 + 1, 1 << 52, 3e9, -3e9, 87.5, 88.8, -87.5, -103.5, 9.5, -9.5,
}

// values are n floats: those that the bytes hold, then special ones and random ones.
func values[T Float](r *rand.Rand, data []byte, n int) []T {
	size := int(unsafe.Sizeof(T(0)))
	x := make([]T, n)
	for i := range x {
		switch {
		case len(data) >= size && size == 4:
			x[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(data)))
		case len(data) >= size:
			x[i] = T(math.Float64frombits(binary.LittleEndian.Uint64(data)))
		case r.IntN(2) == 0:
			x[i] = T(specials[r.IntN(len(specials))])
		default:
			x[i] = T(r.NormFloat64() * math.Exp(r.NormFloat64()))
		}
		data = data[min(size, len(data)):]
	}
	return x
}

func rawBytes[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// sameBits compares two floats; all NaNs are one.
func sameBits[T Float](a, b T) bool {
	return a != a && b != b || math.Float64bits(float64(a)) == math.Float64bits(float64(b))
}

// fuzzLengths adds seeds around the lengths at which kernels change how they go on.
func fuzzLengths(f *testing.F) {
	for _, n := range []uint16{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 200, 1000} {
		f.Add(n, uint8(n%5), []byte(nil))
	}
	f.Add(uint16(40), uint8(1), rawBytes([]uint32{0x7f800001, 0xff800001, 1, 0x80000001, 0x7f7fffff, 0x3f800001}))
}

func binaryFunctions[T Float]() map[Op]func(a, b T) T {
	return map[Op]func(a, b T) T{
		Add: func(a, b T) T { return a + b },
		Sub: func(a, b T) T { return a - b },
		Mul: func(a, b T) T { return a * b },
		Div: func(a, b T) T { return a / b },
		Max: func(a, b T) T { return max(a, b) },
		Min: func(a, b T) T { return min(a, b) },
	}
}

func unaryFunctions[T Float]() map[Op]func(a T) T {
	through := func(fn func(float64) float64) func(a T) T { return func(a T) T { return T(fn(float64(a))) } }
	return map[Op]func(a T) T{
		Neg: func(a T) T { return -a }, Abs: through(math.Abs), Sqrt: through(math.Sqrt),
		Rsqrt: through(func(x float64) float64 { return 1 / math.Sqrt(x) }),
		Ceil:  through(math.Ceil), Floor: through(math.Floor), Round: through(math.RoundToEven),
	}
}

func comparisonFunctions[T Float]() map[Op]func(a, b T) bool {
	return map[Op]func(a, b T) bool{
		Equal:        func(a, b T) bool { return a == b },
		NotEqual:     func(a, b T) bool { return a != b },
		GreaterEqual: func(a, b T) bool { return a >= b },
		Greater:      func(a, b T) bool { return a > b },
		LessEqual:    func(a, b T) bool { return a <= b },
		Less:         func(a, b T) bool { return a < b },
	}
}

// elementCase is what one operation is tested on: operands that begin at a place that is
// not aligned, and values around the result that must stay.
type elementCase[T Float] struct {
	a, b, c []T
	choice  []bool
	before  []T
}

func newElementCase[T Float](n, shift int, data []byte) elementCase[T] {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	draw := func(data []byte) []T { return values[T](r, data, n+shift)[shift:] }
	e := elementCase[T]{a: draw(data), b: draw(data[len(data)/2:]), c: draw(nil), before: random[T](r, n+2+shift), choice: make([]bool, n+shift)[shift:]}
	for i := range e.choice {
		e.choice[i] = r.IntN(2) == 0
	}
	return e
}

// check runs an operation on a fresh result, and over its first source of floats, and
// compares each element with want.
func (e elementCase[T]) check(t *testing.T, o Op, l Level, want func(i int) T, same func(got, want T) bool, sources ...[]byte) {
	loop := o.Loop(l, int(unsafe.Sizeof(T(0))))
	require.NotNil(t, loop, "%s: no kernel for %s", l, o)
	n, shift := len(e.a), len(e.before)-len(e.a)-2
	sources = append(sources, nil, nil, nil)
	got := append([]T(nil), e.before...)
	loop(rawBytes(got[shift+1:shift+1+n]), sources[0], sources[1], sources[2])
	for i, v := range got {
		at := i - shift - 1
		if at < 0 || at >= n {
			require.Equal(t, e.before[i], v, "%s, %s: wrote outside the result", l, o)
		} else if !same(v, want(at)) {
			t.Fatalf("seed %d, %s, %s on %d of %T: element %d of a=%g b=%g: got %g, want %g", seed, l, o, n, v, at, e.a[at], e.b[at], v, want(at))
		}
	}
	for i, s := range sources[:3] {
		if len(s) != len(rawBytes(e.a)) || n == 0 {
			continue
		}
		over := append([]byte(nil), s...)
		sources[i] = over
		loop(over, sources[0], sources[1], sources[2])
		require.Equal(t, rawBytes(got[shift+1:shift+1+n]), over, "%s, %s: over source %d", l, o, i)
		sources[i] = s
	}
}

// FuzzArithmetic compares operations of two floats with Go's, at every level.
func FuzzArithmetic(f *testing.F) {
	fuzzLengths(f)
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		fuzzArithmetic[float32](t, int(n%2000), int(shift%5), data)
		fuzzArithmetic[float64](t, int(n%2000), int(shift%5), data)
	})
}

func fuzzArithmetic[T Float](t *testing.T, n, shift int, data []byte) {
	e := newElementCase[T](n, shift, data)
	for _, l := range kernels() {
		for o, fn := range binaryFunctions[T]() {
			e.check(t, o, l, func(i int) T { return fn(e.a[i], e.b[i]) }, sameBits[T], rawBytes(e.a), rawBytes(e.b))
		}
	}
}

// FuzzUnary compares operations of one float with Go's, at every level.
func FuzzUnary(f *testing.F) {
	fuzzLengths(f)
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		fuzzUnary[float32](t, int(n%2000), int(shift%5), data)
		fuzzUnary[float64](t, int(n%2000), int(shift%5), data)
	})
}

func fuzzUnary[T Float](t *testing.T, n, shift int, data []byte) {
	e := newElementCase[T](n, shift, data)
	for _, l := range kernels() {
		for o, fn := range unaryFunctions[T]() {
			if o == Rsqrt && !Reduces(l) {
				continue
			}
			e.check(t, o, l, func(i int) T { return fn(e.a[i]) }, sameBits[T], rawBytes(e.a))
		}
	}
}

// FuzzComparison compares comparisons with Go's, at every level.
func FuzzComparison(f *testing.F) {
	fuzzLengths(f)
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		fuzzComparison[float32](t, int(n%2000), int(shift%5), data)
		fuzzComparison[float64](t, int(n%2000), int(shift%5), data)
	})
}

func fuzzComparison[T Float](t *testing.T, n, shift int, data []byte) {
	e := newElementCase[T](n, shift, data)
	copy(e.b, e.a[:n/3])
	for _, l := range kernels() {
		for o, fn := range comparisonFunctions[T]() {
			got := make([]byte, n+2)
			o.Loop(l, int(unsafe.Sizeof(T(0))))(got[1:n+1], rawBytes(e.a), rawBytes(e.b), nil)
			require.True(t, got[0] == 0 && got[n+1] == 0, "%s: wrote outside the result", l)
			for i, v := range got[1 : n+1] {
				want := byte(0)
				if fn(e.a[i], e.b[i]) {
					want = 1
				}
				if v != want {
					t.Fatalf("seed %d, %s, %s on %d of %T: element %d of a=%g b=%g: got %d, want %d", seed, l, o, n, e.a[i], i, e.a[i], e.b[i], v, want)
				}
			}
		}
	}
}

// FuzzChoose compares the choice between two sources with Go's, at every level.
func FuzzChoose(f *testing.F) {
	fuzzLengths(f)
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		fuzzChoose[float32](t, int(n%2000), int(shift%5), data)
		fuzzChoose[float64](t, int(n%2000), int(shift%5), data)
	})
}

func fuzzChoose[T Float](t *testing.T, n, shift int, data []byte) {
	e := newElementCase[T](n, shift, data)
	want := func(i int) T {
		if e.choice[i] {
			return e.b[i]
		}
		return e.c[i]
	}
	for _, l := range kernels() {
		e.check(t, Choose, l, want, sameBits[T], rawBytes(e.choice), rawBytes(e.b), rawBytes(e.c))
	}
}

// FuzzRectify compares it with a comparison, a product and a choice in Go, at every level.
func FuzzRectify(f *testing.F) {
	fuzzLengths(f)
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		fuzzRectify[float32](t, int(n%2000), int(shift%5), data)
		fuzzRectify[float64](t, int(n%2000), int(shift%5), data)
	})
}

func fuzzRectify[T Float](t *testing.T, n, shift int, data []byte) {
	e := newElementCase[T](n, shift, data)
	clear(e.b[:n/2])
	copy(e.b[n/2:], e.a[n/2:n/2+n/4])
	want := func(i int) T {
		if e.a[i] > e.b[i] {
			return e.a[i]
		}
		return e.a[i] * e.c[i]
	}
	for _, l := range reducing() {
		e.check(t, Rectify, l, want, sameBits[T], rawBytes(e.a), rawBytes(e.b), rawBytes(e.c))
	}
}

// TestLongLoops takes more elements than one call of a kernel.
func TestLongLoops(t *testing.T) {
	const n = 2*longest + 77
	r := rand.New(rand.NewPCG(seed, 5))
	a, b, c, y, choice := random[float32](r, n), random[float32](r, n), random[float32](r, n), make([]float32, n), make([]bool, n)
	a[longest+5], b[2*longest+70] = 7, -7
	var sum float64
	for i := range choice {
		choice[i] = r.IntN(2) == 0
		sum += float64(a[i])
	}
	for _, l := range reducing() {
		Choose.Loop(l, 4)(rawBytes(y), rawBytes(choice), rawBytes(b), rawBytes(c))
		for i, v := range y {
			want := c[i]
			if choice[i] {
				want = b[i]
			}
			require.Equal(t, want, v, "%s: element %d", l, i)
		}
		require.Equal(t, float32(7), Greatest(l, a), l)
		require.Equal(t, float32(-7), Least(l, b), l)
		require.InDelta(t, sum, Sum(l, a), 1e-9, l)
	}
}

func TestLoopChecksLengths(t *testing.T) {
	for _, l := range kernels() {
		choose := Choose.Loop(l, 4)
		whole, short := make([]byte, 64), make([]byte, 60)
		choose(whole, make([]byte, 16), whole, whole)
		require.Panics(t, func() { choose(whole, make([]byte, 15), whole, whole) }, l)
		require.Panics(t, func() { choose(whole, make([]byte, 16), short, whole) }, l)
		require.Panics(t, func() { choose(whole, make([]byte, 16), whole, short) }, l)
		require.Panics(t, func() { Add.Loop(l, 4)(whole, short, whole, nil) }, l)
	}
	require.Nil(t, Add.Loop(Portable, 4))
}

// BenchmarkElement measures blocks that stay in the first cache, beside loops in Go.
func BenchmarkElement(b *testing.B) {
	const n = 1024
	e := newElementCase[float32](n, 0, nil)
	dst, gates := make([]float32, n), make([]bool, n)
	for i := range n {
		e.a[i], e.b[i] = float32(i%7)-3, float32(i%5)+1
	}
	portable := map[Op]func(){
		Add: func() {
			for i := range dst {
				dst[i] = e.a[i] + e.b[i]
			}
		},
		Max: func() {
			for i := range dst {
				dst[i] = max(e.a[i], e.b[i])
			}
		},
		Greater: func() {
			for i := range gates {
				gates[i] = e.a[i] > e.b[i]
			}
		},
		Choose: func() {
			for i := range dst {
				v := e.c[i]
				if e.choice[i] {
					v = e.b[i]
				}
				dst[i] = v
			}
		},
	}
	for _, o := range []Op{Add, Max, Greater, Choose} {
		run := func(name string, fn func()) {
			b.Run(fmt.Sprintf("%s/%s", o, name), func(b *testing.B) {
				for b.Loop() {
					fn()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
			})
		}
		run("go", portable[o])
		for _, l := range kernels() {
			loop := o.Loop(l, 4)
			switch o {
			case Greater:
				run(l.String(), func() { loop(rawBytes(gates), rawBytes(e.a), rawBytes(e.b), nil) })
			case Choose:
				run(l.String(), func() { loop(rawBytes(dst), rawBytes(e.choice), rawBytes(e.b), rawBytes(e.c)) })
			default:
				run(l.String(), func() { loop(rawBytes(dst), rawBytes(e.a), rawBytes(e.b), nil) })
			}
		}
	}
}

// TestInPlace replaces elements by what Loop gives, and is for operations of one source.
func TestInPlace(t *testing.T) {
	for _, l := range Levels() {
		kernel := InPlace[float32](l, Logistic)
		require.Equal(t, Logistic.Loop(l, 4) == nil, kernel == nil, l)
		require.Nil(t, InPlace[float32](l, Add))
		require.Nil(t, InPlace[float32](l, FromBool))
		if kernel == nil {
			continue
		}
		x := []float32{-3, 0, 0.5, 20, -80, 1, 2, 3, 4}
		kernel(x)
		require.InDelta(t, 0.04742587, x[0], 1e-8)
		require.Equal(t, float32(0.5), x[1])
		kernel(x[:0])
	}
}
