package gonum

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Go types by what they can do. bool, float16 and bfloat16 are in none: booleans have
// their own loops, and half precision is computed as float32.
type (
	signed   interface{ int8 | int16 | int32 | int64 }
	unsigned interface {
		uint8 | uint16 | uint32 | uint64
	}
	integer  interface{ signed | unsigned }
	floating interface{ float32 | float64 }
	number   interface{ integer | floating }
	// word is an element seen as bits of its size, for operations that only move data.
	word interface {
		uint8 | uint16 | uint32 | uint64
	}
)

// physical returns the dtype in which values of the declared dtype are stored.
func (b *Backend) physical(declared dtypes.DType) dtypes.DType {
	if b.wide && declared.IsFloat() {
		return dtypes.Float64
	}
	return declared
}

// computed returns the dtype in which values of a stored dtype are computed: float32 for
// half precision.
func computed(stored dtypes.DType) dtypes.DType {
	if stored.IsHalfPrecision() {
		return dtypes.Float32
	}
	return stored
}

// stored returns the shape as it lies in memory.
func (b *Backend) stored(s shapes.Shape) shapes.Shape {
	s.DType = b.physical(s.DType)
	return s
}

// bytesOf returns how many bytes a stored shape takes.
func bytesOf(s shapes.Shape) int { return s.DType.SizeForDimensions(s.Dimensions...) }

// view reads memory as values of T. The memory comes from allocate, so that it is aligned
// for any element.
func view[T any](b []byte) []T {
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
}

// allocate returns n bytes of zeros, aligned to 16. The alignment is part of the results:
// gonum's vector kernels sum in an order that depends on how their operands lie to it,
// and the allocator gives less to objects of under 32 bytes. Where a call is inlined, the
// compiler may take them from the stack, which aligns to 8.
//
//go:noinline
func allocate(n int) []byte {
	return rawBytes(make([]uint64, max(4, (n+7)/8)))[:n:n]
}

// rawBytes returns the memory behind a slice of T.
func rawBytes[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// sliceDType returns the dtype of a slice's elements.
func sliceDType(flat any) (dtypes.DType, error) {
	t := reflect.TypeOf(flat)
	if t == nil || t.Kind() != reflect.Slice {
		return dtypes.InvalidDType, fmt.Errorf("want a slice of values, got %T", flat)
	}
	dtype := dtypes.FromGoType(t.Elem())
	if dtype == dtypes.InvalidDType {
		return dtype, fmt.Errorf("no dtype for values of %s", t.Elem())
	}
	return dtype, nil
}
