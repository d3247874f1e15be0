package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// ArgMinMax gives the position of the least or greatest element along an axis, the first
// of equal ones. NaN is chosen before anything else.
func (f *function) ArgMinMax(x compute.Value, axis int, outputDType dtypes.DType, isMin bool) (compute.Value, error) {
	in, err := f.values(compute.OpTypeArgMinMax, x)
	if err != nil {
		return nil, err
	}
	operand := in[0].shape
	bools := operand.DType == dtypes.Bool
	if bools {
		operand.DType = dtypes.Uint8 // false is 0 in memory, true 1
	}
	s, err := si.ArgMinMax(operand, axis, outputDType)
	if err == nil {
		err = f.builder.backend.checkTyped(operand.DType)
	}
	var write indexWriter
	if err == nil {
		write, err = indexWriterFor(outputDType)
	}
	return f.one(compute.OpTypeArgMinMax, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		l := lanesOf(in[0], axis)
		if l.n == 0 && l.outer*l.inner > 0 {
			return kernel{}, fmt.Errorf("axis %d is empty", axis)
		}
		dtype := in[0].DType
		if bools {
			dtype = operand.DType
		}
		k, err := kernelsFor(dtype)
		if err != nil {
			return kernel{}, err
		}
		return k.argMinMax(l, isMin, write), nil
	}, in, s, err)
}

// indexWriter stores indices as elements of dst from a position on.
type indexWriter func(dst []byte, at int, indices []int)

func indexWriterFor(dtype dtypes.DType) (indexWriter, error) {
	switch dtype {
	case dtypes.Int8, dtypes.Uint8:
		return writeIndices[uint8], nil
	case dtypes.Int16, dtypes.Uint16:
		return writeIndices[uint16], nil
	case dtypes.Int32, dtypes.Uint32:
		return writeIndices[uint32], nil
	case dtypes.Int64, dtypes.Uint64:
		return writeIndices[uint64], nil
	}
	return nil, fmt.Errorf("indices of %s: %w", dtype, compute.ErrNotImplemented)
}

func writeIndices[T integer](dst []byte, at int, indices []int) {
	y := view[T](dst)[at:]
	for i, v := range indices {
		y[i] = T(v)
	}
}

func (kernelsOf[T]) argMinMax(l lanes, isMin bool, write indexWriter) kernel {
	outputs := l.outer * l.inner
	scratch := align(bytesFor[int](outputs)) + align(bytesFor[T](outputs))
	return kernel{scratch: scratch, run: func(in, out [][]byte, scratch []byte) error {
		x := view[T](in[0])
		indices, values := carve[int](&scratch, outputs), carve[T](&scratch, outputs)
		l.spans(func(outer, from, to int) {
			lo, hi := outer*l.inner+from, outer*l.inner+to
			best, at := values[lo:hi], indices[lo:hi]
			first := outer*l.n*l.inner + from
			if l.inner == 1 {
				at[0] = positionIn(x[first:first+l.n], isMin)
				write(out[0], lo, at)
				return
			}
			copy(best, x[first:])
			clear(at)
			for k := 1; k < l.n; k++ {
				row := x[first+k*l.inner:][:len(best)]
				if isMin {
					takeLess(best, at, row, k)
				} else {
					takeGreater(best, at, row, k)
				}
			}
			write(out[0], lo, at)
		})
		return nil
	}}
}

func takeLess[T number](best []T, at []int, row []T, k int) {
	for i, v := range row {
		if b := best[i]; v < b || v != v && b == b {
			best[i], at[i] = v, k
		}
	}
}

func takeGreater[T number](best []T, at []int, row []T, k int) {
	for i, v := range row {
		if b := best[i]; v > b || v != v && b == b {
			best[i], at[i] = v, k
		}
	}
}

// positionIn is the search in neighbors.
func positionIn[T number](x []T, isMin bool) int {
	at, best := 0, x[0]
	if isMin {
		for i, v := range x {
			if v < best || v != v && best == best {
				at, best = i, v
			}
		}
		return at
	}
	for i, v := range x {
		if v > best || v != v && best == best {
			at, best = i, v
		}
	}
	return at
}
