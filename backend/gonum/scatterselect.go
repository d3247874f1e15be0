package gonum

import (
	"github.com/gomlx/compute"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// SelectAndScatterMax adds each source value to the place of the greatest operand value
// under its window: the gradient of max-pooling. The first of equal values is taken, NaN
// before anything else, padding never.
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

// selectAndScatter works on one outer position, or some columns of it, at a time. There
// the windows follow one another in order, so that values that fall on the same place are
// added in order too.
func (kernelsOf[T]) selectAndScatter(s *sliding, isMin bool) kernel {
	columns := 1
	if s.outer < foldTasks {
		columns = max(1, min(s.inner/8, (foldTasks+s.outer-1)/max(1, s.outer)))
	}
	width := max(1, (s.inner+columns-1)/columns)
	tasks := s.outer * columns
	grain := max(1, foldGrain/max(1, s.positions*s.taps*width), (tasks+maxSlidingTasks-1)/maxSlidingTasks)
	block := min(width, foldWidth)
	share := align(bytesFor[int](s.taps)) + align(bytesFor[int32](block)) + align(bytesFor[T](block))
	add := addAtGreatest[T]
	if isMin {
		add = addAtLeast[T]
	}
	return kernel{scratch: (tasks + grain - 1) / grain * share, run: func(in, out [][]byte, scratch []byte) error {
		x, source, y := view[T](in[0]), view[T](in[1]), view[T](out[0])
		clear(y)
		spans(tasks, grain, func(lo, hi int) {
			own := scratch[lo/grain*share:][:share]
			taps := carve[int](&own, s.taps)
			at, best := carve[int32](&own, block), carve[T](&own, block)
			position := make([]int, len(s.axes))
			for i := lo; i < hi; i++ {
				outer, first := i/columns, i%columns*width
				base := outer * s.elements * s.inner
				clear(position)
				for p := range s.positions {
					under := s.under(taps[:0], position, 0, base)
					values := source[(outer*s.positions+p)*s.inner:][:s.inner]
					for from := first; from < min(first+width, s.inner); from += block {
						n := min(block, first+width-from, s.inner-from)
						add(y[from:], x[from:], values[from:from+n], under, best[:n], at[:n])
					}
					s.next(position)
				}
			}
		})
		return nil
	}}
}

// under appends where the elements under the window lie, axes before the given one being
// settled.
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

// fewColumns is how many columns are searched one after the other: side by side would not
// pay.
const fewColumns = 8

// addAtGreatest adds value i to that of the places taps+i of y where x is greatest.
// Columns are searched side by side, without branches; best and at hold the values so
// far, and the numbers of their taps. NaN comes out of the search with the last tap after
// it: its place is sought again.
func addAtGreatest[T number](y, x, values []T, taps []int, best []T, at []int32) {
	if len(taps) == 0 {
		return
	}
	if len(values) < fewColumns {
		for i, v := range values {
			y[firstGreatest(x, taps, i)] += v
		}
		return
	}
	copy(best, x[taps[0]:])
	clear(at)
	for k, t := range taps[1:] {
		tapGreater(best, at, x[t:t+len(best)], int32(k+1))
	}
	for i, v := range values {
		place := taps[at[i]] + i
		if b := best[i]; b != b {
			place = firstGreatest(x, taps, i)
		}
		y[place] += v
	}
}

// firstGreatest returns the place among taps+i where x is greatest: the first one, or the
// first NaN.
func firstGreatest[T number](x []T, taps []int, i int) int {
	place := taps[0] + i
	best := x[place]
	for _, t := range taps[1:] {
		if v := x[t+i]; v > best || v != v && best == best {
			place, best = t+i, v
		}
	}
	return place
}

// addAtLeast is addAtGreatest for the least value.
func addAtLeast[T number](y, x, values []T, taps []int, best []T, at []int32) {
	if len(taps) == 0 {
		return
	}
	if len(values) < fewColumns {
		for i, v := range values {
			y[firstLeast(x, taps, i)] += v
		}
		return
	}
	copy(best, x[taps[0]:])
	clear(at)
	for k, t := range taps[1:] {
		tapLess(best, at, x[t:t+len(best)], int32(k+1))
	}
	for i, v := range values {
		place := taps[at[i]] + i
		if b := best[i]; b != b {
			place = firstLeast(x, taps, i)
		}
		y[place] += v
	}
}

func firstLeast[T number](x []T, taps []int, i int) int {
	place := taps[0] + i
	best := x[place]
	for _, t := range taps[1:] {
		if v := x[t+i]; v < best || v != v && best == best {
			place, best = t+i, v
		}
	}
	return place
}

// tapGreater takes the tap where its values are greater, or either is NaN. It is a
// function of its own, without branches, so that all it needs stays in registers.
func tapGreater[T number](best []T, at []int32, row []T, tap int32) {
	best, at = best[:len(row)], at[:len(row)]
	for i, v := range row {
		b, k := best[i], at[i]
		if !(v <= b) {
			k = tap
		}
		best[i], at[i] = max(b, v), k
	}
}

// tapLess takes the tap where its values are less, or either is NaN.
func tapLess[T number](best []T, at []int32, row []T, tap int32) {
	best, at = best[:len(row)], at[:len(row)]
	for i, v := range row {
		b, k := best[i], at[i]
		if !(v >= b) {
			k = tap
		}
		best[i], at[i] = min(b, v), k
	}
}
