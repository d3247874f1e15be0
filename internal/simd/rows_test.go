package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// FuzzAddRows compares multiples of rows with sums in float64, at every level.
func FuzzAddRows(f *testing.F) {
	for _, n := range []uint16{0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 64, 65, 129, 300} {
		f.Add(n, uint8(n%11), uint8(n%3), n%2 == 0)
	}
	for _, count := range []uint8{5, 9, 70} { // many rows of whole panels, and what is left of them
		f.Add(uint16(256), count, uint8(0), false)
		f.Add(uint16(300), count, uint8(3), true)
		f.Add(uint16(515), count, uint8(1), false)
	}
	f.Fuzz(func(t *testing.T, n uint16, count, pad uint8, special bool) {
		fuzzAddRows[float32](t, int(n%600), int(count%100), int(pad%7), special)
		fuzzAddRows[float64](t, int(n%600), int(count%100), int(pad%7), special)
	})
}

func fuzzAddRows[T Float](t *testing.T, n, count, pad int, special bool) {
	r := rand.New(rand.NewPCG(seed, uint64(n*count)))
	stride := n + pad
	x, factors, before := random[T](r, count*stride+1)[1:], random[T](r, count), random[T](r, n+2)
	if special && count > 0 && n > 0 {
		factors[r.IntN(count)], x[r.IntN(count)*stride+r.IntN(n)] = 0, T(math.Inf(1))
	}
	eps := math.Nextafter(1, 2) - 1
	if unsafe.Sizeof(T(0)) == 4 {
		eps = 0x1p-23
	}
	for _, l := range reducing() {
		y := slices.Clone(before)
		AddRows(l, y[1:n+1], x, stride, factors)
		require.True(t, y[0] == before[0] && y[n+1] == before[n+1], "%s: wrote outside the sums", l)
		for j, got := range y[1 : n+1] {
			want := float64(before[1+j])
			scale := math.Abs(want)
			for i, v := range factors {
				p := float64(v) * float64(x[i*stride+j])
				want, scale = want+p, scale+math.Abs(p)
			}
			near := math.Abs(float64(got)-want) <= float64(count+1)*eps*scale
			if !near && (want == want && !math.IsInf(want, 0) || !sameBits(float64(got), want)) {
				t.Fatalf("seed %d, %s: %d rows of %d, stride %d, of %T: sum %d is %g, want %g", seed, l, count, n, stride, got, j, got, want)
			}
		}
	}
}

// FuzzSumRows compares sums of rows with Go's in every bit, at every level.
func FuzzSumRows(f *testing.F) {
	for _, n := range []uint16{0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 64, 65, 129, 300} {
		f.Add(n, uint8(n%11), uint8(n%3), []byte(nil))
	}
	f.Fuzz(func(t *testing.T, n uint16, count, pad uint8, data []byte) {
		fuzzSumRows[float32](t, int(n%600), int(count%20), int(pad%7), data)
		fuzzSumRows[float64](t, int(n%600), int(count%20), int(pad%7), data)
	})
}

func fuzzSumRows[T Float](t *testing.T, n, count, pad int, data []byte) {
	r := rand.New(rand.NewPCG(seed, uint64(n*count)))
	stride := n + pad
	x, before := random[T](r, count*stride+1)[1:], random[float64](r, n+2)
	copy(x, values[T](r, data, min(len(x), len(data)/8)))
	want := slices.Clone(before)
	for j := range n {
		at, left, sum := j, count, before[1+j]
		for ; left >= 4; left -= 4 {
			sum += (float64(x[at]) + float64(x[at+stride])) + (float64(x[at+2*stride]) + float64(x[at+3*stride]))
			at += 4 * stride
		}
		for ; left > 0; left-- {
			sum += float64(x[at])
			at += stride
		}
		want[1+j] = sum
	}
	for _, l := range reducing() {
		sums := slices.Clone(before)
		SumRows(l, sums[1:n+1], x, stride, count)
		for j, got := range sums {
			if !sameBits(got, want[j]) {
				t.Fatalf("seed %d, %s: %d rows of %d, stride %d, of %T: sum %d is %g, want %g", seed, l, count, n, stride, x[0], j, got, want[j])
			}
		}
	}
}

func TestRowsCheckLengths(t *testing.T) {
	for _, l := range reducing() {
		y, sums, x := make([]float32, 10), make([]float64, 10), make([]float32, 49)
		require.Panics(t, func() { AddRows(l, y, x, 10, make([]float32, 5)) }, l)
		require.Panics(t, func() { AddRows(l, y, x, -1, make([]float32, 2)) }, l)
		require.Panics(t, func() { SumRows(l, sums, x, 10, 5) }, l)
		AddRows(l, y[:9], x, 10, make([]float32, 5))
		SumRows(l, sums[:9], x, 10, 5)
	}
}

// BenchmarkRows measures rows that stay in the first cache, beside loops in Go.
func BenchmarkRows(b *testing.B) {
	const n, count = 512, 4
	r := rand.New(rand.NewPCG(seed, 3))
	x, y, sums, factors := random[float32](r, n*count), make([]float32, n), make([]float64, n), random[float32](r, count)
	run := func(name string, do func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				do()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(n*count), "ns/element")
		})
	}
	run("add/go", func() {
		for i, f := range factors {
			for j, v := range x[i*n:][:n] {
				y[j] += f * v
			}
		}
	})
	run("sum/go", func() {
		p, q, s, u := x[:n], x[n:][:n], x[2*n:][:n], x[3*n:][:n]
		for j, v := range p {
			sums[j] += (float64(v) + float64(q[j])) + (float64(s[j]) + float64(u[j]))
		}
	})
	for _, l := range reducing() {
		run(fmt.Sprintf("add/%s", l), func() { AddRows(l, y, x, n, factors) })
		run(fmt.Sprintf("sum/%s", l), func() { SumRows(l, sums, x, n, count) })
	}
}
