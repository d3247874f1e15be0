package gonum

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// gatherGrain is how many elements one goroutine moves at a time.
const gatherGrain = 1 << 15

// gatherKernel fills the output with elements that lie strides apart in the operand, from
// offset on.
func gatherKernel(out shapes.Shape, strides []int, offset int) kernel {
	n, size := out.Size(), out.DType.Size()
	dims, along := joinAxes(out.Dimensions, strides)
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		spans(n, gatherGrain, func(lo, hi int) {
			dst := out[0][lo*size : hi*size]
			gatherBytes(dst, in[0], size, dims, along, offset, lo, hi)
		})
		return nil
	}}
}

// gatherBytes copies the elements at positions [lo, hi) of dims.
func gatherBytes(dst, src []byte, size int, dims, strides []int, offset, lo, hi int) {
	switch size {
	case 1:
		gatherRange(view[uint8](dst), view[uint8](src), dims, strides, offset, lo, hi)
	case 2:
		gatherRange(view[uint16](dst), view[uint16](src), dims, strides, offset, lo, hi)
	case 4:
		gatherRange(view[uint32](dst), view[uint32](src), dims, strides, offset, lo, hi)
	case 8:
		gatherRange(view[uint64](dst), view[uint64](src), dims, strides, offset, lo, hi)
	}
}

// joinAxes drops axes of dimension 1 and joins neighbors that can be walked as one.
func joinAxes(dims, strides []int) (joined, along []int) {
	for i, d := range dims {
		k := len(joined) - 1
		switch {
		case d == 1:
		case k >= 0 && along[k] == strides[i]*d:
			joined[k] *= d
			along[k] = strides[i]
		default:
			joined, along = append(joined, d), append(along, strides[i])
		}
	}
	if len(joined) == 0 {
		return []int{1}, []int{1}
	}
	return joined, along
}

// Slice takes the elements from starts up to limits, every strides-th along each axis.
func (f *function) Slice(x compute.Value, starts, limits, strides []int) (compute.Value, error) {
	in, err := f.values(compute.OpTypeSlice, x)
	if err != nil {
		return nil, err
	}
	if len(strides) == 0 {
		strides = slices.Repeat([]int{1}, in[0].shape.Rank())
	}
	s, err := si.Slice(in[0].shape, starts, limits, strides)
	starts, strides = slices.Clone(starts), slices.Clone(strides)
	window := func(in shapes.Shape, along []int) ([]int, int) {
		offset := 0
		steps := make([]int, len(along))
		for i := range along {
			offset += starts[i] * along[i]
			steps[i] = strides[i] * along[i]
		}
		return steps, offset
	}
	v, err := f.move(compute.OpTypeSlice, func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		if in[0].Size() == out[0].Size() {
			return kernel{alias: true}, nil
		}
		along, offset := window(in[0], rowStrides(in[0].Dimensions))
		return gatherKernel(out[0], along, offset), nil
	}, in, s, err)
	if err == nil && !in[0].shape.DType.IsPacked() {
		v.(*value).node.window = window
	}
	return v, err
}

// DynamicSlice takes a box of fixed size at a computed position, moved inside where it
// would stick out.
func (f *function) DynamicSlice(x compute.Value, starts []compute.Value, dims []int) (compute.Value, error) {
	in, err := f.values(compute.OpTypeDynamicSlice, append([]compute.Value{x}, starts...)...)
	if err != nil {
		return nil, err
	}
	s, err := si.DynamicSlice(in[0].shape, dims)
	if err == nil {
		err = checkStarts(in[0], in[1:])
	}
	read := startReader(in[1:])
	return f.move(compute.OpTypeDynamicSlice, func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		along := rowStrides(in[0].Dimensions)
		box, operand := out[0].Dimensions, in[0].Dimensions
		n, size := out[0].Size(), out[0].DType.Size()
		return kernel{run: func(in, out [][]byte, _ []byte) error {
			offset, err := read(in[1:], operand, box, along)
			if err != nil || n == 0 {
				return err
			}
			gatherBytes(out[0], in[0], size, atLeastOneAxis(box, 1), atLeastOneAxis(along, 1), offset, 0, n)
			return nil
		}}, nil
	}, in, s, err)
}

// DynamicUpdateSlice returns the operand with a box of it replaced.
func (f *function) DynamicUpdateSlice(x, update compute.Value, starts []compute.Value) (compute.Value, error) {
	in, err := f.values(compute.OpTypeDynamicUpdateSlice, append([]compute.Value{x, update}, starts...)...)
	if err != nil {
		return nil, err
	}
	s, err := si.DynamicUpdateSlice(in[0].shape, in[1].shape)
	if err == nil {
		err = checkStarts(in[0], in[2:])
	}
	read := startReader(in[2:])
	return f.move(compute.OpTypeDynamicUpdateSlice, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		along := rowStrides(in[0].Dimensions)
		operand, box := in[0].Dimensions, in[1].Dimensions
		n, size := in[1].Size(), in[1].DType.Size()
		return kernel{run: func(in, out [][]byte, _ []byte) error {
			copy(out[0], in[0])
			offset, err := read(in[2:], operand, box, along)
			if err != nil || n == 0 {
				return err
			}
			scatterBytes(out[0], in[1], size, atLeastOneAxis(box, 1), atLeastOneAxis(along, 1), offset)
			return nil
		}}, nil
	}, in, s, err)
}

// atLeastOneAxis gives a scalar one axis, which the loops over positions need.
func atLeastOneAxis(axes []int, one int) []int {
	if len(axes) == 0 {
		return []int{one}
	}
	return axes
}

// checkStarts wants an integer scalar for each axis, or one vector of all.
func checkStarts(x *value, starts []*value) error {
	rank := x.shape.Rank()
	if len(starts) == 1 && starts[0].shape.Rank() == 1 {
		if s := starts[0].shape; s.Dimensions[0] != rank || !s.DType.IsInt() {
			return fmt.Errorf("the start indices are %s: want %d integers", s, rank)
		}
		return nil
	}
	if len(starts) != rank {
		return fmt.Errorf("want one start index for each of %d axes, got %d", rank, len(starts))
	}
	for i, s := range starts {
		if !s.shape.IsScalar() || !s.shape.DType.IsInt() {
			return fmt.Errorf("start index %d is %s: want an integer scalar", i, s.shape)
		}
	}
	return nil
}

// startReader returns a function that reads start indices and gives the offset of a box
// that lies inside.
func startReader(starts []*value) func(in [][]byte, dims, box, strides []int) (int, error) {
	kinds := make([]dtypes.DType, len(starts))
	for i, s := range starts {
		kinds[i] = s.shape.DType
	}
	vector := len(starts) == 1 && starts[0].shape.Rank() == 1
	return func(in [][]byte, dims, box, strides []int) (int, error) {
		offset := 0
		for i := range dims {
			operand, element := i, 0
			if vector {
				operand, element = 0, i
			}
			at, err := integerAt(in[operand][element*kinds[operand].Size():], kinds[operand])
			if err != nil {
				return 0, err
			}
			offset += max(0, min(at, dims[i]-box[i])) * strides[i]
		}
		return offset, nil
	}
}

// Pad puts a value before, after and between the elements; negative amounts take elements
// away.
func (f *function) Pad(x, fill compute.Value, config ...compute.PadAxis) (compute.Value, error) {
	in, err := f.values(compute.OpTypePad, x, fill)
	if err != nil {
		return nil, err
	}
	s, err := si.Pad(in[0].shape, config...)
	if err == nil && (!in[1].shape.IsScalar() || in[1].shape.DType != in[0].shape.DType) {
		err = fmt.Errorf("the fill value is %s: want a scalar of %s", in[1].shape, in[0].shape.DType)
	}
	config = slices.Clone(config)
	return f.move(compute.OpTypePad, func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		return padKernel(in[0], out[0], config), nil
	}, in, s, err)
}

// padKernel fills the result, then scatters the operand's elements that stay into it.
func padKernel(x, y shapes.Shape, config []compute.PadAxis) kernel {
	size := y.DType.Size()
	from, to := rowStrides(x.Dimensions), rowStrides(y.Dimensions)
	box := slices.Clone(x.Dimensions)
	first, start := 0, 0
	for i, c := range config {
		step := 1 + c.Interior
		skip := max(0, (-c.Start+step-1)/step) // elements cut off before
		fits := (y.Dimensions[i] - 1 - c.Start) / step
		if y.Dimensions[i]-1-c.Start < 0 {
			fits = -1
		}
		box[i] = max(0, min(x.Dimensions[i]-1, fits)-skip+1)
		first += skip * from[i]
		start += (c.Start + skip*step) * to[i]
		to[i] *= step
	}
	n := sizeOf(box)
	box, from, to = atLeastOneAxis(box, 1), atLeastOneAxis(from, 1), atLeastOneAxis(to, 1)
	return kernel{scratch: n * size, run: func(in, out [][]byte, scratch []byte) error {
		gatherBytes(out[0], in[1], size, []int{y.Size()}, []int{0}, 0, 0, y.Size())
		if n > 0 {
			gatherBytes(scratch, in[0], size, box, from, first, 0, n)
			scatterBytes(out[0], scratch, size, box, to, start)
		}
		return nil
	}}
}

// scatterBytes copies src, counted row by row over dims, to positions that lie strides
// apart in dst, from offset on.
func scatterBytes(dst, src []byte, size int, dims, strides []int, offset int) {
	switch size {
	case 1:
		scatterAll(view[uint8](dst), view[uint8](src), dims, strides, offset)
	case 2:
		scatterAll(view[uint16](dst), view[uint16](src), dims, strides, offset)
	case 4:
		scatterAll(view[uint32](dst), view[uint32](src), dims, strides, offset)
	case 8:
		scatterAll(view[uint64](dst), view[uint64](src), dims, strides, offset)
	}
}

func scatterAll[T word](dst, src []T, dims, strides []int, offset int) {
	last := len(dims) - 1
	idx := make([]int, len(dims))
	for at := 0; at < len(src); at += dims[last] {
		if row := src[at : at+dims[last]]; strides[last] == 1 {
			copy(dst[offset:], row)
		} else {
			for i, v := range row {
				dst[offset+i*strides[last]] = v
			}
		}
		for a := last - 1; a >= 0; a-- {
			offset += strides[a]
			if idx[a]++; idx[a] < dims[a] {
				break
			}
			offset -= dims[a] * strides[a]
			idx[a] = 0
		}
	}
}
