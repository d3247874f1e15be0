package gonum

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/pifr-go/pifr/internal/simd"
)

// softmaxColumns is how many neighboring columns one goroutine takes when the axis is
// not the last.
const softmaxColumns = 64

// FusedSoftmax is exp(x - max) / sum(exp(x - max)) along an axis, summed in float64.
func (f *function) FusedSoftmax(x compute.Value, axis int) (compute.Value, error) {
	const op = compute.OpTypeFusedSoftmax
	in, err := f.values(op, x)
	if err != nil {
		return nil, err
	}
	if err = f.floats(in); err == nil && (axis < 0 || axis >= in[0].shape.Rank()) {
		err = fmt.Errorf("no axis %d", axis)
	}
	return f.one(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		dims := in[0].Dimensions
		outer, n, inner := sizeOf(dims[:axis]), dims[axis], sizeOf(dims[axis+1:])
		if in[0].DType == dtypes.Float32 {
			return softmaxKernel[float32](outer, n, inner), nil
		}
		return softmaxKernel[float64](outer, n, inner), nil
	}, in, in[0].shape, err)
}

// softmaxKernel works along the middle one of three axes.
func softmaxKernel[T floating](outer, n, inner int) kernel {
	if outer*n*inner == 0 {
		return kernel{run: func(_, _ [][]byte, _ []byte) error { return nil }}
	}
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		x, y := view[T](in[0]), view[T](out[0])
		if inner == 1 {
			spans(outer, max(1, 4096/n), func(lo, hi int) {
				for r := lo; r < hi; r++ {
					softmaxRow(y[r*n:(r+1)*n], x[r*n:(r+1)*n])
				}
			})
			return nil
		}
		pieces := (inner + softmaxColumns - 1) / softmaxColumns
		spans(outer*pieces, max(1, 4096/(n*min(inner, softmaxColumns))), func(lo, hi int) {
			for t := lo; t < hi; t++ {
				start := t % pieces * softmaxColumns
				at := t/pieces*n*inner + start
				softmaxBand(y[at:], x[at:], n, inner, min(softmaxColumns, inner-start))
			}
		})
		return nil
	}}
}

// softmaxRow sets y to the softmax of a row. NaN spreads over the row, as does a row of
// nothing but -Inf.
func softmaxRow[T floating](y, row []T) {
	if row, ok := any(row).([]float32); ok && simd.Reduces(simd.Best()) {
		simd.Softmax(simd.Best(), any(y).([]float32), row)
		return
	}
	top := row[0]
	for _, v := range row {
		top = max(top, v)
	}
	var sum float64
	for i, v := range row {
		e := math.Exp(float64(v) - float64(top))
		sum += e
		y[i] = T(e)
	}
	scale := 1 / sum
	for i, v := range y {
		y[i] = T(float64(v) * scale)
	}
}

// softmaxBand computes the softmax of neighboring columns, whose elements lie inner
// apart.
func softmaxBand[T floating](y, x []T, n, inner, columns int) {
	var tops [softmaxColumns]T
	var sums [softmaxColumns]float64
	top, sum := tops[:columns], sums[:columns]
	copy(top, x)
	for r := 1; r < n; r++ {
		for i, v := range x[r*inner : r*inner+columns] {
			top[i] = max(top[i], v)
		}
	}
	for r := range n {
		to := y[r*inner : r*inner+columns]
		for i, v := range x[r*inner : r*inner+columns] {
			e := math.Exp(float64(v) - float64(top[i]))
			sum[i] += e
			to[i] = T(e)
		}
	}
	for i := range sum {
		sum[i] = 1 / sum[i]
	}
	for r := range n {
		for i, v := range y[r*inner : r*inner+columns] {
			y[r*inner+i] = T(float64(v) * sum[i])
		}
	}
}
