package gonum

import (
	"fmt"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// kernelsOf makes kernels for one type of numbers.
type kernelsOf[T number] struct{}

// typedKernels is kernelsOf a type that is not known.
type typedKernels interface {
	count(dst []byte, n, inner int)
	cumSum(l lanes, options compute.CumSumOptions) kernel
	argMinMax(l lanes, isMin bool, write indexWriter) kernel
	selectAndScatter(s *sliding, isMin bool) kernel
	scatter(s *scatterPlan, op compute.OpType) kernel
	sorter(s sorting) kernel
}

// kernelsFor returns the kernels for a computed dtype.
func kernelsFor(dtype dtypes.DType) (typedKernels, error) {
	switch dtype {
	case dtypes.Float32:
		return kernelsOf[float32]{}, nil
	case dtypes.Float64:
		return kernelsOf[float64]{}, nil
	case dtypes.Int8:
		return kernelsOf[int8]{}, nil
	case dtypes.Int16:
		return kernelsOf[int16]{}, nil
	case dtypes.Int32:
		return kernelsOf[int32]{}, nil
	case dtypes.Int64:
		return kernelsOf[int64]{}, nil
	case dtypes.Uint8:
		return kernelsOf[uint8]{}, nil
	case dtypes.Uint16:
		return kernelsOf[uint16]{}, nil
	case dtypes.Uint32:
		return kernelsOf[uint32]{}, nil
	case dtypes.Uint64:
		return kernelsOf[uint64]{}, nil
	}
	return nil, fmt.Errorf("dtype %s: %w", dtype, compute.ErrNotImplemented)
}

// checkTyped makes sure, while the graph is built, that the kernels exist for a declared
// dtype.
func (b *Backend) checkTyped(declared dtypes.DType) error {
	_, err := kernelsFor(computed(b.physical(declared)))
	return err
}

// lanes are the lines of a tensor along one axis: outer times inner lines of n elements
// that lie inner apart.
type lanes struct{ outer, n, inner int }

func lanesOf(s shapes.Shape, axis int) lanes {
	return lanes{sizeOf(s.Dimensions[:axis]), s.Dimensions[axis], sizeOf(s.Dimensions[axis+1:])}
}

// laneWidth is how many lines lie side by side in one piece of work.
const laneWidth = 256

// spans runs fn for lines [from, to) of an outer position, for all pieces of work in
// parallel.
func (l lanes) spans(fn func(outer, from, to int)) {
	pieces := (l.inner + laneWidth - 1) / laneWidth
	work := max(1, l.n*min(l.inner, laneWidth))
	spans(l.outer*pieces, max(1, foldGrain/work), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			from := i % pieces * laneWidth
			fn(i/pieces, from, min(from+laneWidth, l.inner))
		}
	})
}

// bytesFor returns how many bytes n values of T take.
func bytesFor[T any](n int) int {
	var zero T
	return n * int(unsafe.Sizeof(zero))
}

// carve cuts n values off the front of working memory; they take align(bytesFor[T](n))
// bytes of it.
func carve[T any](scratch *[]byte, n int) []T {
	size := bytesFor[T](n)
	piece := view[T]((*scratch)[:size])
	*scratch = (*scratch)[min(align(size), len(*scratch)):]
	return piece
}
