package onnxgraph

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"

	"github.com/pifr-go/pifr/internal/shape"
)

// array is a decoded constant. It is never changed once made, so that models and runners
// may share it.
type array struct {
	dtype  protos.TensorProto_DataType
	dims   []int
	floats []float32 // of FLOAT
	ints   []int64   // of all other types
}

func floatArray(values []float32, dims ...int) *array {
	return &array{dtype: protos.TensorProto_FLOAT, dims: dims, floats: values}
}

func intArray(values ...int64) *array {
	return &array{dtype: protos.TensorProto_INT64, dims: []int{len(values)}, ints: values}
}

func (a *array) size() int { return shape.Size(a.dims) }

// reshaped shares the values under other sizes.
func (a *array) reshaped(dims ...int) *array {
	b := *a
	b.dims = dims
	return &b
}

// widths are the bytes per element in raw data, of the types that are read.
var widths = map[protos.TensorProto_DataType]int{
	protos.TensorProto_FLOAT: 4, protos.TensorProto_INT64: 8, protos.TensorProto_INT32: 4, protos.TensorProto_INT16: 2,
	protos.TensorProto_INT8: 1, protos.TensorProto_UINT16: 2, protos.TensorProto_UINT8: 1, protos.TensorProto_BOOL: 1,
}

// decode reads a tensor. The declared sizes have to match the data at hand before
// anything is allocated by them.
func decode(t *protos.TensorProto) (*array, error) {
	if t == nil {
		return nil, fmt.Errorf("no tensor")
	}
	if t.DataLocation == protos.TensorProto_EXTERNAL || len(t.ExternalData) > 0 {
		return nil, fmt.Errorf("external data: %w", ErrUnsupported)
	}
	a := &array{dtype: protos.TensorProto_DataType(t.DataType)}
	width := widths[a.dtype]
	if width == 0 {
		return nil, fmt.Errorf("type %s: %w", a.dtype, ErrUnsupported)
	}
	have := max(len(t.RawData)/width, len(t.FloatData), len(t.Int32Data), len(t.Int64Data))
	n := 1
	for _, d := range t.Dims {
		if d < 0 || d > math.MaxInt32 || len(t.Dims) > maxRank {
			return nil, fmt.Errorf("sizes %v: %w", t.Dims[:min(len(t.Dims), maxRank)], ErrUnsupported)
		}
		a.dims = append(a.dims, int(d))
		if n <= have { // beyond that it is wrong already, and might overflow
			n *= int(d)
		}
	}
	if slices.Contains(t.Dims, 0) {
		n = 0
	}
	if n != have || len(t.RawData)%width != 0 {
		return nil, fmt.Errorf("sizes %v do not match the %d values stored", t.Dims, have)
	}
	return a, a.fill(t)
}

func (a *array) fill(t *protos.TensorProto) error {
	n := a.size()
	if a.dtype == protos.TensorProto_FLOAT {
		a.floats = slices.Clone(t.FloatData)
		if len(t.RawData) > 0 {
			a.floats = make([]float32, n)
			for i := range a.floats {
				a.floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.RawData[4*i:]))
			}
		}
		if len(a.floats) != n {
			return fmt.Errorf("the values stored are not of type FLOAT")
		}
		return nil
	}
	switch {
	case len(t.RawData) > 0:
		a.ints = make([]int64, n)
		for i := range a.ints {
			a.ints[i] = rawInt(t.RawData, i, a.dtype)
		}
	case a.dtype == protos.TensorProto_INT64:
		a.ints = slices.Clone(t.Int64Data)
	default:
		a.ints = make([]int64, len(t.Int32Data))
		for i, v := range t.Int32Data {
			a.ints[i] = int64(v)
		}
	}
	if len(a.ints) != n {
		return fmt.Errorf("the values stored are not of type %s", a.dtype)
	}
	return nil
}

func rawInt(raw []byte, i int, dtype protos.TensorProto_DataType) int64 {
	switch dtype {
	case protos.TensorProto_INT64:
		return int64(binary.LittleEndian.Uint64(raw[8*i:]))
	case protos.TensorProto_INT32:
		return int64(int32(binary.LittleEndian.Uint32(raw[4*i:])))
	case protos.TensorProto_INT16:
		return int64(int16(binary.LittleEndian.Uint16(raw[2*i:])))
	case protos.TensorProto_UINT16:
		return int64(binary.LittleEndian.Uint16(raw[2*i:]))
	case protos.TensorProto_INT8:
		return int64(int8(raw[i]))
	}
	return int64(raw[i])
}

// encode writes a small constant in full, to be part of a graph.
func (a *array) encode() *protos.TensorProto {
	t := a.header("")
	switch a.dtype {
	case protos.TensorProto_FLOAT:
		t.FloatData = a.floats
	case protos.TensorProto_INT64:
		t.Int64Data = a.ints
	default:
		for _, v := range a.ints {
			t.Int32Data = append(t.Int32Data, int32(v))
		}
	}
	return t
}

// header writes type and sizes only.
func (a *array) header(name string) *protos.TensorProto {
	t := &protos.TensorProto{Name: name, DataType: int32(a.dtype)}
	for _, d := range a.dims {
		t.Dims = append(t.Dims, int64(d))
	}
	return t
}
