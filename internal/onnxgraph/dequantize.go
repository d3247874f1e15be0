package onnxgraph

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"

	"github.com/pifr-go/pifr/internal/shape"
)

// foldDequantize computes (x - zero point) * scale for a constant x. The scale is one
// number, one per index of an axis, or, with block_size, one for each run of this many
// indices along the axis.
func foldDequantize(net *network, n *protos.NodeProto) (*array, error) {
	x, scale, zero := net.consts[n.Input[0]], net.consts[input(n, 1)], net.consts[input(n, 2)]
	if scale == nil || scale.dtype != protos.TensorProto_FLOAT || x.dtype == protos.TensorProto_FLOAT {
		return nil, unsupported("dequantizing %s by this scale", x.dtype)
	}
	if zero != nil && (zero.dtype == protos.TensorProto_FLOAT || !slices.Equal(zero.dims, scale.dims)) {
		return nil, fmt.Errorf("the zero point has sizes %v, the scale %v", zero.dims, scale.dims)
	}
	strides, err := scaleStrides(n, x.dims, scale.dims)
	if err != nil {
		return nil, err
	}
	out := make([]float32, x.size())
	for i, v := range x.ints {
		at := strides.index(i)
		if zero != nil {
			v -= zero.ints[at]
		}
		out[i] = float32(v) * scale.floats[at]
	}
	return floatArray(out, x.dims...), nil
}

// scaling finds the scale of an element: its position is (outer, along the axis, inner).
type scaling struct{ axis, inner, block, blocks int }

func (s scaling) index(i int) int {
	switch {
	case s.axis == 0: // one scale for all
		return 0
	case s.block == 0: // one per index of the axis
		return i / s.inner % s.axis
	}
	outer, along := i/(s.inner*s.axis), i/s.inner%s.axis
	return (outer*s.blocks+along/s.block)*s.inner + i%s.inner
}

func scaleStrides(n *protos.NodeProto, x, scale []int) (scaling, error) {
	block := int(attrInt(n, "block_size", 0))
	if shape.Size(scale) == 1 && len(scale) <= 1 && block == 0 {
		return scaling{}, nil
	}
	axis := int(attrInt(n, "axis", 1))
	if axis < 0 {
		axis += len(x)
	}
	if axis < 0 || axis >= len(x) || block < 0 {
		return scaling{}, fmt.Errorf("axis %d and block size %d do not fit sizes %v", axis, block, x)
	}
	s := scaling{axis: x[axis], inner: shape.Size(x[axis+1:]), block: block}
	want := []int{x[axis]}
	if block > 0 {
		s.blocks = (x[axis] + block - 1) / block
		want = slices.Clone(x)
		want[axis] = s.blocks
	}
	if !slices.Equal(scale, want) {
		return scaling{}, fmt.Errorf("the scale has sizes %v, want %v", scale, want)
	}
	return s, nil
}
