package gonum

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// FusedLayerNorm is (x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and
// variance being taken over axes, in float64. gamma and beta are broadcast to x from the
// right; either may be nil.
func (f *function) FusedLayerNorm(x compute.Value, axes []int, epsilon float64, gamma, beta compute.Value) (compute.Value, error) {
	const op = compute.OpTypeFusedLayerNorm
	operands := []compute.Value{x}
	for _, v := range []compute.Value{gamma, beta} {
		if v != nil {
			operands = append(operands, v)
		}
	}
	in, err := f.values(op, operands...)
	if err != nil {
		return nil, err
	}
	axes, err = normalAxes(axes, in[0].shape.Rank())
	if err == nil {
		err = f.floats(in)
	}
	for _, v := range in[1:] {
		if err == nil {
			err = broadcastsTo(v.shape, in[0].shape)
		}
	}
	n := layerNorm{axes: axes, epsilon: epsilon, scaled: gamma != nil, shifted: beta != nil}
	return f.one(op, n.plan, in, in[0].shape, err)
}

// normalAxes sorts axes, those below zero being counted from the end.
func normalAxes(axes []int, rank int) ([]int, error) {
	out := make([]int, len(axes))
	for i, axis := range axes {
		if out[i] = axis; axis < 0 {
			out[i] = axis + rank
		}
		if out[i] < 0 || out[i] >= rank {
			return nil, fmt.Errorf("no axis %d", axis)
		}
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) != len(out) {
		return nil, fmt.Errorf("axes %v are repeated", axes)
	}
	return out, nil
}

// broadcastsTo checks that s, aligned with to at the last axis, has its dimensions or 1.
func broadcastsTo(s, to shapes.Shape) error {
	skip := to.Rank() - s.Rank()
	if skip < 0 {
		return fmt.Errorf("%s cannot be broadcast to %s", s, to)
	}
	for i, d := range s.Dimensions {
		if d != 1 && d != to.Dimensions[skip+i] {
			return fmt.Errorf("%s cannot be broadcast to %s", s, to)
		}
	}
	return nil
}

type layerNorm struct {
	axes            []int
	epsilon         float64
	scaled, shifted bool
}

func (n layerNorm) plan(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
	dims := in[0].Dimensions
	var rest []int
	for axis := range dims {
		if !slices.Contains(n.axes, axis) {
			rest = append(rest, axis)
		}
	}
	tables := make([]scatterTable, len(in))
	for i, s := range in {
		along := alignedStrides(s.Dimensions, dims)
		tables[i] = scatterTable{rows: offsets(dims, along, rest), columns: offsets(dims, along, n.axes)}
	}
	x := tables[0]
	var scale, shift *scatterTable
	at := 1
	if n.scaled {
		scale, at = &tables[at], at+1
	}
	if n.shifted {
		shift = &tables[at]
	}
	if in[0].DType == dtypes.Float32 {
		return layerNormKernel[float32](x, scale, shift, n.epsilon), nil
	}
	return layerNormKernel[float64](x, scale, shift, n.epsilon), nil
}

// scatterTable finds element (row, column) of an operand at rows[row] + columns[column].
type scatterTable struct{ rows, columns []int }

// alignedStrides returns the strides of an operand along dimensions it is broadcast to
// from the right.
func alignedStrides(from, to []int) []int {
	along := make([]int, len(to))
	strides := rowStrides(from)
	skip := len(to) - len(from)
	for i, d := range from {
		if d != 1 {
			along[skip+i] = strides[i]
		}
	}
	return along
}

// offsets lists where the positions along some axes lie, row by row.
func offsets(dims, strides, axes []int) []int {
	list := []int{0}
	for _, axis := range axes {
		next := make([]int, 0, len(list)*dims[axis])
		for _, at := range list {
			for i := range dims[axis] {
				next = append(next, at+i*strides[axis])
			}
		}
		list = next
	}
	return list
}

// layerNormKernel normalizes every row. scale and shift may be nil.
func layerNormKernel[T floating](t scatterTable, scale, shift *scatterTable, epsilon float64) kernel {
	n := len(t.columns)
	operand := func(in [][]byte) (data []T, rest [][]byte) { return view[T](in[0]), in[1:] }
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		var g, b []T
		x, rest := operand(in)
		if scale != nil {
			g, rest = operand(rest)
		}
		if shift != nil {
			b, _ = operand(rest)
		}
		y := view[T](out[0])
		spans(len(t.rows), max(1, 8192/max(1, n)), func(lo, hi int) {
			for r := lo; r < hi; r++ {
				base := t.rows[r]
				mean, inv := rowMoments(x, base, t.columns, epsilon)
				for k, c := range t.columns {
					v := (float64(x[base+c]) - mean) * inv
					if scale != nil {
						v *= float64(g[scale.rows[r]+scale.columns[k]])
					}
					if shift != nil {
						v += float64(b[shift.rows[r]+shift.columns[k]])
					}
					y[base+c] = T(v)
				}
			}
		})
		return nil
	}}
}

// rowMoments returns the mean of a row, and 1 / sqrt(variance + epsilon).
func rowMoments[T floating](x []T, base int, columns []int, epsilon float64) (mean, inv float64) {
	for _, c := range columns {
		mean += float64(x[base+c])
	}
	mean /= float64(len(columns))
	var sum float64
	for _, c := range columns {
		d := float64(x[base+c]) - mean
		sum += d * d
	}
	return mean, 1 / math.Sqrt(sum/float64(len(columns))+epsilon)
}
