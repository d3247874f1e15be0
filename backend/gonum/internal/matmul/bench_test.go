package matmul

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// BenchmarkMul measures products of networks: square ones, a fully connected layer at
// batch 1 and 32, attention, and the long sums of weight gradients; gemm is blas32.Gemm
// on the same operands.
func BenchmarkMul(b *testing.B) {
	for _, p := range []product{
		{m: 64, n: 64, k: 64}, {m: 512, n: 512, k: 512}, {m: 1024, n: 1024, k: 1024}, {m: 1024, n: 1024, k: 1024, transB: true},
		{m: 1024, n: 1024, k: 1024, transA: true}, {m: 1, n: 512, k: 25088}, {m: 1, n: 512, k: 25088, transB: true},
		{m: 32, n: 512, k: 25088}, {m: 196, n: 196, k: 64, transB: true}, {m: 27, n: 64, k: 100352, transA: true},
	} {
		r := rand.New(rand.NewPCG(seed, 8))
		x, y, c := view[float32](r, p.m, p.k, p.transA, 0), view[float32](r, p.k, p.n, p.transB, 0), make([]float32, p.m*p.n)
		report := func(b *testing.B) {
			b.ReportMetric(2*float64(p.m)*float64(p.n)*float64(p.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		}
		name := fmt.Sprintf("%dx%dx%d,tA=%t,tB=%t", p.m, p.n, p.k, p.transA, p.transB)
		b.Run("mul/"+name, func(b *testing.B) {
			var mul Multiplier[float32]
			run := workers(runtime.GOMAXPROCS(0))
			for b.Loop() {
				mul.Mul(run, c, p.n, x, y, p.m, p.n, p.k, false)
			}
			report(b)
		})
		b.Run("gemm/"+name, func(b *testing.B) {
			for b.Loop() {
				blas32.Gemm(transpose(p.transA), transpose(p.transB), 1, general(x, p.m, p.k), general(y, p.k, p.n), 0,
					blas32.General{Rows: p.m, Cols: p.n, Stride: p.n, Data: c})
			}
			report(b)
		})
	}
}

func transpose(t bool) blas.Transpose {
	if t {
		return blas.Trans
	}
	return blas.NoTrans
}

// general is a matrix as BLAS takes it: the rows and columns are those in memory.
func general(m Matrix[float32], rows, cols int) blas32.General {
	if m.Trans {
		rows, cols = cols, rows
	}
	return blas32.General{Rows: rows, Cols: cols, Stride: m.Stride, Data: m.Data}
}
