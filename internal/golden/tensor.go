package golden

import (
	"fmt"
	"math"
	"reflect"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
)

// Tensor is a dense array on the host, in row-major order. Name is used in messages and
// as the key in a Fixture.
type Tensor struct {
	Name  string
	Shape shapes.Shape
	Flat  any // slice of the Go type of Shape.DType, with Shape.Size() elements
}

// Of wraps a flat slice of a supported Go type. It panics if the dimensions do not have
// len(flat) elements.
func Of(flat any, dims ...int) Tensor {
	v := reflect.ValueOf(flat)
	if v.Kind() != reflect.Slice {
		panic(fmt.Sprintf("golden: Of: want a slice, got %T", flat))
	}
	shape := shapes.Make(dtypes.FromGoType(v.Type().Elem()), dims...)
	if shape.Size() != v.Len() {
		panic(fmt.Sprintf("golden: Of: shape %s wants %d elements, got %d", shape, shape.Size(), v.Len()))
	}
	return Tensor{Shape: shape, Flat: flat}
}

// New converts float64 values to the dtype: floats are rounded, integers truncated, and
// for bool everything but zero is true. Integer values beyond 2^53 need Of.
func New(dtype dtypes.DType, values []float64, dims ...int) Tensor {
	flat := dtypes.MakeAnySlice(dtype, len(values))
	for i, x := range values {
		set(flat, i, x)
	}
	return Of(flat, dims...)
}

// Named returns the tensor with another name.
func (t Tensor) Named(name string) Tensor {
	t.Name = name
	return t
}

// Len is the number of elements.
func (t Tensor) Len() int { return t.Shape.Size() }

// Float64s converts every element to float64; true is 1. Integers beyond 2^53 lose their
// low bits: Compare does not use it for integers.
func (t Tensor) Float64s() []float64 {
	out := make([]float64, t.Len())
	for i := range out {
		out[i] = t.at(i)
	}
	return out
}

func (t Tensor) at(i int) float64 {
	switch flat := t.Flat.(type) {
	case []float32:
		return float64(flat[i])
	case []float64:
		return flat[i]
	case []float16.Float16:
		return flat[i].Float64()
	case []bfloat16.BFloat16:
		return flat[i].Float64()
	case []bool:
		if flat[i] {
			return 1
		}
		return 0
	}
	v := reflect.ValueOf(t.Flat).Index(i)
	if v.CanInt() {
		return float64(v.Int())
	}
	return float64(v.Uint())
}

func set(flat any, i int, x float64) {
	switch flat := flat.(type) {
	case []float32:
		flat[i] = float32(x)
	case []float64:
		flat[i] = x
	case []float16.Float16:
		flat[i] = toFloat16(x)
	case []bfloat16.BFloat16:
		flat[i] = bfloat16.FromFloat32(float32(x))
	case []bool:
		flat[i] = x != 0
	default:
		v := reflect.ValueOf(flat).Index(i)
		if v.CanInt() {
			v.SetInt(int64(x))
		} else {
			v.SetUint(uint64(x))
		}
	}
}

// toFloat16 rounds to nearest even. Package float16 turns everything below the smallest
// normal number into zero.
func toFloat16(x float64) float16.Float16 {
	sign := uint16(0)
	if math.Signbit(x) {
		sign = 1 << 15
	}
	_, exp := math.Frexp(x)       // 2^(exp-1) <= |x| < 2^exp
	exp = max(exp-1, -14)         // subnormal numbers have the spacing of the smallest binade
	unit := math.Ldexp(1, exp-10) // ten bits after the leading one
	bits := (exp+14)<<10 + int(math.RoundToEven(math.Abs(x)/unit))
	switch {
	case x == 0:
		return float16.FromBits(sign)
	case math.IsNaN(x):
		return float16.FromBits(sign | 0x7e00)
	case math.IsInf(x, 0) || bits >= 0x7c00:
		return float16.FromBits(sign | 0x7c00)
	}
	return float16.FromBits(sign | uint16(bits))
}
