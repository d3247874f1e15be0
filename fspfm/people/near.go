package people

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Neighbor is a face that is like another: its place in the list that was searched.
type Neighbor struct {
	Index  int
	Cosine float32
}

// Neighbors finds the features that are most alike. An index of a gallery can be one.
type Neighbors interface {
	// Near returns for each of the features from place first on those of the whole list,
	// itself left out, whose cosine is at least least: the k with the highest cosines, those
	// first. Which come of equal cosines has to be the same every time.
	Near(ctx context.Context, features [][]float32, first int, least float32, k int) ([][]Neighbor, error)
}

// Exact returns the Neighbors that compare all features with all: with 100,000 faces of 128
// numbers, some minutes on two cores, and little memory.
func Exact() Neighbors { return exact{} }

// exact compares all features with all, a block of both at a time.
type exact struct{}

// block is the number of features of a block: two of them, of length 512, and the
// products fit into a second-level cache.
const block = 256

// Near implements Neighbors. Its memory, beyond what it returns, is that of two blocks.
func (exact) Near(ctx context.Context, features [][]float32, first int, least float32, k int) ([][]Neighbor, error) {
	out := make([][]Neighbor, len(features)-first)
	if len(out) == 0 {
		return out, nil
	}
	d := len(features[0])
	rows, columns := newBlock(d), newBlock(d)
	products := make([]float32, block*block)
	// Blocks of queries against blocks of all that come before them, and against the same
	// block. The products of two queries serve both.
	for _, q := range spans(first, len(features)) {
		rows.fill(features[q.from:q.to])
		for _, o := range append(spans(0, first), spans(first, q.to)...) {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("people: %w", err)
			}
			columns.fill(features[o.from:o.to])
			multiply(rows, columns, products)
			for i := range rows.n {
				for j, c := range products[i*block : i*block+columns.n] {
					a, b := q.from+i, o.from+j
					if c < least || b >= a {
						continue
					}
					out[a-first] = keep(out[a-first], Neighbor{b, c}, k)
					if b >= first {
						out[b-first] = keep(out[b-first], Neighbor{a, c}, k)
					}
				}
			}
		}
	}
	for i := range out {
		out[i] = shorten(out[i], k)
	}
	return out, nil
}

// span is a part of a list.
type span struct{ from, to int }

// spans cuts a list into blocks.
func spans(from, to int) (out []span) {
	for ; from < to; from += block {
		out = append(out, span{from, min(from+block, to)})
	}
	return out
}

// features32 are some features, row by row.
type features32 struct {
	data []float32
	n, d int
}

func newBlock(d int) *features32 { return &features32{data: make([]float32, block*d), d: d} }

func (f *features32) fill(features [][]float32) {
	f.n = len(features)
	for i, v := range features {
		copy(f.data[i*f.d:], v)
	}
}

// multiply writes the products of all rows with all columns, block to a line.
func multiply(a, b *features32, to []float32) {
	blas32.Gemm(blas.NoTrans, blas.Trans, 1,
		blas32.General{Rows: a.n, Cols: a.d, Stride: a.d, Data: a.data},
		blas32.General{Rows: b.n, Cols: b.d, Stride: b.d, Data: b.data}, 0,
		blas32.General{Rows: a.n, Cols: b.n, Stride: block, Data: to})
}

// keep appends a neighbor, and now and then forgets all but the k nearest.
func keep(list []Neighbor, n Neighbor, k int) []Neighbor {
	if list = append(list, n); len(list) >= 4*k {
		list = shorten(list, k)
	}
	return list
}

// shorten leaves the k nearest, those first; of equal ones that with the lower place.
func shorten(list []Neighbor, k int) []Neighbor {
	slices.SortFunc(list, func(a, b Neighbor) int {
		return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.Index, b.Index))
	})
	return list[:min(k, len(list))]
}
