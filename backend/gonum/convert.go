package gonum

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// ConvertDType converts values. Floats become integers by truncation, NaN becoming 0 and
// what is out of range the nearest end of it; anything becomes a boolean by comparing
// with 0.
func (f *function) ConvertDType(x compute.Value, to dtypes.DType) (compute.Value, error) {
	in, err := f.values(compute.OpTypeConvertDType, x)
	if err != nil {
		return nil, err
	}
	if in[0].shape.DType == to {
		return in[0], nil
	}
	err = f.builder.backend.supports(to)
	if in[0].shape.DType.IsPacked() || to.IsPacked() {
		return f.convertPacked(in, to, err)
	}
	s := in[0].shape.Clone()
	s.DType = to
	return f.element(compute.OpTypeConvertDType, in, s, err, func(in []dtypes.DType, out dtypes.DType) (loop, error) {
		return convertLoop(in[0], out)
	})
}

// convertLoop returns the loop between two computed dtypes.
func convertLoop(from, to dtypes.DType) (loop, error) {
	l := vectorConversions[[2]dtypes.DType{from, to}]
	if l != nil {
		return l, nil
	}
	switch from {
	case dtypes.Bool:
		l = fromBool(to)
	case dtypes.Float32:
		l = fromNumber[float32](to)
	case dtypes.Float64:
		l = fromNumber[float64](to)
	case dtypes.Int8:
		l = fromNumber[int8](to)
	case dtypes.Int16:
		l = fromNumber[int16](to)
	case dtypes.Int32:
		l = fromNumber[int32](to)
	case dtypes.Int64:
		l = fromNumber[int64](to)
	case dtypes.Uint8:
		l = fromNumber[uint8](to)
	case dtypes.Uint16:
		l = fromNumber[uint16](to)
	case dtypes.Uint32:
		l = fromNumber[uint32](to)
	case dtypes.Uint64:
		l = fromNumber[uint64](to)
	}
	if l == nil {
		return nil, fmt.Errorf("conversion of %s to %s: %w", from, to, compute.ErrNotImplemented)
	}
	return l, nil
}

func fromNumber[F number](to dtypes.DType) loop {
	switch to {
	case dtypes.Bool:
		return map1(func(x F) bool { return x != 0 })
	case dtypes.Float32:
		return map1(func(x F) float32 { return float32(x) })
	case dtypes.Float64:
		return map1(func(x F) float64 { return float64(x) })
	case dtypes.Int8:
		return toInteger[F, int8]()
	case dtypes.Int16:
		return toInteger[F, int16]()
	case dtypes.Int32:
		return toInteger[F, int32]()
	case dtypes.Int64:
		return toInteger[F, int64]()
	case dtypes.Uint8:
		return toInteger[F, uint8]()
	case dtypes.Uint16:
		return toInteger[F, uint16]()
	case dtypes.Uint32:
		return toInteger[F, uint32]()
	case dtypes.Uint64:
		return toInteger[F, uint64]()
	}
	return nil
}

// toInteger wraps integers around, and saturates floats: Go leaves float conversions out
// of range open.
func toInteger[F number, T integer]() loop {
	if F(1)/F(2) == 0 {
		return map1(func(x F) T { return T(x) })
	}
	low, high := integerRange[T]()
	return map1(func(x F) T {
		switch v := float64(x); {
		case v != v:
			return 0
		case v <= float64(low):
			return low
		case v >= float64(high):
			return high
		}
		return T(x)
	})
}

// integerRange returns the least and the greatest value of an integer type.
func integerRange[T integer]() (low, high T) {
	if ^T(0) > 0 {
		return 0, ^T(0)
	}
	low = T(1) << (8*unsafe.Sizeof(low) - 1)
	return low, ^low
}

func fromBool(to dtypes.DType) loop {
	switch to {
	case dtypes.Bool:
		return map1(func(x bool) bool { return x })
	case dtypes.Float32:
		return boolTo[float32]()
	case dtypes.Float64:
		return boolTo[float64]()
	case dtypes.Int8, dtypes.Uint8:
		return boolTo[uint8]()
	case dtypes.Int16, dtypes.Uint16:
		return boolTo[uint16]()
	case dtypes.Int32, dtypes.Uint32:
		return boolTo[uint32]()
	case dtypes.Int64, dtypes.Uint64:
		return boolTo[uint64]()
	}
	return nil
}

func boolTo[T number]() loop {
	return map1(func(x bool) T {
		if x {
			return 1
		}
		return 0
	})
}

// convertFloats converts between two float dtypes as they may be stored, rounding to
// nearest even.
func convertFloats(dst []byte, to dtypes.DType, src []byte, from dtypes.DType) {
	if l := vectorConversions[[2]dtypes.DType{from, to}]; l != nil {
		n := min(len(dst)/to.Size(), len(src)/from.Size())
		l(dst[:n*to.Size()], src, nil, nil)
		return
	}
	switch from {
	case dtypes.Float64:
		floatsTo(dst, to, view[float64](src))
	case dtypes.Float32:
		floatsTo(dst, to, view[float32](src))
	case dtypes.Float16:
		x := view[float16.Float16](src)
		floatsFrom(dst, to, len(x), func(i int) float32 { return x[i].Float32() })
	case dtypes.BFloat16:
		x := view[uint16](src)
		floatsFrom(dst, to, len(x), func(i int) float32 { return math.Float32frombits(uint32(x[i]) << 16) })
	}
}

func floatsTo[T floating](dst []byte, to dtypes.DType, x []T) {
	switch to {
	case dtypes.Float64:
		y := view[float64](dst)
		for i := range y {
			y[i] = float64(x[i])
		}
	case dtypes.Float32:
		y := view[float32](dst)
		for i := range y {
			y[i] = float32(x[i])
		}
	case dtypes.Float16:
		y := view[float16.Float16](dst)
		for i := range y {
			y[i] = toFloat16(float32(x[i]))
		}
	case dtypes.BFloat16:
		y := view[bfloat16.BFloat16](dst)
		for i := range y {
			y[i] = bfloat16.FromFloat32(float32(x[i]))
		}
	}
}

// floatsFrom widens half precision, or turns one half-precision dtype into the other.
func floatsFrom(dst []byte, to dtypes.DType, n int, at func(i int) float32) {
	switch to {
	case dtypes.Float64:
		y := view[float64](dst)[:n]
		for i := range y {
			y[i] = float64(at(i))
		}
	case dtypes.Float32:
		y := view[float32](dst)[:n]
		for i := range y {
			y[i] = at(i)
		}
	case dtypes.Float16:
		y := view[float16.Float16](dst)[:n]
		for i := range y {
			y[i] = toFloat16(at(i))
		}
	case dtypes.BFloat16:
		y := view[bfloat16.BFloat16](dst)[:n]
		for i := range y {
			y[i] = bfloat16.FromFloat32(at(i))
		}
	}
}

// integerAt reads the first element as an int.
func integerAt(data []byte, dtype dtypes.DType) (int, error) {
	switch dtype {
	case dtypes.Int8:
		return int(view[int8](data)[0]), nil
	case dtypes.Int16:
		return int(view[int16](data)[0]), nil
	case dtypes.Int32:
		return int(view[int32](data)[0]), nil
	case dtypes.Int64:
		return int(view[int64](data)[0]), nil
	case dtypes.Uint8:
		return int(view[uint8](data)[0]), nil
	case dtypes.Uint16:
		return int(view[uint16](data)[0]), nil
	case dtypes.Uint32:
		return int(view[uint32](data)[0]), nil
	case dtypes.Uint64:
		return int(view[uint64](data)[0]), nil
	}
	return 0, fmt.Errorf("want an integer scalar, got %s", dtype)
}
