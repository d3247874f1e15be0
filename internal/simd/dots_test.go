package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// FuzzDots compares inner products with sums in float64, at every level.
func FuzzDots(f *testing.F) {
	for _, n := range []uint16{0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 100, 300} {
		f.Add(n, uint8(n%11), uint8(n%3), n%2 == 0)
	}
	f.Fuzz(func(t *testing.T, n uint16, count, pad uint8, accumulate bool) {
		fuzzDots[float32](t, int(n%700), int(count%20), int(pad%7), accumulate)
		fuzzDots[float64](t, int(n%700), int(count%20), int(pad%7), accumulate)
	})
}

func fuzzDots[T Float](t *testing.T, n, count, pad int, accumulate bool) {
	r := rand.New(rand.NewPCG(seed, uint64(n*count)))
	stride := n + pad
	rows, a, before := random[T](r, count*stride+1)[1:], random[T](r, n+1)[1:], random[T](r, count+2)
	eps := 0x1p-52
	if unsafe.Sizeof(T(0)) == 4 {
		eps = 0x1p-23
	}
	for _, l := range reducing() {
		y := slices.Clone(before)
		Dots(l, y[1:count+1], a, rows, stride, accumulate)
		require.True(t, y[0] == before[0] && y[count+1] == before[count+1], "%s: wrote outside the sums", l)
		for j, got := range y[1 : count+1] {
			var want, scale float64
			if accumulate {
				want, scale = float64(before[1+j]), math.Abs(float64(before[1+j]))
			}
			for i, v := range a {
				p := float64(v) * float64(rows[j*stride+i])
				want, scale = want+p, scale+math.Abs(p)
			}
			if !(math.Abs(float64(got)-want) <= eps*scale*(2+float64(n)/8)) {
				t.Fatalf("seed %d, %s: product %d of %d, length %d, stride %d, of %T is %g, want %g", seed, l, j, count, n, stride, got, got, want)
			}
		}
	}
}

// reducing returns the levels that Reduce.
func reducing() []Level {
	return slices.DeleteFunc(slices.Clone(Levels()), func(l Level) bool { return !Reduces(l) })
}

func TestDotsCheckLengths(t *testing.T) {
	for _, l := range reducing() {
		y, a, rows := make([]float32, 5), make([]float32, 10), make([]float32, 49)
		require.Panics(t, func() { Dots(l, y, a, rows, 10, false) }, l)
		Dots(l, y, a[:9], rows, 10, false)
	}
}

// BenchmarkDots measures products that stay in the first cache, beside a loop in Go.
func BenchmarkDots(b *testing.B) {
	const n, count = 1024, 4
	r := rand.New(rand.NewPCG(seed, 7))
	a, rows, y := random[float32](r, n), random[float32](r, n*count), make([]float32, count)
	b.Run("go", func(b *testing.B) {
		for b.Loop() {
			for j := range y {
				var sum float32
				for i, v := range rows[j*n:][:n] {
					sum += v * a[i]
				}
				y[j] = sum
			}
		}
	})
	for _, l := range reducing() {
		b.Run(l.String(), func(b *testing.B) {
			for b.Loop() {
				Dots(l, y, a, rows, n, false)
			}
		})
	}
}
