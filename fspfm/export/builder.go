package export

import (
	"encoding/binary"
	"fmt"

	"github.com/gomlx/compute-onnx/support/protos"

	"github.com/pifr-go/pifr/internal/vector"
)

// builder collects a graph. Its methods return the name of the value that they make. The
// first mistake stays in err.
type builder struct {
	graph  *protos.GraphProto
	taken  map[string]bool
	shapes map[string][]int // of outputs, without the batch
	err    error
}

func newBuilder(name string) *builder {
	return &builder{graph: &protos.GraphProto{Name: name}, taken: map[string]bool{}, shapes: map[string][]int{}}
}

// claim takes a name, which only one value may have.
func (b *builder) claim(name string) string {
	if b.taken[name] && b.err == nil {
		b.err = fmt.Errorf("two values are called %q", name)
	}
	b.taken[name] = true
	return name
}

// input declares an input [batch, dims].
func (b *builder) input(name string, dims ...int) string {
	b.graph.Input = append(b.graph.Input, valueInfo(name, dims...))
	return b.claim(name)
}

// weight adds numbers.
func (b *builder) weight(name string, values []float32, dims ...int) string {
	b.graph.Initializer = append(b.graph.Initializer, &protos.TensorProto{
		Name: b.claim(name), Dims: int64s(dims), DataType: int32(protos.TensorProto_FLOAT), RawData: vector.Bytes(values)})
	return name
}

// integers adds whole numbers, which some operators take as an input.
func (b *builder) integers(name string, values ...int) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	b.graph.Initializer = append(b.graph.Initializer, &protos.TensorProto{
		Name: b.claim(name), Dims: []int64{int64(len(values))}, DataType: int32(protos.TensorProto_INT64), RawData: raw})
	return name
}

// node adds an operation, named after its value.
func (b *builder) node(op, name string, inputs []string, attributes ...*protos.AttributeProto) string {
	b.graph.Node = append(b.graph.Node, &protos.NodeProto{
		OpType: op, Name: name, Input: inputs, Output: []string{b.claim(name)}, Attribute: attributes})
	return name
}

// valueInfo declares float32 values [batch, dims].
func valueInfo(name string, dims ...int) *protos.ValueInfoProto {
	shape := &protos.TensorShapeProto{Dim: []*protos.TensorShapeProto_Dimension{
		{Value: &protos.TensorShapeProto_Dimension_DimParam{DimParam: "batch"}}}}
	for _, d := range dims {
		shape.Dim = append(shape.Dim, &protos.TensorShapeProto_Dimension{
			Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)}})
	}
	tensor := &protos.TypeProto_Tensor{ElemType: int32(protos.TensorProto_FLOAT), Shape: shape}
	return &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{TensorType: tensor}}}
}

func intList(name string, values ...int) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INTS, Ints: int64s(values)}
}

func integer(name string, value int) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INT, I: int64(value)}
}

func int64s(values []int) []int64 {
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return out
}
