package onnxgraph

import (
	"fmt"
	"strconv"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/onnx-gomlx/onnx"
	"github.com/gomlx/onnx-gomlx/onnx/parser"
	"google.golang.org/protobuf/proto"
)

// emission is a rewritten network as the converter takes it. All its names are new: the
// converter guesses from names what is a constant.
type emission struct {
	model   onnx.Model
	inputs  []string          // names of the inputs, in the file's order
	outputs []string          // names of the roots
	weights map[string]*array // what the converter is to find as variables
	nodes   []emitted         // in order, to find the one at fault
}

// emitted is a node as the converter knows it, and as the file does.
type emitted struct{ output, origin string }

// emitter gives names.
type emitter struct {
	l     *lowering
	names map[string]string
	e     *emission
	graph *protos.GraphProto
}

// finish hands the rewritten network to the converter.
func (l *lowering) finish(roots []string) (*emission, error) {
	m := emitter{l: l, names: map[string]string{}, graph: &protos.GraphProto{Name: "network"},
		e: &emission{weights: map[string]*array{}}}
	for _, in := range l.net.inputs {
		name := m.rename(in.name)
		m.e.inputs = append(m.e.inputs, name)
		m.graph.Input = append(m.graph.Input, tensorInfo(name, in.rank))
	}
	for _, n := range l.out {
		m.node(n)
	}
	for _, root := range roots {
		name := m.names[l.outputName(root)]
		m.e.outputs = append(m.e.outputs, name)
		m.graph.Output = append(m.graph.Output, tensorInfo(name, 0))
	}
	data, err := proto.Marshal(&protos.ModelProto{
		IrVersion: 8, OpsetImport: []*protos.OperatorSetIdProto{{Version: 17}}, Graph: m.graph,
	})
	if err != nil {
		return nil, err
	}
	if m.e.model, err = parser.Parse(data); err != nil {
		return nil, err
	}
	m.e.model.DisableFusion()
	return m.e, nil
}

func tensorInfo(name string, rank int) *protos.ValueInfoProto {
	shape := &protos.TensorShapeProto{}
	for range rank {
		shape.Dim = append(shape.Dim, &protos.TensorShapeProto_Dimension{})
	}
	t := &protos.TypeProto_Tensor{ElemType: int32(protos.TensorProto_FLOAT), Shape: shape}
	return &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{TensorType: t}}}
}

func (m *emitter) rename(name string) string {
	if name == "" {
		return ""
	}
	short, ok := m.names[name]
	if !ok {
		short = "v" + strconv.Itoa(len(m.names))
		m.names[name] = short
	}
	return short
}

// node copies a node under new names, after the constants that it is the first to read.
func (m *emitter) node(n *protos.NodeProto) {
	c := &protos.NodeProto{OpType: n.OpType, Attribute: n.Attribute}
	for _, name := range n.Input {
		if a := m.l.net.consts[name]; a != nil && m.names[name] == "" {
			m.constant(m.rename(name), a)
		}
		c.Input = append(c.Input, m.rename(name))
	}
	for _, name := range n.Output {
		c.Output = append(c.Output, m.rename(name))
	}
	c.Name = "n" + strconv.Itoa(len(m.graph.Node))
	m.e.nodes = append(m.e.nodes, emitted{output: c.Output[0], origin: m.l.origin[n]})
	m.graph.Node = append(m.graph.Node, c)
}

// constant makes weights variables, and everything that may say a size part of the graph.
// Only the sizes of weights pass through the converter.
func (m *emitter) constant(name string, a *array) {
	if a.dtype == protos.TensorProto_FLOAT && a.size() > 1 {
		m.e.weights[name] = a
		m.graph.Initializer = append(m.graph.Initializer, a.header(name))
		return
	}
	value := &protos.AttributeProto{Name: "value", Type: protos.AttributeProto_TENSOR, T: a.encode()}
	m.graph.Node = append(m.graph.Node, &protos.NodeProto{
		Name: fmt.Sprintf("c%d", len(m.graph.Node)), OpType: "Constant", Output: []string{name}, Attribute: []*protos.AttributeProto{value},
	})
}
