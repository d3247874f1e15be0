package gonum

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/simd"
)

// vectorOps are the operations on floats that package simd has kernels for.
var vectorOps = map[compute.OpType]simd.Op{
	compute.OpTypeAdd: simd.Add, compute.OpTypeSub: simd.Sub, compute.OpTypeMul: simd.Mul, compute.OpTypeDiv: simd.Div,
	compute.OpTypeMax: simd.Max, compute.OpTypeMin: simd.Min,
	compute.OpTypeNeg: simd.Neg, compute.OpTypeAbs: simd.Abs, compute.OpTypeSqrt: simd.Sqrt,
	compute.OpTypeCeil: simd.Ceil, compute.OpTypeFloor: simd.Floor, compute.OpTypeRound: simd.Round,
	compute.OpTypeExp: simd.Exp, compute.OpTypeExpm1: simd.Expm1, compute.OpTypeLog: simd.Log,
	compute.OpTypeLogistic: simd.Logistic, compute.OpTypeTanh: simd.Tanh, compute.OpTypeRsqrt: simd.Rsqrt,
	compute.OpTypeEqual: simd.Equal, compute.OpTypeNotEqual: simd.NotEqual,
	compute.OpTypeGreaterOrEqual: simd.GreaterEqual, compute.OpTypeGreaterThan: simd.Greater,
	compute.OpTypeLessOrEqual: simd.LessEqual, compute.OpTypeLessThan: simd.Less,
}

// vectorLoop returns the loop of an operation on floats in vector instructions; nil for
// other dtypes, and where the processor or the operation has none.
func vectorLoop(op compute.OpType, dtype dtypes.DType) loop {
	v, ok := vectorOps[op]
	if !ok || dtype != dtypes.Float32 && dtype != dtypes.Float64 {
		return nil
	}
	return v.Loop(simd.Best(), dtype.Size())
}

// vectorConversions are the conversions that package simd has kernels for, by dtypes.
var vectorConversions = conversionLoops()

func conversionLoops() map[[2]dtypes.DType]loop {
	loops := map[[2]dtypes.DType]loop{}
	for pair, op := range map[[2]dtypes.DType]simd.Op{
		{dtypes.Bool, dtypes.Float32}:     simd.FromBool,
		{dtypes.Uint8, dtypes.Float32}:    simd.FromUint8,
		{dtypes.Int8, dtypes.Float32}:     simd.FromInt8,
		{dtypes.Int32, dtypes.Float32}:    simd.FromInt32,
		{dtypes.BFloat16, dtypes.Float32}: simd.FromBFloat16,
		{dtypes.Float32, dtypes.Uint8}:    simd.ToUint8,
		{dtypes.Float32, dtypes.Int8}:     simd.ToInt8,
		{dtypes.Float32, dtypes.BFloat16}: simd.ToBFloat16,
		{dtypes.Float32, dtypes.Float64}:  simd.Widen,
		{dtypes.Float64, dtypes.Float32}:  simd.Narrow,
	} {
		if l := op.Loop(simd.Best(), dtypes.Float32.Size()); l != nil {
			loops[pair] = l
		}
	}
	if l := simd.FromBool.Loop(simd.Best(), dtypes.Float64.Size()); l != nil {
		loops[[2]dtypes.DType{dtypes.Bool, dtypes.Float64}] = l
	}
	return loops
}
