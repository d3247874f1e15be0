package gonum

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// packedGrain is how many packed bytes one goroutine converts at a time.
const packedGrain = 1 << 14

// convertPacked converts from or to a dtype of less than a byte, by way of one of a byte.
// Integers that do not fit keep their low bits; floats become the nearest end of the
// range.
func (f *function) convertPacked(in []*value, to dtypes.DType, err error) (compute.Value, error) {
	const op = compute.OpTypeConvertDType
	if err != nil {
		return nil, opError(op, in, err)
	}
	if from := in[0].shape.DType; from.IsPacked() {
		byteWide := wholeBytes(from)
		s := in[0].shape.Clone()
		s.DType = byteWide
		v, err := f.move(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
			return unpackKernel(from, in[0].Size()), nil
		}, in, s, nil)
		if err != nil || to == byteWide {
			return v, err
		}
		return f.ConvertDType(v, to)
	}
	saturate := in[0].shape.DType.IsFloat()
	v, err := f.ConvertDType(in[0], wholeBytes(to))
	if err != nil {
		return nil, err
	}
	s := in[0].shape.Clone()
	s.DType = to
	return f.move(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		return packKernel(to, in[0].Size(), saturate), nil
	}, []*value{v.(*value)}, s, nil)
}

// wholeBytes returns the dtype of one byte that holds all values of a packed one.
func wholeBytes(packed dtypes.DType) dtypes.DType {
	if packed.IsUnsigned() {
		return dtypes.Uint8
	}
	return dtypes.Int8
}

// unpackKernel gives each value a byte of its own.
func unpackKernel(from dtypes.DType, n int) kernel {
	per := 8 / from.Bits()
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		spans(len(in[0]), packedGrain, func(lo, hi int) {
			unpackValues(out[0][lo*per:min(n, hi*per)], in[0][lo:hi], from)
		})
		return nil
	}}
}

// unpackValues writes as many values as dst holds, the first one in the lowest bits of
// the first byte, signs extended.
func unpackValues(dst, src []byte, from dtypes.DType) {
	width := from.Bits()
	per := 8 / width
	high := 8 - width
	signed := !from.IsUnsigned()
	for i := range dst {
		v := src[i/per] >> (i % per * width) << high
		if signed {
			dst[i] = byte(int8(v) >> high)
		} else {
			dst[i] = v >> high
		}
	}
}

// packKernel puts values of a byte together. saturate takes those that do not fit to the
// nearest end.
func packKernel(to dtypes.DType, n int, saturate bool) kernel {
	width := to.Bits()
	per := 8 / width
	low, high := 0, 1<<width-1
	signed := !to.IsUnsigned()
	if signed {
		low, high = -1<<(width-1), 1<<(width-1)-1
	}
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		spans(len(out[0]), packedGrain, func(lo, hi int) {
			for b := lo; b < hi; b++ {
				var packed byte
				for i, v := range in[0][b*per : min(n, (b+1)*per)] {
					if saturate {
						x := int(v)
						if signed {
							x = int(int8(v))
						}
						v = byte(max(low, min(high, x)))
					}
					packed |= v & (1<<width - 1) << (i * width)
				}
				out[0][b] = packed
			}
		})
		return nil
	}}
}
