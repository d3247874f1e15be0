package gonum

import (
	"slices"

	"github.com/gomlx/compute"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// Transpose permutes axes: axis i of the result is axis permutation[i] of the operand.
func (f *function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	in, err := f.values(compute.OpTypeTranspose, x)
	if err != nil {
		return nil, err
	}
	s, err := si.Transpose(in[0].shape, permutation)
	permutation = slices.Clone(permutation)
	v, err := f.move(compute.OpTypeTranspose, transposePlanner(permutation), in, s, err)
	if err == nil {
		v.(*value).node.permutation = permutation
	}
	return v, err
}

func transposePlanner(permutation []int) planner {
	return func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		if movesNothing(in[0].Dimensions, permutation) {
			return kernel{alias: true}, nil
		}
		strides := rowStrides(in[0].Dimensions)
		along := make([]int, len(permutation))
		for i, axis := range permutation {
			along[i] = strides[axis]
		}
		return transposeKernel(out[0], along), nil
	}
}

// movesNothing tells whether a permutation leaves the order of axes longer than 1 alone.
func movesNothing(dims, permutation []int) bool {
	last := -1
	for _, axis := range permutation {
		if dims[axis] != 1 {
			if axis < last {
				return false
			}
			last = axis
		}
	}
	return true
}

// transposeKernel gathers elements that lie strides apart. Where neighbors of the
// operand end up a row apart, it works in tiles, so that both sides stay in the cache.
func transposeKernel(out shapes.Shape, strides []int) kernel {
	dims, along := joinAxes(out.Dimensions, strides)
	last := len(dims) - 1
	if out.Size() == 0 || last < 1 || along[last-1] != 1 || along[last] == 1 {
		return gatherKernel(out, strides, 0)
	}
	t := tiles{
		outer: dims[:last-1], strides: along[:last-1],
		rows: dims[last-1], columns: dims[last], step: along[last],
	}
	n, size := sizeOf(t.outer), out.DType.Size()
	bands := (t.rows + tile - 1) / tile
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		spans(n*bands, max(1, gatherGrain/(tile*t.columns)), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				switch size {
				case 1:
					transposeBand(view[uint8](out[0]), view[uint8](in[0]), t, i/bands, i%bands*tile)
				case 2:
					transposeBand(view[uint16](out[0]), view[uint16](in[0]), t, i/bands, i%bands*tile)
				case 4:
					transposeBand(view[uint32](out[0]), view[uint32](in[0]), t, i/bands, i%bands*tile)
				case 8:
					transposeBand(view[uint64](out[0]), view[uint64](in[0]), t, i/bands, i%bands*tile)
				}
			}
		})
		return nil
	}}
}

// tile is the side of the squares that are transposed at a time.
const tile = 32

// tiles is a stack of matrices to be transposed: element (r, c) of the result lies at r +
// c*step of the operand.
type tiles struct {
	outer, strides      []int
	rows, columns, step int
}

// transposeBand writes rows [row, row+tile) of one matrix.
func transposeBand[T word](dst, src []T, t tiles, matrix, row int) {
	offset, rest := 0, matrix
	for i, d := range slices.Backward(t.outer) {
		offset += rest % d * t.strides[i]
		rest /= d
	}
	end := min(t.rows, row+tile)
	for c0 := 0; c0 < t.columns; c0 += tile {
		c1 := min(t.columns, c0+tile)
		for r := row; r < end; r++ {
			to := dst[(matrix*t.rows+r)*t.columns+c0:][:c1-c0]
			from := offset + r + c0*t.step
			for c := range to {
				to[c] = src[from]
				from += t.step
			}
		}
	}
}
