package main

import (
	"context"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// gemmName is the contestant that convolutions are measured against.
const gemmName = "blas32.Gemm"

// gemm multiplies, with gonum's own routine, the matrices that a convolution of the
// task's shape amounts to.
type gemm struct{}

func (gemm) name() string { return gemmName }
func (gemm) close()       {}

func (gemm) load(_ context.Context, t *task) (work, error) {
	m, n, k := t.gemm[0], t.gemm[1], t.gemm[2]
	if m == 0 {
		return nil, errUnsupported
	}
	matrix := func(stream uint64, rows, columns int) blas32.General {
		return blas32.General{Rows: rows, Cols: columns, Stride: columns, Data: randomArray(stream, rows, columns).data}
	}
	return &gemmWork{a: matrix(1, m, k), b: matrix(2, k, n), c: matrix(3, m, n)}, nil
}

type gemmWork struct{ a, b, c blas32.General }

func (w *gemmWork) output() *array { return nil }
func (w *gemmWork) close()         {}

func (w *gemmWork) run(calls int, limit time.Duration) ([]time.Duration, error) {
	return timed(func() error {
		blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, w.a, w.b, 0, w.c)
		return nil
	}, calls, limit)
}
