package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// Bitcast reads the bits of values as another dtype, first bits lowest. A narrower dtype
// adds a last axis; a wider one takes the last axis away. Bits are those of the declared
// dtypes, also where floats are held in float64.
func (f *function) Bitcast(x compute.Value, to dtypes.DType) (compute.Value, error) {
	const op = compute.OpTypeBitcast
	in, err := f.values(op, x)
	if err != nil {
		return nil, err
	}
	from := in[0].shape.DType
	if from == to {
		return f.Identity(in[0])
	}
	if err := f.builder.backend.supports(to); err != nil {
		return nil, opError(op, in, err)
	}
	if to == dtypes.Bool {
		// A boolean of any byte but 0 and 1 breaks what reads it.
		return nil, opError(op, in, fmt.Errorf("bits read as %s: %w", to, compute.ErrNotImplemented))
	}
	if in[0].shape.IsScalar() && to.Bits() > from.Bits() {
		return nil, opError(op, in, fmt.Errorf("a scalar of %s has too few bits for %s", from, to))
	}
	s, err := si.Bitcast(in[0].shape, to)
	return f.move(op, func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		return bitcastKernel(from, to, in[0], out[0]), nil
	}, in, s, err)
}

// bitcastKernel goes through the declared bits where values are stored in another dtype.
func bitcastKernel(from, to dtypes.DType, x, y shapes.Shape) kernel {
	if x.DType == from && y.DType == to {
		return kernel{alias: true}
	}
	size := from.SizeForDimensions(x.Dimensions...)
	k := kernel{}
	if x.DType != from && y.DType != to {
		k.scratch = size
	}
	k.run = func(in, out [][]byte, scratch []byte) error {
		switch {
		case x.DType == from:
			convertFloats(out[0], y.DType, in[0], to)
		case y.DType == to:
			convertFloats(out[0], from, in[0], x.DType)
		default:
			convertFloats(scratch, from, in[0], x.DType)
			convertFloats(out[0], y.DType, scratch, to)
		}
		return nil
	}
	return k
}
