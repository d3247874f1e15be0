package gonum

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// shapeOps are the operations of shape.go, transpose.go, slice.go, index.go and
// scatter.go: they move data without computing.
var shapeOps = []compute.OpType{
	compute.OpTypeIdentity, compute.OpTypeReshape, compute.OpTypeTranspose, compute.OpTypeBroadcastInDim,
	compute.OpTypeReverse, compute.OpTypeConcatenate, compute.OpTypeIota, compute.OpTypeBitcast,
	compute.OpTypeOptimizationBarrier, compute.OpTypeSchedulingBarrier,
	compute.OpTypeSlice, compute.OpTypeDynamicSlice, compute.OpTypeDynamicUpdateSlice, compute.OpTypePad,
	compute.OpTypeGather, compute.OpTypeScatterSum, compute.OpTypeScatterMax, compute.OpTypeScatterMin,
}

// same is the planner of operations whose output is their first operand.
func same(*compilation, []shapes.Shape, []shapes.Shape) (kernel, error) {
	return kernel{alias: true}, nil
}

// Identity returns its operand.
func (f *function) Identity(x compute.Value) (compute.Value, error) {
	in, err := f.values(compute.OpTypeIdentity, x)
	if err != nil {
		return nil, err
	}
	return f.move(compute.OpTypeIdentity, same, in, in[0].shape, nil)
}

// OptimizationBarrier returns its operands. The engine reorders nothing across them.
func (f *function) OptimizationBarrier(operands ...compute.Value) ([]compute.Value, error) {
	if _, err := f.values(compute.OpTypeOptimizationBarrier, operands...); err != nil {
		return nil, err
	}
	out := make([]compute.Value, len(operands))
	for i, x := range operands {
		y, err := f.Identity(x)
		if err != nil {
			return nil, err
		}
		out[i] = y
	}
	return out, nil
}

// SchedulingBarrier returns its operand, after the dependencies have been computed: they
// stand earlier in the program.
func (f *function) SchedulingBarrier(operand compute.Value, dependencies ...compute.Value) (compute.Value, error) {
	in, err := f.values(compute.OpTypeSchedulingBarrier, append([]compute.Value{operand}, dependencies...)...)
	if err != nil {
		return nil, err
	}
	return f.move(compute.OpTypeSchedulingBarrier, same, in, in[0].shape, nil)
}

// Reshape gives the same values other dimensions.
func (f *function) Reshape(x compute.Value, dims ...int) (compute.Value, error) {
	in, err := f.values(compute.OpTypeReshape, x)
	if err != nil {
		return nil, err
	}
	s, err := si.Reshape(in[0].shape, dims)
	return f.move(compute.OpTypeReshape, same, in, s, err)
}

// BroadcastInDim repeats the operand along new axes, and along those of dimension 1.
func (f *function) BroadcastInDim(x compute.Value, out shapes.Shape, axes []int) (compute.Value, error) {
	in, err := f.values(compute.OpTypeBroadcastInDim, x)
	if err != nil {
		return nil, err
	}
	err = si.BroadcastInDim(in[0].shape, out, axes, f.axes)
	axes = slices.Clone(axes)
	v, err := f.move(compute.OpTypeBroadcastInDim, func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		return broadcastKernel(in[0], out[0], axes), nil
	}, in, out, err)
	if err == nil && !in[0].shape.DType.IsPacked() {
		v.(*value).node.window = func(in shapes.Shape, strides []int) ([]int, int) {
			return alongAxes(in, strides, axes, out.Rank()), 0
		}
	}
	return v, err
}

// broadcastKernel repeats an operand whose axis i lies along axis axes[i] of the result.
func broadcastKernel(in, out shapes.Shape, axes []int) kernel {
	if in.Size() == out.Size() {
		return kernel{alias: true}
	}
	along := alongAxes(in, rowStrides(in.Dimensions), axes, out.Rank())
	return gatherKernel(out, along, 0)
}

// alongAxes puts the strides of an operand where its axes lie in a result of the given
// rank; it is repeated along others.
func alongAxes(in shapes.Shape, strides, axes []int, rank int) []int {
	along := make([]int, rank)
	for i, axis := range axes {
		if in.Dimensions[i] != 1 {
			along[axis] = strides[i]
		}
	}
	return along
}

// Reverse turns the order along axes around.
func (f *function) Reverse(x compute.Value, axes ...int) (compute.Value, error) {
	in, err := f.values(compute.OpTypeReverse, x)
	if err != nil {
		return nil, err
	}
	for _, axis := range axes {
		if axis < 0 || axis >= in[0].shape.Rank() {
			return nil, opError(compute.OpTypeReverse, in, fmt.Errorf("no axis %d", axis))
		}
	}
	axes = slices.Clone(axes)
	return f.move(compute.OpTypeReverse, func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		along, offset := rowStrides(in[0].Dimensions), 0
		for _, axis := range slices.Compact(slices.Sorted(slices.Values(axes))) {
			offset += along[axis] * (in[0].Dimensions[axis] - 1)
			along[axis] = -along[axis]
		}
		return gatherKernel(out[0], along, offset), nil
	}, in, in[0].shape, nil)
}

// Concatenate joins operands along an axis.
func (f *function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	in, err := f.values(compute.OpTypeConcatenate, operands...)
	if err != nil {
		return nil, err
	}
	s, err := si.Concatenate(shapesOf(in), axis)
	v, err := f.move(compute.OpTypeConcatenate, concatenatePlanner(axis), in, s, err)
	if err == nil {
		v.(*value).node.relay = func(order []int) relaid {
			return relaid{plan: concatenatePlanner(slices.Index(order, axis)), inputs: len(in), result: true}
		}
	}
	return v, err
}

func concatenatePlanner(axis int) planner {
	return func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		rows, size := sizeOf(out[0].Dimensions[:axis]), out[0].DType.Size()
		width := sizeOf(out[0].Dimensions[axis:]) * size
		parts := make([]int, len(in))
		for i, s := range in {
			parts[i] = sizeOf(s.Dimensions[axis:]) * size
		}
		return kernel{run: func(in, out [][]byte, _ []byte) error {
			spans(rows, max(1, 1<<16/max(1, width)), func(lo, hi int) {
				for r := lo; r < hi; r++ {
					to := out[0][r*width : (r+1)*width]
					for i, n := range parts {
						copy(to[:n], in[i][r*n:(r+1)*n])
						to = to[n:]
					}
				}
			})
			return nil
		}}, nil
	}
}

// Iota counts from 0 along an axis.
func (f *function) Iota(s shapes.Shape, axis int) (compute.Value, error) {
	if err := f.open(compute.OpTypeIota); err != nil {
		return nil, err
	}
	err := f.builder.backend.supports(s.DType)
	if err == nil && (axis < 0 || axis >= s.Rank()) {
		err = fmt.Errorf("no axis %d in %s", axis, s)
	}
	return f.one(compute.OpTypeIota, iotaPlanner(axis), nil, s, err)
}

func iotaPlanner(axis int) planner {
	return func(_ *compilation, _, out []shapes.Shape) (kernel, error) {
		count, err := counterFor(out[0].DType)
		if err != nil {
			return kernel{}, err
		}
		dims := out[0].Dimensions
		inner := sizeOf(dims[axis+1:])
		return kernel{run: func(_, out [][]byte, _ []byte) error {
			count(out[0], dims[axis], inner)
			return nil
		}}, nil
	}
}

// rowStrides returns how many elements lie between neighbors along each axis.
func rowStrides(dims []int) []int {
	strides := make([]int, len(dims))
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = n
		n *= dims[i]
	}
	return strides
}

func sizeOf(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
