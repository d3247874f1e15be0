package matmul

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

const seed = 42

func random[T Float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.Float64()*2 - 1)
	}
	return s
}

// workers returns a Parallel on n goroutines, that hands out calls in an order of its
// own.
func workers(n int) Parallel {
	return func(count int, fn func(i int)) {
		next := make(chan int, count)
		for i := range count {
			next <- (i*7919 + 3) % count
		}
		if gcd(7919, count) != 1 {
			for range count {
				<-next
			}
			for i := range count {
				next <- count - 1 - i
			}
		}
		close(next)
		var wait sync.WaitGroup
		for range n {
			wait.Go(func() {
				for i := range next {
					fn(i)
				}
			})
		}
		wait.Wait()
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// product is one case: sizes, transpositions, and rows longer than needed.
type product struct {
	m, n, k          int
	transA, transB   bool
	accumulate       bool
	padA, padB, padC int
}

func (p product) String() string {
	return fmt.Sprintf("m=%d,n=%d,k=%d,tA=%t,tB=%t,acc=%t", p.m, p.n, p.k, p.transA, p.transB, p.accumulate)
}

// view makes a matrix [rows, cols] and its definition.
func view[T Float](r *rand.Rand, rows, cols int, trans bool, pad int) Matrix[T] {
	if trans {
		rows, cols = cols, rows
	}
	return Matrix[T]{Data: random[T](r, rows*(cols+pad)), Stride: cols + pad, Trans: trans}
}

func (m Matrix[T]) at(i, j int) float64 {
	row, col := m.strides()
	return float64(m.Data[i*row+j*col])
}

// want is the definition in float64, and the sum of the absolute products, which bounds
// the rounding.
func (p product) want(a, b func(i, j int) float64, c float64, i, j int) (sum, scale float64) {
	if p.accumulate {
		sum, scale = c, math.Abs(c)
	}
	for l := range p.k {
		v := a(i, l) * b(l, j)
		sum, scale = sum+v, scale+math.Abs(v)
	}
	return sum, scale
}

func products() []product {
	sizes := [][3]int{
		{1, 1, 1}, {0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {1, 17, 5}, {1, 600, 33}, {17, 1, 5}, {600, 1, 40}, {2, 3, 4}, {4, 32, 16},
		{3, 33, 7}, {5, 31, 9}, {7, 7, 7}, {8, 64, 64}, {9, 65, 63}, {13, 100, 257}, {64, 64, 256}, {65, 129, 300}, {66, 20, 1025},
		{130, 70, 2050}, {3, 5, 9000}, {27, 64, 5000}, {50, 3, 4097}, {129, 257, 31},
	}
	var all []product
	for _, s := range sizes {
		for bits := range 8 {
			all = append(all, product{m: s[0], n: s[1], k: s[2], transA: bits&1 != 0, transB: bits&2 != 0, accumulate: bits&4 != 0,
				padA: bits % 3, padB: bits % 2, padC: bits % 4})
		}
	}
	return all
}

func checkMul[T Float](t *testing.T, eps float64) {
	var x Multiplier[T]
	for _, p := range products() {
		t.Run(p.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(p.m*p.n+p.k)))
			a, b := view[T](r, p.m, p.k, p.transA, p.padA), view[T](r, p.k, p.n, p.transB, p.padB)
			ldc := p.n + p.padC
			before := random[T](r, p.m*ldc)
			c := slices.Clone(before)
			x.Mul(nil, c, ldc, a, b, p.m, p.n, p.k, p.accumulate)
			step := 1 + p.m*p.n*p.k/500_000 // all of C, or diagonals of a large one
			for i := range p.m {
				for j := i % step; j < p.n; j += step {
					want, scale := p.want(a.at, b.at, float64(before[i*ldc+j]), i, j)
					if got := float64(c[i*ldc+j]); !(math.Abs(got-want) <= eps*scale) {
						t.Fatalf("seed %d, element (%d, %d): got %g, want %g within %g", seed, i, j, got, want, eps*scale)
					}
				}
				require.Equal(t, before[i*ldc+p.n:(i+1)*ldc], c[i*ldc+p.n:(i+1)*ldc], "beyond row %d", i)
			}
			for n := 1; n <= 8; n += 1 + p.k/1000 {
				again := slices.Clone(before)
				x.Mul(workers(n), again, ldc, a, b, p.m, p.n, p.k, p.accumulate)
				require.Equal(t, c, again, "%d workers", n)
			}
		})
	}
}

// The sums may be in any order: k roundings of at most half an ulp of the sum of the
// absolute values, and in practice few.
func TestMulFloat32(t *testing.T) { checkMul[float32](t, 4e-6) }
func TestMulFloat64(t *testing.T) { checkMul[float64](t, 1e-14) }

// TestMulAgainstBLAS compares with blas32 and blas64, which sum in another order.
func TestMulAgainstBLAS(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 1))
	for _, s := range [][3]int{{49, 512, 1000}, {196, 64, 576}, {33, 95, 4096}} {
		m, n, k := s[0], s[1], s[2]
		a32, b32, a64, b64 := random[float32](r, m*k), random[float32](r, k*n), random[float64](r, m*k), random[float64](r, k*n)
		want32 := blas32.General{Rows: m, Cols: n, Stride: n, Data: make([]float32, m*n)}
		blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, blas32.General{Rows: m, Cols: k, Stride: k, Data: a32}, blas32.General{Rows: k, Cols: n, Stride: n, Data: b32}, 0, want32)
		want64 := blas64.General{Rows: m, Cols: n, Stride: n, Data: make([]float64, m*n)}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, blas64.General{Rows: m, Cols: k, Stride: k, Data: a64}, blas64.General{Rows: k, Cols: n, Stride: n, Data: b64}, 0, want64)
		var x32 Multiplier[float32]
		var x64 Multiplier[float64]
		got32, got64 := make([]float32, m*n), make([]float64, m*n)
		x32.Mul(nil, got32, n, Matrix[float32]{Data: a32, Stride: k}, Matrix[float32]{Data: b32, Stride: n}, m, n, k, false)
		x64.Mul(nil, got64, n, Matrix[float64]{Data: a64, Stride: k}, Matrix[float64]{Data: b64, Stride: n}, m, n, k, false)
		require.InDeltaSlice(t, want32.Data, got32, 1e-6*float64(k))
		require.InDeltaSlice(t, want64.Data, got64, 1e-15*float64(k))
	}
}

func TestMulPropagatesNonFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	var x Multiplier[float32]
	for _, m := range []int{1, 5, 40} {
		for _, trans := range []bool{false, true} {
			a := Matrix[float32]{Data: make([]float32, m*20), Stride: 20}
			b := Matrix[float32]{Data: make([]float32, 20*20), Stride: 20, Trans: trans}
			b.Data[3*20+3] = inf
			c := make([]float32, m*20)
			x.Mul(nil, c, 20, a, b, m, 20, 20, false)
			for i := range m {
				require.True(t, math.IsNaN(float64(c[i*20+3])), "m=%d trans=%t row %d", m, trans, i)
				require.Zero(t, c[i*20+4])
			}
		}
	}
}

func TestPackedIsReused(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 2))
	const m, n, k = 37, 70, 1500
	var x Multiplier[float32]
	a, b := view[float32](r, m, k, false, 0), view[float32](r, k, n, false, 3)
	packed := x.PackMatrix(workers(3), make([]float32, PackedLen[float32](k, n)), b, k, n)
	want, got := make([]float32, m*n), make([]float32, m*n)
	x.Mul(nil, want, n, a, b, m, n, k, false)
	for range 3 {
		x.MulPacked(workers(2), got, n, a, &packed, m, false)
		require.Equal(t, want, got)
	}
}

func TestConcurrent(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 3))
	const m, n, k = 70, 90, 700
	var x Multiplier[float64]
	a, b := view[float64](r, m, k, true, 0), view[float64](r, k, n, false, 0)
	want := make([]float64, m*n)
	x.Mul(nil, want, n, a, b, m, n, k, false)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			got := make([]float64, m*n)
			for range 20 {
				clear(got)
				x.Mul(workers(2), got, n, a, b, m, n, k, false)
				if got[0] != want[0] || got[m*n-1] != want[m*n-1] {
					t.Error("another result under concurrency")
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestMulDoesNotAllocate(t *testing.T) {
	if raced {
		t.Skip("sync.Pool forgets under the race detector")
	}
	r := rand.New(rand.NewPCG(seed, 4))
	for _, p := range []product{{m: 1, n: 300, k: 300}, {m: 100, n: 100, k: 100}, {m: 100, n: 70, k: 300, transA: true}, {m: 20, n: 20, k: 9000}, {m: 50, n: 50, k: 50, transB: true}} {
		var x Multiplier[float32]
		a, b, c := view[float32](r, p.m, p.k, p.transA, 0), view[float32](r, p.k, p.n, p.transB, 0), make([]float32, p.m*p.n)
		allocs := testing.AllocsPerRun(20, func() { x.Mul(nil, c, p.n, a, b, p.m, p.n, p.k, false) })
		require.Zero(t, allocs, p.String())
	}
}
