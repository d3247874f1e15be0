package gonum

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Sort orders the lines along an axis of all operands alike. The comparator takes two
// elements of each operand (lhs_0, rhs_0, lhs_1, rhs_1, ...), and tells whether the left
// ones come first.
//
// A comparator that is a plain "less" or "greater" of the two elements of one operand is
// recognized, and never run: NaN then comes last, in either direction. Any other is run
// for each comparison of a merge sort. All orders are stable, except that of equal zeros
// of either sign when a single operand is sorted with isStable unset.
func (f *function) Sort(comparator compute.Function, axis int, isStable bool, inputs ...compute.Value) ([]compute.Value, error) {
	op := compute.OpTypeSort
	in, err := f.values(op, inputs...)
	if err != nil {
		return nil, err
	}
	less, err := f.closureOf(op, "the comparator", comparator, false)
	if err != nil {
		return nil, err
	}
	if err := checkSort(less, in); err != nil {
		return nil, opError(op, in, err)
	}
	rank := in[0].shape.Rank()
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis >= rank {
		return nil, opError(op, in, fmt.Errorf("no axis %d", axis))
	}
	operands := len(in)
	plan := func(c *compilation, in, _ []shapes.Shape) (kernel, error) {
		s := sorting{lanes: lanesOf(in[0], axis), operands: in[:operands], stable: isStable}
		if s.n > math.MaxInt32 {
			return kernel{}, fmt.Errorf("axis %d is too long", axis)
		}
		s.tasks = min(s.outer*s.inner, sortTasks)
		if s.key, s.descending = simpleOrder(less); s.key >= 0 {
			if k, err := kernelsFor(computed(in[s.key].DType)); err == nil {
				return k.sorter(s), nil
			}
		}
		p, err := c.closure(less)
		return s.byProgram(p), err
	}
	return f.rawMany(op, plan, slices.Concat(in, less.outer()), shapesOf(in)...), nil
}

func checkSort(less *function, in []*value) error {
	if len(in) == 0 {
		return fmt.Errorf("want at least one operand")
	}
	for i, x := range in {
		if !slices.Equal(x.shape.Dimensions, in[0].shape.Dimensions) {
			return fmt.Errorf("operand %d has other dimensions than operand 0", i)
		}
		if x.shape.DType.IsPacked() {
			return fmt.Errorf("packed operand %d: %w", i, compute.ErrNotImplemented)
		}
	}
	if len(less.params) != 2*len(in) {
		return fmt.Errorf("the comparator has %d parameters, want 2 for each of %d operands", len(less.params), len(in))
	}
	for i, p := range less.params {
		if !p.shape.IsScalar() || p.shape.DType != in[i/2].shape.DType {
			return fmt.Errorf("parameter %d of the comparator is %s: want a scalar of %s", i, p.shape, in[i/2].shape.DType)
		}
	}
	if len(less.outputs) != 1 || !less.outputs[0].shape.IsScalar() || less.outputs[0].shape.DType != dtypes.Bool {
		return fmt.Errorf("the comparator returns %v: want one boolean scalar", shapesOf(less.outputs))
	}
	return nil
}

// simpleOrder recognizes a comparator that compares the two elements of one operand: it
// returns its number, or -1.
func simpleOrder(less *function) (key int, descending bool) {
	n := less.outputs[0].node
	if n.op != compute.OpTypeLessThan && n.op != compute.OpTypeGreaterThan {
		return -1, false
	}
	l, r := slices.Index(less.params, n.inputs[0]), slices.Index(less.params, n.inputs[1])
	if l < 0 || r < 0 || l == r || l/2 != r/2 {
		return -1, false
	}
	return l / 2, (n.op == compute.OpTypeGreaterThan) != (l > r)
}

// sorting is a Sort of concrete shapes.
type sorting struct {
	lanes
	operands   []shapes.Shape
	stable     bool
	key        int // the operand that is compared, by a simple order
	descending bool
	tasks      int
}

// sortTasks is how many goroutines may share the lines, each with working memory of its
// own.
const sortTasks = 16

// each runs fn for all lines, with the share of the working memory that belongs to the
// goroutine. A line's elements lie inner apart, from base on.
func (s *sorting) each(scratch []byte, share int, fn func(scratch []byte, base int) error) error {
	lines := s.outer * s.inner
	errs := make([]error, s.tasks)
	parallel(s.tasks, func(task int) {
		for i := task * lines / s.tasks; i < (task+1)*lines/s.tasks && errs[task] == nil; i++ {
			errs[task] = fn(scratch[task*share:(task+1)*share], i/s.inner*s.n*s.inner+i%s.inner)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// permute writes the lines of all operands in the given order.
func (s *sorting) permute(in, out [][]byte, order []int32, base int) {
	for i, shape := range s.operands {
		switch shape.DType.Size() {
		case 1:
			permuteLine(view[uint8](out[i]), view[uint8](in[i]), order, base, s.inner)
		case 2:
			permuteLine(view[uint16](out[i]), view[uint16](in[i]), order, base, s.inner)
		case 4:
			permuteLine(view[uint32](out[i]), view[uint32](in[i]), order, base, s.inner)
		case 8:
			permuteLine(view[uint64](out[i]), view[uint64](in[i]), order, base, s.inner)
		}
	}
}

func permuteLine[T word](dst, src []T, order []int32, base, step int) {
	for i, from := range order {
		dst[base+i*step] = src[base+int(from)*step]
	}
}

// byProgram sorts with a comparator that has to be run.
func (s sorting) byProgram(p *program) kernel {
	line := align(bytesFor[int32](s.n))
	share := 2*line + 64 // and the comparator's result
	return kernel{scratch: s.tasks * share, run: func(in, out [][]byte, scratch []byte) error {
		n := len(s.operands)
		return s.each(scratch, share, func(scratch []byte, base int) error {
			order, spare := carve[int32](&scratch, s.n), carve[int32](&scratch, s.n)
			result := [][]byte{scratch[:1]}
			args := slices.Concat(make([][]byte, 2*n), in[n:])
			less := func(a, b int32) (bool, error) {
				for i, shape := range s.operands {
					size := shape.DType.Size()
					args[2*i] = in[i][(base+int(a)*s.inner)*size:][:size]
					args[2*i+1] = in[i][(base+int(b)*s.inner)*size:][:size]
				}
				err := p.run(args, result)
				return view[bool](result[0])[0], err
			}
			for i := range order {
				order[i] = int32(i)
			}
			if err := mergeSort(order, spare, less); err != nil {
				return err
			}
			s.permute(in, out, order, base)
			return nil
		})
	}}
}

// mergeSort sorts stably, with few comparisons. It ends whatever the comparisons say.
func mergeSort(order, spare []int32, less func(a, b int32) (bool, error)) error {
	if len(order) < 2 {
		return nil
	}
	half := len(order) / 2
	left, right := order[:half], order[half:]
	if err := mergeSort(left, spare[:half], less); err != nil {
		return err
	}
	if err := mergeSort(right, spare[half:], less); err != nil {
		return err
	}
	if after, err := less(right[0], left[half-1]); err != nil || !after {
		return err // in order already
	}
	left = append(spare[:0], left...)
	for i := range order {
		switch {
		case len(left) == 0:
			return nil // the rest of the right half is in place
		case len(right) == 0:
			copy(order[i:], left)
			return nil
		}
		before, err := less(right[0], left[0])
		if err != nil {
			return err
		}
		if before {
			order[i], right = right[0], right[1:]
		} else {
			order[i], left = left[0], left[1:]
		}
	}
	return nil
}
