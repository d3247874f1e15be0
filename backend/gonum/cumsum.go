package gonum

import (
	"github.com/gomlx/compute"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// CumSum gives each element the sum of those up to it along an axis: without itself
// (Exclusive), from the end (Reverse). Floats are added up in float64.
func (f *function) CumSum(x compute.Value, axis int, options compute.CumSumOptions) (compute.Value, error) {
	in, err := f.values(compute.OpTypeCumSum, x)
	if err != nil {
		return nil, err
	}
	s, err := si.CumSum(in[0].shape, axis)
	if err == nil {
		err = f.builder.backend.checkTyped(s.DType)
	}
	return f.one(compute.OpTypeCumSum, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		k, err := kernelsFor(in[0].DType)
		if err != nil {
			return kernel{}, err
		}
		return k.cumSum(lanesOf(in[0], axis), options), nil
	}, in, s, err)
}

func (kernelsOf[T]) cumSum(l lanes, options compute.CumSumOptions) kernel {
	if float := T(1)/T(2) != 0; float {
		return cumSumKernel[T, float64](l, options)
	}
	return cumSumKernel[T, T](l, options)
}

func cumSumKernel[T, A number](l lanes, options compute.CumSumOptions) kernel {
	first, step := 0, l.inner
	if options.Reverse {
		first, step = (l.n-1)*l.inner, -l.inner
	}
	return kernel{scratch: bytesFor[A](l.outer * l.inner), run: func(in, out [][]byte, scratch []byte) error {
		x, y, sums := view[T](in[0]), view[T](out[0]), view[A](scratch)
		l.spans(func(outer, from, to int) {
			acc := sums[outer*l.inner+from : outer*l.inner+to]
			clear(acc)
			at := outer*l.n*l.inner + first + from
			for range l.n {
				row, sum := x[at:at+len(acc)], y[at:at+len(acc)]
				for i, v := range row {
					before := acc[i]
					acc[i] += A(v)
					if sum[i] = T(acc[i]); options.Exclusive {
						sum[i] = T(before)
					}
				}
				at += step
			}
		})
		return nil
	}}
}
