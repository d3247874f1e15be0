package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// onnxTypes are the types of initializers that are read.
var onnxTypes = map[protos.TensorProto_DataType]dtypes.DType{
	protos.TensorProto_DOUBLE: dtypes.Float64, protos.TensorProto_FLOAT: dtypes.Float32, protos.TensorProto_FLOAT16: dtypes.Float16,
	protos.TensorProto_BFLOAT16: dtypes.BFloat16, protos.TensorProto_INT64: dtypes.Int64, protos.TensorProto_INT32: dtypes.Int32,
	protos.TensorProto_INT16: dtypes.Int16, protos.TensorProto_INT8: dtypes.Int8, protos.TensorProto_UINT64: dtypes.Uint64,
	protos.TensorProto_UINT32: dtypes.Uint32, protos.TensorProto_UINT16: dtypes.Uint16, protos.TensorProto_UINT8: dtypes.Uint8,
	protos.TensorProto_BOOL: dtypes.Bool,
}

// DecodeONNX reads the initializers of an ONNX file. Exporters often fold batch
// normalization into convolutions and give what comes out names of their own, so that
// such a file has the tensors of no checkpoint: backbone.FromONNX then runs the network
// as it is.
func DecodeONNX(data []byte) ([]Tensor, error) {
	file, err := onnxgraph.Parse(data)
	if err != nil {
		return nil, err
	}
	if file.Graph == nil {
		return nil, errors.New("onnx: the file holds no graph")
	}
	tensors := make([]Tensor, len(file.Graph.Initializer))
	for i, p := range file.Graph.Initializer {
		if tensors[i], err = onnxTensor(p); err != nil {
			return nil, fmt.Errorf("onnx: weight %q: %w", p.Name, err)
		}
	}
	return tensors, nil
}

func onnxTensor(p *protos.TensorProto) (Tensor, error) {
	if p.DataLocation == protos.TensorProto_EXTERNAL || len(p.ExternalData) > 0 {
		return Tensor{}, errors.New("its data lie in another file, which is not supported")
	}
	kind := protos.TensorProto_DataType(p.DataType)
	t := Tensor{Name: p.Name, DType: onnxTypes[kind], Data: p.RawData}
	if t.DType == dtypes.InvalidDType {
		return Tensor{}, fmt.Errorf("type %s is not supported", kind)
	}
	for _, d := range p.Dims {
		if d < 0 || int64(int(d)) != d {
			return Tensor{}, fmt.Errorf("sizes %v", p.Dims)
		}
		t.Shape = append(t.Shape, int(d))
	}
	if len(t.Data) == 0 {
		t.Data = onnxValues(p, widths[t.DType])
	}
	return t, t.check()
}

// onnxValues encodes values that the file keeps one by one. Narrow ones, halves included,
// are kept as the low bits of int32.
func onnxValues(p *protos.TensorProto, width int) []byte {
	var out []byte
	le := binary.LittleEndian
	for _, v := range p.FloatData {
		out = le.AppendUint32(out, math.Float32bits(v))
	}
	for _, v := range p.DoubleData {
		out = le.AppendUint64(out, math.Float64bits(v))
	}
	for _, v := range p.Int64Data {
		out = le.AppendUint64(out, uint64(v))
	}
	for _, v := range p.Uint64Data {
		out = append(out, le.AppendUint64(nil, v)[:width]...)
	}
	for _, v := range p.Int32Data {
		out = append(out, le.AppendUint32(nil, uint32(v))[:min(width, 4)]...)
	}
	return out
}
