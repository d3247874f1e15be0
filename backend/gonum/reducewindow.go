package gonum

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// windowOps gives the reduction over all values that a window's reduction does in each
// place.
var windowOps = map[compute.ReduceOpType]compute.OpType{
	compute.ReduceOpSum:     compute.OpTypeReduceSum,
	compute.ReduceOpProduct: compute.OpTypeReduceProduct,
	compute.ReduceOpMax:     compute.OpTypeReduceMax,
	compute.ReduceOpMin:     compute.OpTypeReduceMin,
}

// ReduceWindow reduces the operand's values under a window, in each place of the window.
// Padding and the holes of dilations take no part.
func (f *function) ReduceWindow(x compute.Value, reduction compute.ReduceOpType,
	window, strides, inputDilations, windowDilations []int, paddings [][2]int) (compute.Value, error) {
	op := compute.OpTypeReduceWindow
	in, err := f.values(op, x)
	if err != nil {
		return nil, err
	}
	s, err := si.ReduceWindow(in[0].shape, window, strides, inputDilations, windowDilations, paddings)
	over, known := windowOps[reduction]
	if err == nil && !known {
		err = fmt.Errorf("reduction %s: %w", reduction, compute.ErrNotImplemented)
	}
	if err == nil {
		_, err = folderFor(over, computed(f.builder.backend.physical(s.DType)))
	}
	w := newWindowing(in[0].shape.Rank(), window, strides, inputDilations, windowDilations, paddings)
	plan := func(w windowing) planner {
		return func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
			fd, err := folderFor(over, in[0].DType)
			if err != nil {
				return kernel{}, err
			}
			s := w.over(in[0].Dimensions, out[0].Dimensions)
			if len(s.axes) == 0 {
				return kernel{alias: true}, nil
			}
			return fd.slide(s), nil
		}
	}
	v, err := f.one(op, plan(w), in, s, err)
	if err == nil {
		v.(*value).node.relay = func(order []int) relaid { return relaid{plan: plan(w.relaid(order)), inputs: 1, result: true} }
	}
	return v, err
}

// windowing describes a moving window, with a value for each axis.
type windowing struct {
	size, stride, holes, spread []int // holes between elements of the operand, spread of those of the window
	before                      []int // padding
}

// relaid is the windowing of an operand in another order of axes.
func (w windowing) relaid(order []int) windowing {
	return windowing{size: pick(w.size, order), stride: pick(w.stride, order), holes: pick(w.holes, order), spread: pick(w.spread, order), before: pick(w.before, order)}
}

func newWindowing(rank int, size, strides, inputDilations, windowDilations []int, paddings [][2]int) windowing {
	w := windowing{
		size: orEach(size, rank, 1), stride: slices.Clone(strides), before: make([]int, rank),
		holes: orEach(inputDilations, rank, 1), spread: orEach(windowDilations, rank, 1),
	}
	if len(strides) == 0 {
		w.stride = slices.Clone(w.size)
	}
	for i, p := range paddings {
		if i < rank { // others were refused
			w.before[i] = p[0]
		}
	}
	return w
}

// orEach copies values, or repeats a default if there are none.
func orEach(values []int, n, otherwise int) []int {
	if len(values) == 0 {
		return slices.Repeat([]int{otherwise}, n)
	}
	return slices.Clone(values)
}

// sliding is a windowing of concrete size: axes on which the window moves, between others
// that are joined.
type sliding struct {
	outer, inner int
	axes         []slidingAxis
	positions    int // of the window, along all axes
	elements     int // of the operand, along all axes
	taps         int // at most, of a window
}

// slidingAxis tells which elements lie under the window, in each of its positions.
type slidingAxis struct {
	first, count []int
	step         int // from one to the next, in elements of the whole operand
	stride       int // from one element of the axis to the next
}

// over prepares the windowing for an operand and the positions of the window.
func (w windowing) over(operand, positions []int) *sliding {
	moves := func(a int) bool {
		return w.size[a] != 1 || w.stride[a] != 1 || w.holes[a] != 1 || positions[a] != operand[a] || w.before[a] != 0
	}
	lo, hi := 0, len(operand)
	for lo < hi && !moves(lo) {
		lo++
	}
	for hi > lo && !moves(hi-1) {
		hi--
	}
	s := &sliding{
		outer: sizeOf(operand[:lo]), inner: sizeOf(operand[hi:]),
		positions: sizeOf(positions[lo:hi]), elements: sizeOf(operand[lo:hi]), taps: sizeOf(w.size[lo:hi]),
	}
	strides := rowStrides(operand)
	for a := lo; a < hi; a++ {
		s.axes = append(s.axes, w.axis(a, operand[a], positions[a], strides[a]))
	}
	return s
}

// axis finds the elements under the window along one axis. With holes between the
// elements, every skip-th place of the window meets one: the places that do lie in an
// arithmetic progression.
func (w windowing) axis(a, n, positions, stride int) slidingAxis {
	holes, spread := w.holes[a], w.spread[a]
	common := gcd(holes, spread)
	skip := holes / common
	axis := slidingAxis{first: make([]int, positions), count: make([]int, positions), step: spread / common * stride, stride: stride}
	for p := range positions {
		start := p*w.stride[a] - w.before[a]
		met := 0
		for k := 0; k < w.size[a]; {
			at := start + k*spread
			if at < 0 || at%holes != 0 || at/holes >= n {
				if met > 0 {
					break // past the end
				}
				k++
				continue
			}
			if met == 0 {
				axis.first[p] = at / holes
			}
			met++
			k += skip
		}
		axis.count[p] = met
	}
	return axis
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// next moves to the next position of the window.
func (s *sliding) next(position []int) {
	for a := len(position) - 1; a >= 0; a-- {
		if position[a]++; position[a] < len(s.axes[a].first) {
			return
		}
		position[a] = 0
	}
}

// at sets the position to number i.
func (s *sliding) at(position []int, i int) {
	for a := len(position) - 1; a >= 0; a-- {
		n := len(s.axes[a].first)
		position[a] = i % n
		i /= n
	}
}

// maxSlidingTasks bounds the pieces of work of one execution, each of which has
// accumulators of its own.
const maxSlidingTasks = 256

// slide folds what lies under the window in each of its positions, a block of columns at
// a time.
func (f *fold[T, A]) slide(s *sliding) kernel {
	rows := s.outer * s.positions
	width := min(s.inner, foldWidth)
	grain := max(1, foldGrain/max(1, s.inner*s.taps), (rows+maxSlidingTasks-1)/maxSlidingTasks)
	scratch := 0
	if f.finish != nil {
		scratch = bytesFor[A]((rows + grain - 1) / grain * width)
	}
	return kernel{scratch: scratch, run: func(in, out [][]byte, scratch []byte) error {
		x, y, sums := view[T](in[0]), view[T](out[0]), view[A](scratch)
		spans(rows, grain, func(lo, hi int) {
			position := make([]int, len(s.axes))
			s.at(position, lo%s.positions)
			for row := lo; row < hi; row++ {
				base := row / s.positions * s.elements * s.inner
				for from := 0; from < s.inner; from += width {
					n := min(width, s.inner-from)
					result := y[row*s.inner+from:][:n]
					if f.finish == nil {
						f.window(view[A](rawBytes(result)), x, s, position, base+from)
						continue
					}
					acc := sums[lo/grain*width:][:n]
					f.window(acc, x, s, position, base+from)
					f.finish(result, acc)
				}
				s.next(position)
			}
		})
		return nil
	}}
}

// window folds the values under the window into acc, one column each.
func (f *fold[T, A]) window(acc []A, x []T, s *sliding, position []int, base int) {
	for i := range acc {
		acc[i] = f.start
	}
	f.windowAxis(acc, x, s.axes, position, base)
}

func (f *fold[T, A]) windowAxis(acc []A, x []T, axes []slidingAxis, position []int, base int) {
	axis, p := &axes[0], position[0]
	base += axis.first[p] * axis.stride
	switch count := axis.count[p]; {
	case count == 0:
	case len(axes) > 1:
		for range count {
			f.windowAxis(acc, x, axes[1:], position[1:], base)
			base += axis.step
		}
	case len(acc) == 1 && axis.step == 1:
		acc[0] = f.join(acc[0], f.run(x[base:base+count]))
	default:
		f.rows(acc, x[base:], axis.step, count)
	}
}
