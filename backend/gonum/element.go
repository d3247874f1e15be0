package gonum

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"

	"github.com/pifr-go/pifr/internal/simd"
)

// elementOps are the operations of unary.go, binary.go and compare.go.
var elementOps = []compute.OpType{
	compute.OpTypeAbs, compute.OpTypeBitCount, compute.OpTypeBitwiseNot, compute.OpTypeCeil, compute.OpTypeClz,
	compute.OpTypeCos, compute.OpTypeErf, compute.OpTypeExp, compute.OpTypeExpm1, compute.OpTypeFloor,
	compute.OpTypeIsFinite, compute.OpTypeIsNaN, compute.OpTypeLog, compute.OpTypeLog1p, compute.OpTypeLogicalNot,
	compute.OpTypeLogistic, compute.OpTypeNeg, compute.OpTypeRound, compute.OpTypeRsqrt, compute.OpTypeSign,
	compute.OpTypeSin, compute.OpTypeSqrt, compute.OpTypeTanh,

	compute.OpTypeAdd, compute.OpTypeAtan2, compute.OpTypeBitwiseAnd, compute.OpTypeBitwiseOr, compute.OpTypeBitwiseXor,
	compute.OpTypeDiv, compute.OpTypeLogicalAnd, compute.OpTypeLogicalOr, compute.OpTypeLogicalXor, compute.OpTypeMax,
	compute.OpTypeMin, compute.OpTypeMul, compute.OpTypePow, compute.OpTypeRem, compute.OpTypeSub,
	compute.OpTypeShiftLeft, compute.OpTypeShiftRightArithmetic, compute.OpTypeShiftRightLogical,

	compute.OpTypeEqual, compute.OpTypeNotEqual, compute.OpTypeGreaterOrEqual, compute.OpTypeGreaterThan,
	compute.OpTypeLessOrEqual, compute.OpTypeLessThan,
	compute.OpTypeEqualTotalOrder, compute.OpTypeNotEqualTotalOrder, compute.OpTypeGreaterOrEqualTotalOrder,
	compute.OpTypeGreaterThanTotalOrder, compute.OpTypeLessOrEqualTotalOrder, compute.OpTypeLessThanTotalOrder,

	compute.OpTypeClamp, compute.OpTypeConvertDType, compute.OpTypeWhere,
}

// element adds an operation that works element by element, to be fused with its
// neighbors.
func (f *function) element(op compute.OpType, in []*value, out shapes.Shape, err error, l func(in []dtypes.DType, out dtypes.DType) (loop, error)) (compute.Value, error) {
	v, err := f.one(op, nil, in, out, err)
	if err == nil {
		n := v.(*value).node
		n.element = &elementwise{loop: l}
		if err := checkLoop(f.builder.backend, n); err != nil {
			return nil, opError(op, in, err)
		}
	}
	return v, err
}

// checkLoop makes sure, while the graph is built, that the operation exists for its
// dtypes.
func checkLoop(b *Backend, n *node) error {
	in := make([]dtypes.DType, len(n.inputs))
	for i, v := range n.inputs {
		in[i] = computed(b.physical(v.shape.DType))
	}
	_, err := n.element.loop(in, computed(b.physical(n.outs[0].shape.DType)))
	return err
}

// Clamp is max(low, min(x, high)); low and high are scalars or have x's shape.
func (f *function) Clamp(low, x, high compute.Value) (compute.Value, error) {
	y, err := f.Max(low, x)
	if err != nil {
		return nil, err
	}
	return f.Min(y, high)
}

// Where selects element by element; scalars are repeated.
func (f *function) Where(condition, onTrue, onFalse compute.Value) (compute.Value, error) {
	in, err := f.values(compute.OpTypeWhere, condition, onTrue, onFalse)
	if err != nil {
		return nil, err
	}
	s, err := si.Where(in[0].shape, in[1].shape, in[2].shape)
	return f.element(compute.OpTypeWhere, in, s, err, func(in []dtypes.DType, _ dtypes.DType) (loop, error) {
		size := in[1].Size()
		if size >= 4 {
			if l := simd.Choose.Loop(simd.Best(), size); l != nil {
				return l, nil
			}
		}
		switch size {
		case 1:
			return selectLoop[uint8], nil
		case 2:
			return selectLoop[uint16], nil
		case 4:
			return selectLoop[uint32], nil
		}
		return selectLoop[uint64], nil
	})
}

func selectLoop[T word](dst, c, t, e []byte) {
	y, cond, yes, no := view[T](dst), view[bool](c), view[T](t), view[T](e)
	cond, yes, no = cond[:len(y)], yes[:len(y)], no[:len(y)]
	for i := range y {
		v := no[i]
		if cond[i] {
			v = yes[i]
		}
		y[i] = v
	}
}
