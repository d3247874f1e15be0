package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// supportedDTypes are the dtypes that programs may declare. Those of less than a byte are
// packed, and can be bitcast, converted, and used as quantized weights.
var supportedDTypes = []dtypes.DType{
	dtypes.Bool,
	dtypes.Int2, dtypes.Uint2, dtypes.Int4, dtypes.Uint4,
	dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64,
	dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64,
	dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64,
}

// supports returns an error for a dtype that the engine does not have.
func (b *Backend) supports(dtype dtypes.DType) error {
	for _, d := range supportedDTypes {
		if d == dtype {
			return nil
		}
	}
	return fmt.Errorf("dtype %s: %w", dtype, compute.ErrNotImplemented)
}

// Capabilities lists the operations and dtypes of the engine.
func (b *Backend) Capabilities() compute.Capabilities {
	c := compute.Capabilities{
		Operations:    map[compute.OpType]bool{},
		DTypes:        map[dtypes.DType]bool{},
		Functions:     true,
		DynamicShapes: compute.DynamicShapesRecompiling,
	}
	for _, d := range supportedDTypes {
		c.DTypes[d] = true
	}
	for _, group := range [][]compute.OpType{leafOps, elementOps, shapeOps, reduceOps, linearOps, controlOps, dynamicOps, fusedOps} {
		for _, op := range group {
			c.Operations[op] = true
		}
	}
	return c
}

var leafOps = []compute.OpType{compute.OpTypeParameter, compute.OpTypeConstant}
