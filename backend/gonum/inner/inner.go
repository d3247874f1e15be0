package inner

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/pifr-go/pifr/internal/simd"
)

// depth is how much of the vectors a kernel takes at a time: a panel of queries then stays
// in the first-level cache while rows go by.
const depth = 256

// few is up to how many queries rows are multiplied by one after the other: a panel would
// be computed whole for them.
const few = 2

// block is how many rows a kernel gets at a time: with one query after the other they stay
// in the second-level cache, and no call takes more than some tens of microseconds.
const block = 56

// Queries are vectors that many others are multiplied by, laid out for the kernels. They
// are immutable and safe for concurrent use.
type Queries struct {
	level       simd.Level
	length, n   int
	rows        []float32 // [n, length], as they were
	panels      []float32 // for each cols of n, for each depth of length: [depth, cols]
	cols        int       // of a panel; 0 without panels
	fromInt8    func(dst, a, b, c []byte)
	panelLength int
}

// New lays out queries, [n, length]. It panics if their number is no whole one.
func New(queries []float32, length int) *Queries {
	if length <= 0 || len(queries)%length != 0 {
		panic(fmt.Sprintf("inner: %d values are no queries of length %d", len(queries), length))
	}
	q := &Queries{level: simd.Best(), length: length, n: len(queries) / length, rows: queries}
	q.fromInt8 = simd.FromInt8.Loop(q.level, 4)
	if _, cols := simd.Tile[float32](q.level); q.n > few && cols > 0 {
		q.pack(cols)
	}
	return q
}

// Len returns the number of queries.
func (q *Queries) Len() int { return q.n }

// pack lays the queries out in panels.
func (q *Queries) pack(cols int) {
	q.cols, q.panelLength = cols, cols*q.length
	q.panels = make([]float32, (q.n+cols-1)/cols*q.panelLength)
	for j := range q.n {
		panel := q.panels[j/cols*q.panelLength:]
		for i, v := range q.rows[j*q.length : (j+1)*q.length] {
			panel[i*cols+j%cols] = v
		}
	}
}

// Products sets out[i*Len()+j] to the product of row i and query j. Rows is [count,
// length], and out [count, Len()].
func (q *Queries) Products(out, rows []float32) {
	count := q.count(len(out), len(rows))
	for first := 0; first < count; first += block {
		n := min(block, count-first)
		q.multiply(out[first*q.n:(first+n)*q.n], rows[first*q.length:(first+n)*q.length], n)
	}
}

// ProductsInt8 is Products for rows of int8, of which row i stands for scales[i] times
// its values.
func (q *Queries) ProductsInt8(out []float32, rows []int8, scales []float32) {
	count := q.count(len(out), len(rows))
	wide := make([]float32, min(block, count)*q.length)
	for first := 0; first < count; first += block {
		n := min(block, count-first)
		q.widen(wide[:n*q.length], rows[first*q.length:(first+n)*q.length])
		part := out[first*q.n : (first+n)*q.n]
		q.multiply(part, wide[:n*q.length], n)
		for i := range n {
			for j := range q.n {
				part[i*q.n+j] *= scales[first+i]
			}
		}
	}
}

// count checks the lengths of operands, and returns the number of rows.
func (q *Queries) count(out, rows int) int {
	count := rows / q.length
	if rows != count*q.length || out != count*q.n {
		panic(fmt.Sprintf("inner: %d values for %d queries and rows of %d values in all", out, q.n, rows))
	}
	return count
}

// multiply is Products for a block of rows.
func (q *Queries) multiply(out, rows []float32, count int) {
	switch {
	case q.panels != nil:
		q.multiplyPanels(out, rows, count)
	case q.n == 1 && simd.Reduces(q.level):
		simd.Dots(q.level, out, q.rows, rows, q.length, false)
	case simd.Reduces(q.level):
		var sums [block]float32
		for j := range q.n {
			simd.Dots(q.level, sums[:count], q.rows[j*q.length:(j+1)*q.length], rows, q.length, false)
			for i, v := range sums[:count] {
				out[i*q.n+j] = v
			}
		}
	default:
		gonum.Implementation{}.Sgemm(blas.NoTrans, blas.Trans, count, q.n, q.length, 1, rows, q.length, q.rows, q.length, 0, out, q.n)
	}
}

// noTaps says that there is one matrix, from its first element on.
var noTaps = []int{0}

func (q *Queries) multiplyPanels(out, rows []float32, count int) {
	for j := 0; j < q.n; j += q.cols {
		panel := q.panels[j/q.cols*q.panelLength:]
		for k := 0; k < q.length; k += depth {
			p := simd.Product[float32]{
				C: out[j:], A: rows[k:], B: panel[k*q.cols:], Taps: noTaps, LDC: q.n, LDA: q.length,
				M: count, N: min(q.cols, q.n-j), Depth: min(depth, q.length-k), Accumulate: k > 0,
			}
			p.Run(q.level)
		}
	}
}
