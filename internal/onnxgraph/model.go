package onnxgraph

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"
)

// ErrUnsupported is wrapped by the errors that name an operation, a form of it or a
// feature of the file that this package does not have.
var ErrUnsupported = errors.New("not supported")

// Tensor is a dense array of numbers in row-major order.
type Tensor struct {
	Dims []int
	Data []float32
}

// Info describes an input or an output: its name, and its sizes as the file declares
// them. -1 stands for a size that is free; the first axis of an input is, whatever the
// file says. Dims is nil if the file declares no shape.
type Info struct {
	Name string
	Dims []int
}

// Model is a parsed network. It is immutable: all methods are safe for concurrent use.
type Model struct {
	net             network
	inputs, outputs []Info
}

// Load parses an ONNX file and checks that all its operations can be converted. It keeps
// nothing of data. The errors name the node or the weight that is at fault, and wrap
// ErrUnsupported where the file is valid as far as was seen.
func Load(data []byte) (*Model, error) {
	file, err := Parse(data)
	if err != nil {
		return nil, err
	}
	m, err := newModel(file)
	if err != nil {
		return nil, fmt.Errorf("onnxgraph: load: %w", err)
	}
	return m, nil
}

// Parse reads the message of an ONNX file, within the limits of this package, for callers
// that want something else of it than to run it: its weights.
func Parse(data []byte) (*protos.ModelProto, error) {
	if err := checkWire(data); err != nil {
		return nil, fmt.Errorf("onnxgraph: parse: %w", err)
	}
	var file protos.ModelProto
	if err := proto.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("onnxgraph: parse: %w", err)
	}
	return &file, nil
}

// Inputs lists the tensors that Run takes, in order. Weights that a file lists among its
// inputs are not among them, nor are inputs that nothing reads.
func (m *Model) Inputs() []Info { return clone(m.inputs) }

// Outputs lists the tensors that Run returns, in order, unless others were asked for.
func (m *Model) Outputs() []Info { return clone(m.outputs) }

func clone(infos []Info) []Info {
	infos = slices.Clone(infos)
	for i := range infos {
		infos[i].Dims = slices.Clone(infos[i].Dims)
	}
	return infos
}

func newModel(file *protos.ModelProto) (*Model, error) {
	g := file.Graph
	switch {
	case g == nil:
		return nil, errors.New("the file holds no graph")
	case len(file.Functions) > 0:
		return nil, fmt.Errorf("functions: %w", ErrUnsupported)
	case len(g.SparseInitializer) > 0:
		return nil, fmt.Errorf("sparse weights: %w", ErrUnsupported)
	case len(g.Output) == 0:
		return nil, errors.New("the graph has no outputs")
	}
	m := &Model{net: network{consts: map[string]*array{}, opset: opsetOf(file)}}
	for _, t := range g.Initializer {
		a, err := decode(t)
		if err != nil {
			return nil, fmt.Errorf("weight %q: %w", t.Name, err)
		}
		m.net.consts[t.Name] = a
	}
	if err := m.describe(g); err != nil {
		return nil, err
	}
	if err := m.net.addNodes(g.Node); err != nil {
		return nil, err
	}
	if err := m.net.fold(); err != nil {
		return nil, err
	}
	_, err := m.net.lower(namesOf(m.outputs), Form{})
	return m, err
}

// opsetOf returns the version of the standard operator set.
func opsetOf(file *protos.ModelProto) int {
	version := 1
	for _, o := range file.OpsetImport {
		if standard(o.Domain) {
			version = int(o.Version)
		}
	}
	return version
}

func standard(domain string) bool { return domain == "" || domain == "ai.onnx" }

// describe reads the declared inputs and outputs.
func (m *Model) describe(g *protos.GraphProto) error {
	read := map[string]bool{}
	for _, n := range g.Node {
		for _, name := range n.Input {
			read[name] = true
		}
	}
	for _, v := range g.Output {
		read[v.Name] = true
	}
	for _, v := range g.Input {
		if m.net.consts[v.Name] != nil || !read[v.Name] {
			// old files list their weights here too, and still do after a tool has
			// replaced them by quantized ones
			continue
		}
		t := v.GetType().GetTensorType()
		if t == nil || t.Shape == nil {
			return fmt.Errorf("input %q: no tensor with a rank: %w", v.Name, ErrUnsupported)
		}
		if t.ElemType != int32(protos.TensorProto_FLOAT) {
			return fmt.Errorf("input %q is %s, not FLOAT: %w", v.Name, protos.TensorProto_DataType(t.ElemType), ErrUnsupported)
		}
		info := Info{Name: v.Name, Dims: declared(t)}
		if len(info.Dims) > maxRank {
			return fmt.Errorf("input %q: rank %d: %w", v.Name, len(info.Dims), ErrUnsupported)
		}
		if len(info.Dims) > 0 {
			info.Dims[0] = -1
		}
		m.inputs = append(m.inputs, info)
		m.net.inputs = append(m.net.inputs, value{name: v.Name, rank: len(info.Dims)})
	}
	if len(m.inputs) == 0 {
		return errors.New("the graph has no inputs")
	}
	for _, v := range g.Output {
		m.outputs = append(m.outputs, Info{Name: v.Name, Dims: declared(v.GetType().GetTensorType())})
	}
	return nil
}

// declared returns the declared sizes, -1 where there is none.
func declared(t *protos.TypeProto_Tensor) []int {
	var dims []int
	for _, d := range t.GetShape().GetDim() {
		size := -1
		if v, ok := d.Value.(*protos.TensorShapeProto_Dimension_DimValue); ok && v.DimValue > 0 {
			size = int(v.DimValue)
		}
		dims = append(dims, size)
	}
	return dims
}

func namesOf(infos []Info) []string {
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name
	}
	return names
}

// Source returns the operation that makes a tensor and the tensors that it reads, weights
// left out. ok is false for inputs, weights and names that the network does not have.
// Names that Dropout or Identity gave to another tensor's value stand for that tensor.
func (m *Model) Source(tensor string) (op string, inputs []string, ok bool) {
	tensor = m.net.resolve(tensor)
	for _, n := range m.net.nodes {
		if !slices.Contains(n.Output, tensor) {
			continue
		}
		for _, name := range n.Input {
			if name != "" && m.net.consts[name] == nil {
				inputs = append(inputs, name)
			}
		}
		return n.OpType, inputs, true
	}
	return "", nil, false
}
