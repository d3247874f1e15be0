package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// functions are the definitions in float64.
var functions = map[Op]func(float64) float64{
	Exp: math.Exp, Expm1: math.Expm1, Log: math.Log, Tanh: math.Tanh,
	Logistic: func(x float64) float64 {
		if x < 0 {
			return math.Exp(x) / (1 + math.Exp(x))
		}
		return 1 / (1 + math.Exp(-x))
	},
}

// apart returns how many float32 lie from a to b, 0 for two NaNs.
func apart(a, b float32) int64 {
	if a != a && b != b {
		return 0
	}
	if a != a || b != b {
		return math.MaxInt64
	}
	place := func(x float32) int64 {
		i := int64(math.Float32bits(x))
		if i >= 1<<31 {
			return -(i - 1<<31) - 1
		}
		return i
	}
	d := place(a) - place(b)
	return max(d, -d)
}

// TestFunctions compares the functions to float64 over float32 of every sign and exponent:
// at most one unit in the last place, and mostly none. PIFR_LONG takes a hundred times as
// many.
func TestFunctions(t *testing.T) {
	step := uint64(1<<15 - 19)
	if os.Getenv("PIFR_LONG") != "" {
		step = 331
	}
	n := int(1<<32/step) + 1
	x, y := make([]float32, n), make([]float32, n)
	for i := range x {
		x[i] = math.Float32frombits(uint32(uint64(i) * step))
	}
	for o, fn := range functions {
		for _, l := range reducing() {
			o.Loop(l, 4)(rawBytes(y), rawBytes(x), nil, nil)
			differ := 0
			for i, got := range y {
				want := float32(fn(float64(x[i])))
				switch d := apart(got, want); {
				case d > 1:
					t.Fatalf("%s, %s: of %g got %g, want %g", l, o, x[i], got, want)
				case d == 1:
					differ++
				}
			}
			t.Logf("%s, %s: %d of %d differ by the last place", l, o, differ, n)
			if differ > n/2000 {
				t.Errorf("%s, %s: %d of %d differ by the last place", l, o, differ, n)
			}
		}
	}
}

// FuzzFunction compares the functions with float64, at every level, wherever their
// operands lie.
func FuzzFunction(f *testing.F) {
	fuzzLengths(f)
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		e := newElementCase[float32](int(n%2000), int(shift%5), data)
		for _, l := range reducing() {
			for o, fn := range functions {
				e.check(t, o, l, func(i int) float32 { return float32(fn(float64(e.a[i]))) },
					func(got, want float32) bool { return apart(got, want) <= 1 }, rawBytes(e.a))
			}
		}
	})
}

// TestFunctionsAnywhere checks that a result does not depend on where its operand lies.
func TestFunctionsAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 1))
	x, y, one := random[float32](r, 100), make([]float32, 100), make([]float32, 1)
	for o := range functions {
		for _, l := range reducing() {
			o.Loop(l, 4)(rawBytes(y), rawBytes(x), nil, nil)
			for i := range x {
				o.Loop(l, 4)(rawBytes(one), rawBytes(x[i:i+1]), nil, nil)
				if !sameBits(one[0], y[i]) {
					t.Fatalf("%s, %s: element %d of 100 is %g, alone %g", l, o, i, y[i], one[0])
				}
			}
		}
	}
}

func BenchmarkFunction(b *testing.B) {
	const n = 1024
	x, y := random[float32](rand.New(rand.NewPCG(seed, 2)), n), make([]float32, n)
	for _, o := range []Op{Exp, Logistic, Tanh, Log} {
		fn := functions[o]
		run := func(name string, do func()) {
			b.Run(fmt.Sprintf("%s/%s", o, name), func(b *testing.B) {
				for b.Loop() {
					do()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
			})
		}
		run("go", func() {
			for i, v := range x {
				y[i] = float32(fn(float64(v)))
			}
		})
		for _, l := range reducing() {
			loop := o.Loop(l, 4)
			run(l.String(), func() { loop(rawBytes(y), rawBytes(x), nil, nil) })
		}
	}
}
