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

const seed = 42

func random[T Float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.Float64()*2 - 1)
	}
	return s
}

// kernels returns the levels that have kernels here.
func kernels() []Level { return Levels()[1:] }

// TestFields compares the structure that kernels are called with to what they read.
func TestFields(t *testing.T) {
	var p product
	for i, at := range []uintptr{
		unsafe.Offsetof(p.c), unsafe.Offsetof(p.a), unsafe.Offsetof(p.b), unsafe.Offsetof(p.taps), unsafe.Offsetof(p.ldc), unsafe.Offsetof(p.lda),
		unsafe.Offsetof(p.rows), unsafe.Offsetof(p.tile), unsafe.Offsetof(p.cols), unsafe.Offsetof(p.depth), unsafe.Offsetof(p.segments), unsafe.Offsetof(p.accumulate),
	} {
		require.EqualValues(t, 8*i, at, "field %d", i)
	}
}

// FuzzProduct compares the kernels of every level with the definition, for all sizes.
func FuzzProduct(f *testing.F) {
	for _, s := range [][5]int{{1, 1, 1, 1, 0}, {14, 32, 9, 1, 1}, {15, 31, 8, 3, 2}, {6, 16, 4, 2, 0}, {56, 32, 64, 9, 3}, {7, 8, 5, 1, 1}, {29, 17, 3, 9, 2}, {13, 1, 300, 1, 0}, {29, 31, 7, 2, 1}, {7, 31, 5, 1, 3}, {8, 31, 6, 1, 1}, {1, 31, 4, 1, 1}} {
		f.Add(uint8(s[0]), uint8(s[1]), uint16(s[2]), uint8(s[3]), uint8(s[4]))
	}
	f.Fuzz(func(t *testing.T, m, n uint8, depth uint16, taps, pad uint8) {
		for _, l := range kernels() {
			fuzzProduct[float32](t, l, int(m), int(n), int(depth), int(taps), int(pad), 1e-6)
			fuzzProduct[float64](t, l, int(m), int(n), int(depth), int(taps), int(pad), 1e-15)
		}
	})
}

func fuzzProduct[T Float](t *testing.T, l Level, m, n, depth, taps, pad int, eps float64) {
	_, cols := Tile[T](l)
	checkProduct[T](t, l, m%60, n%cols+1, depth%400+1, taps%10+1, pad%5, eps)
}

// TestProductEveryTile goes through all heights of tiles, with every kind of width and every
// rest of the unrolled loop.
func TestProductEveryTile(t *testing.T) {
	for _, l := range kernels() {
		everyTile[float32](t, l, 1e-6)
		everyTile[float64](t, l, 1e-15)
	}
}

func everyTile[T Float](t *testing.T, l Level, eps float64) {
	rows, cols := Tile[T](l)
	for m := 1; m <= 2*rows+1; m++ {
		for _, n := range []int{1, cols / 2, cols/2 + 1, cols - 1, cols} {
			for depth := 1; depth <= 9; depth++ {
				checkProduct[T](t, l, m, n, depth, 1+depth%3, (m+n+depth)%4, eps)
			}
		}
	}
}

func checkProduct[T Float](t *testing.T, l Level, m, n, depth, taps, pad int, eps float64) {
	_, cols := Tile[T](l)
	r := rand.New(rand.NewPCG(seed, uint64(m*n+depth)))
	p := Product[T]{M: m, N: n, Depth: depth, LDC: n + pad, LDA: depth + pad, Accumulate: pad%2 == 1}
	for s := range taps {
		p.Taps = append(p.Taps, (s*7+3)%taps*(pad+1))
	}
	p.A = random[T](r, slices.Max(p.Taps)+max(0, m-1)*p.LDA+depth)
	p.B = random[T](r, taps*depth*cols)
	before := random[T](r, m*p.LDC+1)
	p.C = slices.Clone(before)
	p.Run(l)
	for i, got := range p.C {
		row, col := i/p.LDC, i%p.LDC
		if row >= m || col >= n {
			require.Equal(t, before[i], got, "%s: wrote beyond row %d", l, row)
			continue
		}
		want, scale := p.at(row, col, cols, float64(before[i]))
		if !(math.Abs(float64(got)-want) <= eps*scale*(4+math.Sqrt(float64(depth*taps)))) {
			t.Fatalf("seed %d, %s, %T [%d,%d,%d] taps %d pad %d: element (%d, %d): got %g, want %g", seed, l, got, m, n, depth, taps, pad, row, col, got, want)
		}
	}
}

// at is the definition of an element, and the sum of the absolute products.
func (p *Product[T]) at(row, col, cols int, c float64) (sum, scale float64) {
	if p.Accumulate {
		sum, scale = c, math.Abs(c)
	}
	for s, tap := range p.Taps {
		for k := range p.Depth {
			v := float64(p.A[tap+row*p.LDA+k]) * float64(p.B[(s*p.Depth+k)*cols+col])
			sum, scale = sum+v, scale+math.Abs(v)
		}
	}
	return sum, scale
}

func TestProductChecksLengths(t *testing.T) {
	for _, l := range kernels() {
		_, cols := Tile[float32](l)
		whole := Product[float32]{C: make([]float32, 2*cols), A: make([]float32, 8), B: make([]float32, 4*cols), Taps: []int{0}, LDC: cols, LDA: 4, M: 2, N: cols, Depth: 4}
		whole.Run(l)
		for name, change := range map[string]func(p *Product[float32]){
			"C":            func(p *Product[float32]) { p.C = p.C[1:] },
			"A":            func(p *Product[float32]) { p.A = p.A[1:] },
			"B":            func(p *Product[float32]) { p.B = p.B[1:] },
			"negative tap": func(p *Product[float32]) { p.Taps = []int{-1} },
			"far tap":      func(p *Product[float32]) { p.Taps = []int{1} },
			"no tap":       func(p *Product[float32]) { p.Taps = nil },
			"columns":      func(p *Product[float32]) { p.N++ },
		} {
			p := whole
			change(&p)
			require.Panics(t, func() { p.Run(l) }, "%s: %s", l, name)
		}
	}
}

// BenchmarkProduct measures tiles whose operands stay in the first caches.
func BenchmarkProduct(b *testing.B) {
	for _, l := range kernels() {
		benchmarkProduct[float32](b, l)
		benchmarkProduct[float64](b, l)
	}
}

func benchmarkProduct[T Float](b *testing.B, l Level) {
	_, cols := Tile[T](l)
	for _, m := range []int{56, 7, 1} {
		const depth = 256
		p := Product[T]{C: make([]T, m*cols), A: make([]T, m*depth), B: make([]T, depth*cols), Taps: []int{0}, LDC: cols, LDA: depth, M: m, N: cols, Depth: depth}
		b.Run(fmt.Sprintf("%s/%T/rows=%d", l, T(0), m), func(b *testing.B) {
			for b.Loop() {
				p.Run(l)
			}
			b.ReportMetric(2*float64(m*cols*depth)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
