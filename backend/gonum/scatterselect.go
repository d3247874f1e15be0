package gonum

import (
	"github.com/gomlx/compute"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// SelectAndScatterMax adds each source value to the place of the greatest operand value under its window: the gradient
// of max-pooling. The first of equal values is taken, NaN before anything else, padding never.
func (f *function) SelectAndScatterMax(operand, source compute.Value, window, strides []int, paddings [][2]int) (compute.Value, error) {
	return f.selectAndScatter(compute.OpTypeSelectAndScatterMax, operand, source, window, strides, paddings)
}

// SelectAndScatterMin is SelectAndScatterMax for the least value.
func (f *function) SelectAndScatterMin(operand, source compute.Value, window, strides []int, paddings [][2]int) (compute.Value, error) {
	return f.selectAndScatter(compute.OpTypeSelectAndScatterMin, operand, source, window, strides, paddings)
}

func (f *function) selectAndScatter(op compute.OpType, operand, source compute.Value, window, strides []int, paddings [][2]int) (compute.Value, error) {
	in, err := f.values(op, operand, source)
	if err != nil {
		return nil, err
	}
	s, err := si.SelectAndScatter(in[0].shape, in[1].shape, window, strides, paddings)
	if err == nil {
		err = f.builder.backend.checkTyped(s.DType)
	}
	w := newWindowing(in[0].shape.Rank(), window, strides, nil, nil, paddings)
	return f.one(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		k, err := kernelsFor(in[0].DType)
		if err != nil {
			return kernel{}, err
		}
		sl := w.over(in[0].Dimensions, in[1].Dimensions)
		return k.selectAndScatter(sl, op == compute.OpTypeSelectAndScatterMin), nil
	}, in, s, err)
}

// selectAndScatter works on one outer position, or some columns of it, at a time. There the windows follow one another
// in order, so that values that fall on the same place are added in order too.
func (kernelsOf[T]) selectAndScatter(s *sliding, isMin bool) kernel {
	columns := 1
	if s.outer < foldTasks {
		columns = max(1, min(s.inner/8, (foldTasks+s.outer-1)/max(1, s.outer)))
	}
	width := (s.inner + columns - 1) / columns
	work := s.positions * s.taps * width
	tasks := s.outer * columns
	scratch := bytesFor[int](tasks * s.taps)
	return kernel{scratch: scratch, run: func(in, out [][]byte, scratch []byte) error {
		x, source, y, taps := view[T](in[0]), view[T](in[1]), view[T](out[0]), view[int](scratch)
		clear(y)
		spans(tasks, max(1, foldGrain/max(1, work)), func(lo, hi int) {
			position := make([]int, len(s.axes))
			for i := lo; i < hi; i++ {
				outer, from := i/columns, i%columns*width
				n := min(width, s.inner-from)
				if n <= 0 {
					continue
				}
				at := outer*s.elements*s.inner + from
				clear(position)
				for p := range s.positions {
					under := s.under(taps[i*s.taps:i*s.taps:(i+1)*s.taps], position, 0, 0)
					values := source[(outer*s.positions+p)*s.inner+from:][:n]
					if isMin {
						addAtLeast(y[at:], x[at:], values, under)
					} else {
						addAtGreatest(y[at:], x[at:], values, under)
					}
					s.next(position)
				}
			}
		})
		return nil
	}}
}

// under appends where the elements under the window lie, axes before the given one being settled.
func (s *sliding) under(taps []int, position []int, axis, base int) []int {
	if axis == len(s.axes) {
		return append(taps, base)
	}
	a := &s.axes[axis]
	base += a.first[position[axis]] * a.stride
	for range a.count[position[axis]] {
		taps = s.under(taps, position, axis+1, base)
		base += a.step
	}
	return taps
}

// addAtGreatest adds value i to that of the places taps+i of y where x is greatest.
func addAtGreatest[T number](y, x, values []T, taps []int) {
	if len(taps) == 0 {
		return
	}
	for i, v := range values {
		at := taps[0] + i
		best := x[at]
		for _, t := range taps[1:] {
			if w := x[t+i]; w > best || w != w && best == best {
				at, best = t+i, w
			}
		}
		y[at] += v
	}
}

// addAtLeast adds value i to that of the places taps+i of y where x is least.
func addAtLeast[T number](y, x, values []T, taps []int) {
	if len(taps) == 0 {
		return
	}
	for i, v := range values {
		at := taps[0] + i
		best := x[at]
		for _, t := range taps[1:] {
			if w := x[t+i]; w < best || w != w && best == best {
				at, best = t+i, w
			}
		}
		y[at] += v
	}
}
