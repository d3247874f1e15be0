package main

import (
	"encoding/binary"
	"fmt"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
)

// onnxModel collects an ONNX graph of float32 values.
type onnxModel struct{ graph *protos.GraphProto }

func inputName(i int) string { return fmt.Sprintf("x%d", i) }

// newONNX starts a graph with inputs x0, x1, ... of the given shapes.
func newONNX(name string, inputs ...[]int) *onnxModel {
	m := &onnxModel{graph: &protos.GraphProto{Name: name}}
	for i, dims := range inputs {
		m.graph.Input = append(m.graph.Input, valueInfo(inputName(i), dims))
	}
	return m
}

// finish declares the output, whose shape is left to inference, and returns the model.
func (m *onnxModel) finish(output string) *protos.ModelProto {
	m.graph.Output = []*protos.ValueInfoProto{valueInfo(output, nil)}
	return &protos.ModelProto{
		IrVersion:    8,
		ProducerName: "pifr bench",
		OpsetImport:  []*protos.OperatorSetIdProto{{Version: 18}},
		Graph:        m.graph,
	}
}

func valueInfo(name string, dims []int) *protos.ValueInfoProto {
	tensor := &protos.TypeProto_Tensor{ElemType: int32(protos.TensorProto_FLOAT)}
	if dims != nil {
		tensor.Shape = &protos.TensorShapeProto{}
		for _, d := range dims {
			tensor.Shape.Dim = append(tensor.Shape.Dim,
				&protos.TensorShapeProto_Dimension{Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)}})
		}
	}
	return &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{TensorType: tensor}}}
}

// constant adds weights.
func (m *onnxModel) constant(name string, a array) string {
	m.graph.Initializer = append(m.graph.Initializer, &protos.TensorProto{
		Name: name, Dims: int64s(a.dims), DataType: int32(protos.TensorProto_FLOAT), RawData: floatBytes(a.data)})
	return name
}

// axes adds a list of integers, which some operators take as an input.
func (m *onnxModel) axes(name string, values ...int) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	m.graph.Initializer = append(m.graph.Initializer, &protos.TensorProto{
		Name: name, Dims: []int64{int64(len(values))}, DataType: int32(protos.TensorProto_INT64), RawData: raw})
	return name
}

// node adds an operator, and returns the name of its output.
func (m *onnxModel) node(op, output string, inputs []string, attributes ...*protos.AttributeProto) string {
	m.graph.Node = append(m.graph.Node, &protos.NodeProto{
		OpType: op, Name: output, Input: inputs, Output: []string{output}, Attribute: attributes})
	return output
}

func integers(name string, values ...int) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INTS, Ints: int64s(values)}
}

func integer(name string, value int) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INT, I: int64(value)}
}

func float(name string, value float32) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_FLOAT, F: value}
}

func int64s(values []int) []int64 {
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return out
}

// netONNX writes a network for inference, with its float32 weights from store, as an ONNX
// model: x0 [batch, channels, height, width].
func netONNX(net *backbone.Net, store *model.Store, batch int) (*protos.ModelProto, error) {
	params, err := net.Params()
	if err != nil {
		return nil, err
	}
	weights := map[string]array{}
	for _, p := range params {
		v := store.GetVariable("/" + p.Path)
		if v == nil {
			return nil, fmt.Errorf("bench: write %s: no variable %s", net.Name, p.Path)
		}
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("bench: write %s: %w", net.Name, err)
		}
		data, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return nil, fmt.Errorf("bench: write %s: %s: %w", net.Name, p.Path, err)
		}
		weights[p.Path] = array{dims: p.Shape, data: data}
	}
	m := newONNX(net.Name, []int{batch, net.Channels, net.Height, net.Width})
	names := make([]string, len(net.Layers))
	for i, l := range net.Layers {
		in, with := inputName(0), inputName(0)
		if l.From != backbone.Input {
			in = names[l.From]
		}
		if l.Kind == backbone.Add && l.With != backbone.Input {
			with = names[l.With]
		}
		names[i] = m.layer(l, in, with, weights)
	}
	return m.finish(names[len(names)-1]), nil
}

// layer adds one layer of a network, and returns the name of its value.
func (m *onnxModel) layer(l backbone.Layer, in, with string, weights map[string]array) string {
	name := l.Name
	weight := func(part string) array { return weights[name+"/"+part] }
	constant := func(part string) string { return m.constant(name+"/"+part, weight(part)) }
	switch l.Kind {
	case backbone.Conv:
		inputs := []string{in, m.constant(name+"/weight", permute(weight("weight"), [4]int{3, 2, 0, 1}))}
		if l.Bias {
			inputs = append(inputs, constant("bias"))
		}
		return m.node("Conv", name, inputs, integers("kernel_shape", l.Kernel, l.Kernel), integers("strides", l.Stride, l.Stride),
			integers("pads", l.Pad, l.Pad, l.Pad, l.Pad), integer("group", l.Groups))
	case backbone.BatchNorm:
		return m.node("BatchNormalization", name, []string{in, constant("weight"), constant("bias"), constant("running_mean"),
			constant("running_var")}, float("epsilon", 1e-5))
	case backbone.Affine:
		return m.affine(name, in, constant("weight"), constant("bias"), len(weight("bias").data))
	case backbone.PReLU:
		slope := weight("weight")
		return m.node("PRelu", name, []string{in, m.constant(name+"/weight", array{dims: []int{slope.size(), 1, 1}, data: slope.data})})
	case backbone.Add:
		return m.node("Add", name, []string{in, with})
	case backbone.Flatten:
		return m.node("Flatten", name, []string{in}, integer("axis", 1))
	}
	inputs := []string{in, m.constant(name+"/weight", transposed(weight("weight")))}
	if l.Bias {
		inputs = append(inputs, constant("bias"))
	}
	return m.node("Gemm", name, inputs, integer("transB", 1))
}

// affine adds x * weight + bias per channel, as a normalization by mean 0 and variance 1:
// for peers that is one operator, where Mul and Add would be two.
func (m *onnxModel) affine(output, x, weight, bias string, channels int) string {
	zeros, ones := array{dims: []int{channels}, data: make([]float32, channels)}, array{dims: []int{channels}, data: make([]float32, channels)}
	for i := range ones.data {
		ones.data[i] = 1
	}
	return m.node("BatchNormalization", output, []string{x, weight, bias, m.constant(output+"/mean", zeros),
		m.constant(output+"/variance", ones)}, float("epsilon", 0))
}

// transposed returns a matrix with its axes exchanged.
func transposed(a array) array {
	a.dims = []int{1, 1, a.dims[0], a.dims[1]}
	a = permute(a, [4]int{0, 1, 3, 2})
	a.dims = a.dims[2:]
	return a
}
