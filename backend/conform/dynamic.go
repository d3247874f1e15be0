package conform

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testDynamic checks axes whose sizes are known only when the computation runs: the
// operations that read or set them, and a few ordinary ones along such an axis, each with
// more than one size.
func testDynamic(t *testing.T, e subject) { e.check(t, dynamicCases()) }

// batchOf declares a shape whose first axis is dynamic.
func batchOf(dtype dtypes.DType, rest ...int) shapes.Shape {
	return shapes.MakeDynamic(dtype, append([]int{shapes.DynamicDim}, rest...), append([]string{"batch"}, fill(len(rest), "")...))
}

func dynamicCases() []testCase {
	var cases []testCase
	for _, batch := range []int{1, 2, 5} {
		x := uniform("x", dtypes.Float32, batch, 6)
		size := golden.Of([]int32{int32(batch)})
		named := compute.DynamicDimensionSpec{Name: "batch"}
		add := func(name string, op compute.OpType, inputs, want []golden.Tensor, build builder) {
			c := testCase{name: fmt.Sprintf("Dynamic/%s/batch%d", name, batch), needs: []compute.OpType{op}, inputs: inputs, want: want, build: build}
			for i, in := range inputs {
				shape := in.Shape
				if i == 0 {
					shape = batchOf(in.Shape.DType, in.Shape.Dimensions[1:]...)
				}
				c.params = append(c.params, shape)
			}
			cases = append(cases, c)
		}
		only := []golden.Tensor{x}
		add("DynamicDimensionSize", compute.OpTypeDynamicDimensionSize, only, []golden.Tensor{size},
			unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.DynamicDimensionSize(x, 0) }))
		add("DynamicShape", compute.OpTypeDynamicShape, only, []golden.Tensor{golden.Of([]int32{int32(batch), 6}, 2)}, unary(compute.Function.DynamicShape))
		add("DynamicReshape", compute.OpTypeDynamicReshape, only, []golden.Tensor{golden.Of(x.Flat, batch, 2, 3)},
			unary(func(f compute.Function, x compute.Value) (compute.Value, error) {
				return f.DynamicReshape(x, named, compute.DynamicDimensionSpec{Static: 2}, compute.DynamicDimensionSpec{Static: 3})
			}))
		bias := uniform("bias", dtypes.Float32, 6)
		add("DynamicBroadcastInDim", compute.OpTypeDynamicBroadcastInDim, []golden.Tensor{x, bias}, []golden.Tensor{repeated(bias, batch)},
			binary(func(f compute.Function, _, b compute.Value) (compute.Value, error) {
				return f.DynamicBroadcastInDim(b, []int{1}, named, compute.DynamicDimensionSpec{Static: 6})
			}))
		iota := make([]float64, batch*3)
		for i := range iota {
			iota[i] = float64(i / 3)
		}
		add("DynamicIota", compute.OpTypeDynamicIota, only, []golden.Tensor{golden.New(dtypes.Int32, iota, batch, 3)},
			unary(func(f compute.Function, _ compute.Value) (compute.Value, error) {
				return f.DynamicIota(dtypes.Int32, 0, named, compute.DynamicDimensionSpec{Static: 3})
			}))
		cases = append(cases, dynamicPadCase(batch))
		cases = append(cases, alongBatch(x, bias)...)
	}
	return cases
}

// repeated stacks n copies of a vector.
func repeated(v golden.Tensor, n int) golden.Tensor {
	return golden.New(v.Shape.DType, slices.Repeat(v.Float64s(), n), n, v.Len())
}

// dynamicPadCase pads by an amount that is an operand.
func dynamicPadCase(before int) testCase {
	x := uniform("x", dtypes.Float32, 2, 2)
	v := x.Float64s()
	want := slices.Repeat([]float64{9, 9, 9}, before)
	want = append(want, 9, v[0], v[1], 9, v[2], v[3], 9, 9, 9)
	return testCase{name: fmt.Sprintf("Dynamic/DynamicPad/%d", before), needs: []compute.OpType{compute.OpTypeDynamicPad},
		inputs: []golden.Tensor{x, golden.Of([]float32{9}), golden.Of([]int32{int32(before)})},
		params: []shapes.Shape{x.Shape, shapes.Make(dtypes.Float32), shapes.Make(dtypes.Int32)},
		want:   []golden.Tensor{golden.New(dtypes.Float32, want, before+3, 3)},
		build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return one(f.DynamicPad(in[0], in[1], compute.DynamicPadAxis{StartValue: in[2], End: 1}, compute.DynamicPadAxis{Start: 1}))
		}}
}

// alongBatch runs ordinary operations on operands with a dynamic first axis: matrix
// multiply, sum, convolution.
func alongBatch(x, bias golden.Tensor) []testCase {
	batch := x.Shape.Dimensions[0]
	w := uniform("w", dtypes.Float32, 6, 4)
	product, dims := contract(dotSpec{a: []int{batch, 6}, b: []int{6, 4}, aSum: []int{1}, bSum: []int{0}}, x.Float64s(), w.Float64s())
	rows, _ := fold(x.Float64s(), []int{batch, 6}, []int{1}, 0, func(a, v float64) float64 { return a + v })
	columns, _ := fold(x.Float64s(), []int{batch, 6}, []int{0}, 0, func(a, v float64) float64 { return a + v })
	spec := convSpec{input: []int{batch, 5, 4, 3}, kernel: []int{3, 3, 3, 2}, axes: channelsLast(2), pads: [][2]int{{1, 1}, {1, 1}}}
	conv := spec.testCase(dtypes.Float32)
	conv.name = fmt.Sprintf("Dynamic/ConvGeneral/batch%d", batch)
	conv.params = []shapes.Shape{batchOf(dtypes.Float32, 5, 4, 3), conv.inputs[1].Shape}
	return []testCase{
		{name: fmt.Sprintf("Dynamic/DotGeneral/batch%d", batch), needs: []compute.OpType{compute.OpTypeDotGeneral},
			inputs: []golden.Tensor{x, w}, params: []shapes.Shape{batchOf(dtypes.Float32, 6), w.Shape},
			want: []golden.Tensor{golden.New(dtypes.Float32, product, dims...)},
			build: binary(func(f compute.Function, a, b compute.Value) (compute.Value, error) {
				return f.DotGeneral(a, []int{1}, nil, b, []int{0}, nil, compute.DotGeneralConfig{})
			})},
		{name: fmt.Sprintf("Dynamic/ReduceSum/batch%d", batch), needs: []compute.OpType{compute.OpTypeReduceSum},
			inputs: []golden.Tensor{x}, params: []shapes.Shape{batchOf(dtypes.Float32, 6)},
			want: []golden.Tensor{golden.New(dtypes.Float32, rows, batch), golden.New(dtypes.Float32, columns, 6)},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				byRow, err := f.ReduceSum(in[0], 1)
				if err != nil {
					return nil, err
				}
				byColumn, err := f.ReduceSum(in[0], 0)
				return []compute.Value{byRow, byColumn}, err
			}},
		conv,
	}
}
