package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// FusedAttentionQKVProjection is x W split into query, key and value, a bias being added
// to each: x [..., in], W [in, queryDim + 2 keyValueDim], results [..., queryDim], [...,
// keyValueDim], [..., keyValueDim].
func (f *function) FusedAttentionQKVProjection(
	x, wQKV, biasQ, biasK, biasV compute.Value, queryDim, keyValueDim int,
) (q, k, v compute.Value, err error) {
	const op = compute.OpTypeFusedAttentionQKVProjection
	operands := []compute.Value{x, wQKV}
	biases := [3]compute.Value{biasQ, biasK, biasV}
	widths := [3]int{queryDim, keyValueDim, keyValueDim}
	for _, b := range biases {
		if b != nil {
			operands = append(operands, b)
		}
	}
	in, err := f.values(op, operands...)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := f.floats(in); err != nil {
		return nil, nil, nil, opError(op, in, err)
	}
	if err := checkQKV(in, biases, widths); err != nil {
		return nil, nil, nil, opError(op, in, err)
	}
	dtype, last := in[0].shape.DType, in[0].shape.Rank()-1
	y, err := f.DotGeneral(in[0], []int{last}, nil, in[1], []int{0}, nil, compute.DotGeneralConfig{})
	if err != nil {
		return nil, nil, nil, opError(op, in, err)
	}
	s := y.(*value).shape
	vs := f.many(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		given := [3]bool{biasQ != nil, biasK != nil, biasV != nil}
		if in[0].DType == dtypes.Float32 {
			return splitKernel[float32](widths, given), nil
		}
		return splitKernel[float64](widths, given), nil
	}, append([]*value{y.(*value)}, in[2:]...),
		withLast(s, dtype, queryDim), withLast(s, dtype, keyValueDim), withLast(s, dtype, keyValueDim))
	return vs[0], vs[1], vs[2], nil
}

func checkQKV(in []*value, biases [3]compute.Value, widths [3]int) error {
	x, w := in[0].shape, in[1].shape
	if widths[0] < 0 || widths[1] < 0 {
		return fmt.Errorf("want widths of 0 at least, got %d and %d", widths[0], widths[1])
	}
	if x.Rank() == 0 || w.Rank() != 2 || w.Dimensions[1] != widths[0]+widths[1]+widths[2] {
		return fmt.Errorf("want x of rank 1 at least and weights [in, %d+2*%d]", widths[0], widths[1])
	}
	at := 2
	for i, b := range biases {
		if b == nil {
			continue
		}
		if s := in[at].shape; s.Rank() != 1 || s.Dimensions[0] != widths[i] {
			return fmt.Errorf("bias %s, want [%d]", s, widths[i])
		}
		at++
	}
	return nil
}

// splitKernel cuts each row into three parts, adding the biases that are given.
func splitKernel[T floating](widths [3]int, given [3]bool) kernel {
	row := widths[0] + widths[1] + widths[2]
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		if row == 0 {
			return nil
		}
		x := view[T](in[0])
		var parts, biases [3][]T
		at := 1
		for i := range parts {
			if parts[i] = view[T](out[i]); given[i] {
				biases[i], at = view[T](in[at]), at+1
			}
		}
		spans(len(x)/row, max(1, 1<<15/row), func(lo, hi int) {
			for r := lo; r < hi; r++ {
				from := x[r*row : (r+1)*row]
				for i, w := range widths {
					to := parts[i][r*w : (r+1)*w]
					copy(to, from)
					for k, b := range biases[i] {
						to[k] += b
					}
					from = from[w:]
				}
			}
		})
		return nil
	}}
}
