package weights

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"

	"github.com/pifr-go/pifr/internal/shape"
)

// Tensor is a named array: numbers in row-major order, little-endian, len(Data) =
// product(Shape) * bytes per element.
type Tensor struct {
	Name  string
	DType dtypes.DType
	Shape []int
	Data  []byte
}

// widths are the bytes per element of the dtypes that files hold.
var widths = map[dtypes.DType]int{
	dtypes.Float64: 8, dtypes.Float32: 4, dtypes.Float16: 2, dtypes.BFloat16: 2,
	dtypes.Int64: 8, dtypes.Int32: 4, dtypes.Int16: 2, dtypes.Int8: 1,
	dtypes.Uint64: 8, dtypes.Uint32: 4, dtypes.Uint16: 2, dtypes.Uint8: 1, dtypes.Bool: 1,
}

// maxRank bounds the number of axes: no network has more.
const maxRank = 16

// byteSize returns the bytes that a tensor of that shape takes. It is an error if the
// shape is none, or they are more than have.
func byteSize(dtype dtypes.DType, shape []int, have int) (int, error) {
	width, ok := widths[dtype]
	if !ok {
		return 0, fmt.Errorf("dtype %s is not supported", dtype)
	}
	if len(shape) > maxRank {
		return 0, fmt.Errorf("%d axes; up to %d are read", len(shape), maxRank)
	}
	size := width
	for _, d := range shape {
		if d == 0 {
			size = 0
		}
	}
	for _, d := range shape {
		if d < 0 || size > 0 && d > have/size {
			return 0, fmt.Errorf("shape %v of %s does not fit into %d bytes", shape, dtype, have)
		}
		size *= d
	}
	return size, nil
}

// check says whether dtype, shape and data agree.
func (t Tensor) check() error {
	size, err := byteSize(t.DType, t.Shape, len(t.Data))
	if err == nil && size != len(t.Data) {
		err = fmt.Errorf("shape %v of %s in %d bytes", t.Shape, t.DType, len(t.Data))
	}
	return err
}

// Len returns the number of elements.
func (t Tensor) Len() int { return shape.Size(t.Shape) }

// Float64s returns the elements of a tensor of floating-point numbers.
func (t Tensor) Float64s() ([]float64, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("weights: %s: %w", t.Name, err)
	}
	values := make([]float64, t.Len())
	le := binary.LittleEndian
	switch t.DType {
	case dtypes.Float64:
		for i := range values {
			values[i] = math.Float64frombits(le.Uint64(t.Data[8*i:]))
		}
	case dtypes.Float32:
		for i := range values {
			values[i] = float64(math.Float32frombits(le.Uint32(t.Data[4*i:])))
		}
	case dtypes.Float16:
		for i := range values {
			values[i] = float64(float16.FromBits(le.Uint16(t.Data[2*i:])).Float32())
		}
	case dtypes.BFloat16:
		for i := range values {
			values[i] = float64(bfloat16.FromBits(le.Uint16(t.Data[2*i:])).Float32())
		}
	default:
		return nil, fmt.Errorf("weights: %s: want floating-point numbers, got %s", t.Name, t.DType)
	}
	return values, nil
}

// Floats makes a tensor of dtype Float32 or Float64 from values that it holds exactly, or
// rounds them to it.
func Floats(name string, dtype dtypes.DType, values []float64, shape ...int) (Tensor, error) {
	t := Tensor{Name: name, DType: dtype, Shape: shape, Data: make([]byte, 0, len(values)*widths[dtype])}
	for _, v := range values {
		switch dtype {
		case dtypes.Float64:
			t.Data = binary.LittleEndian.AppendUint64(t.Data, math.Float64bits(v))
		case dtypes.Float32:
			t.Data = binary.LittleEndian.AppendUint32(t.Data, math.Float32bits(float32(v)))
		default:
			return Tensor{}, fmt.Errorf("weights: %s: want Float32 or Float64, got %s", name, dtype)
		}
	}
	if err := t.check(); err != nil {
		return Tensor{}, fmt.Errorf("weights: %s: %w", name, err)
	}
	return t, nil
}
