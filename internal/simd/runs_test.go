package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzSum compares sums with the sum in float64, one value after the other, at every
// level.
func FuzzSum(f *testing.F) {
	fuzzLengths(f)
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		fuzzSum[float32](t, int(n%5000), int(shift%5), data)
		fuzzSum[float64](t, int(n%5000), int(shift%5), data)
	})
}

func fuzzSum[T Float](t *testing.T, n, shift int, data []byte) {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	x := random[T](r, n+shift)[shift:]
	copy(x, values[T](r, data, min(n, len(data)/8)))
	var want, scale float64
	for _, v := range x {
		want, scale = want+float64(v), scale+math.Abs(float64(v))
	}
	for _, l := range reducing() {
		got := Sum(l, x)
		near := math.Abs(got-want) <= float64(n)*0x1p-52*scale
		if !near && !math.IsInf(scale, 0) && scale == scale {
			t.Fatalf("seed %d, %s: the sum of %d of %T is %g, want %g", seed, l, n, T(0), got, want)
		}
		if math.IsInf(want, 0) && got != want || want != want && got == got && !math.IsInf(scale, 0) {
			t.Fatalf("%s: the sum of %d of %T is %g, want %g", l, n, T(0), got, want)
		}
	}
}

// FuzzExtremes compares the greatest and the least with the built-in max and min, in every
// bit but those of NaN, at every level.
func FuzzExtremes(f *testing.F) {
	fuzzLengths(f)
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		fuzzExtremes[float32](t, int(n%2000), int(shift%5), data)
		fuzzExtremes[float64](t, int(n%2000), int(shift%5), data)
	})
}

func fuzzExtremes[T Float](t *testing.T, n, shift int, data []byte) {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	x := random[T](r, n+shift)[shift:]
	if n > 0 {
		switch n % 4 {
		case 1: // everything above or below what empty lanes hold
			for i := range x {
				x[i] -= 5
			}
		case 2:
			for i := range x {
				x[i] += 5
			}
		case 3:
			for i := range x {
				x[i] = T(math.Copysign(0, float64(x[i])))
			}
			x[r.IntN(n)] = 0
		}
		copy(x, values[T](r, data, min(n, len(data)/8)))
		if n%5 == 0 {
			x[r.IntN(n)] = T(math.NaN())
		}
	}
	top, low := T(math.Inf(-1)), T(math.Inf(1))
	for _, v := range x {
		top, low = max(top, v), min(low, v)
	}
	for _, l := range reducing() {
		if got := Greatest(l, x); !sameBits(got, top) {
			t.Fatalf("seed %d, %s: the greatest of %d of %T is %g, want %g", seed, l, n, top, got, top)
		}
		if got := Least(l, x); !sameBits(got, low) {
			t.Fatalf("seed %d, %s: the least of %d of %T is %g, want %g", seed, l, n, low, got, low)
		}
	}
}

// BenchmarkRun measures neighbors that stay in the first cache, beside loops in Go.
func BenchmarkRun(b *testing.B) {
	const n = 1024
	x := random[float32](rand.New(rand.NewPCG(seed, 4)), n)
	run := func(name string, do func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				do()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
	var sum float64
	run("sum/go", func() {
		var p, q, r, s float64
		for i := 0; i < len(x)-3; i += 4 {
			p, q, r, s = p+float64(x[i]), q+float64(x[i+1]), r+float64(x[i+2]), s+float64(x[i+3])
		}
		sum += p + q + r + s
	})
	top := x[0]
	run("max/go", func() {
		for i := 0; i < len(x)-1; i += 2 {
			top = max(top, max(x[i], x[i+1]))
		}
	})
	for _, l := range reducing() {
		run(fmt.Sprintf("sum/%s", l), func() { sum += Sum(l, x) })
		run(fmt.Sprintf("max/%s", l), func() { top = max(top, Greatest(l, x)) })
	}
}
