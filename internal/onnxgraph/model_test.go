package onnxgraph

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/pifr-go/pifr/internal/shape"
)

// file builds a model with one input "x" of rank 4 and one output "y".
func file(opset int64, consts map[string]*protos.TensorProto, nodes ...*protos.NodeProto) []byte {
	g := &protos.GraphProto{Input: []*protos.ValueInfoProto{tensorInfo("x", 4)}, Output: []*protos.ValueInfoProto{tensorInfo("y", 0)}, Node: nodes}
	for name, t := range consts {
		t.Name = name
		g.Initializer = append(g.Initializer, t)
	}
	data, err := proto.Marshal(&protos.ModelProto{Graph: g, OpsetImport: []*protos.OperatorSetIdProto{{Version: opset}}})
	if err != nil {
		panic(err)
	}
	return data
}

// op is a node named like its output.
func op(kind, inputs, output string, attrs ...*protos.AttributeProto) *protos.NodeProto {
	return newNode(kind, output, strings.Fields(inputs), attrs...)
}

func floats(dims ...int) *protos.TensorProto {
	a := floatArray(make([]float32, shape.Size(dims)), dims...)
	for i := range a.floats {
		a.floats[i] = float32(i%7) - 2.5
	}
	return a.encode()
}

func TestLoad_refuses(t *testing.T) {
	w := func() map[string]*protos.TensorProto { return map[string]*protos.TensorProto{"w": floats(4, 3, 3, 3)} }
	tests := []struct {
		name, message string
		unsupported   bool
		data          []byte
	}{
		{"operation", `node "y" (Elephant)`, true, file(17, nil, op("Elephant", "x", "y"))},
		{"domain", `node "y" (com.example.Relu)`, true, file(17, nil, &protos.NodeProto{Name: "y", Domain: "com.example", OpType: "Relu", Input: []string{"x"}, Output: []string{"y"}})},
		{"old operator set", "operator set 6", true, file(6, nil, op("Relu", "x", "y"))},
		{"cubic", `node "y" (Resize)`, true, file(17, map[string]*protos.TensorProto{"s": floats(4)}, op("Resize", "x x s", "y", stringAttr("mode", "cubic")))},
		{"strides and dilations", "together", true, file(17, w(), op("Conv", "x w", "y", intsAttr("strides", 2, 2), intsAttr("dilations", 2, 2)))},
		{"padding by name", "SAME_UPPER", true, file(17, w(), op("Conv", "x w", "y", stringAttr("auto_pad", "SAME_UPPER")))},
		{"ceil mode", "ceil_mode", true, file(17, nil, op("MaxPool", "x", "y", intsAttr("kernel_shape", 2, 2), intAttr("ceil_mode", 1)))},
		{"groups", "5 groups", false, file(17, w(), op("Conv", "x w", "y", intAttr("group", 5)))},
		{"missing tensor", `input "z"`, false, file(17, nil, op("Add", "x z", "y"))},
		{"cycle", "own output", false, file(17, nil, op("Add", "x y", "z"), op("Relu", "z", "y"))},
		{"defined twice", "defined before", false, file(17, nil, op("Relu", "x", "y"), op("Neg", "x", "y"))},
		{"missing output", `no tensor is named "y"`, false, file(17, nil, op("Relu", "x", "z"))},
		{"sizes and data", `weight "w"`, false, file(17, map[string]*protos.TensorProto{"w": {DataType: 1, Dims: []int64{1 << 30, 1 << 30, 1 << 30}, RawData: make([]byte, 8)}}, op("Add", "x w", "y"))},
		{"negative sizes", `weight "w"`, true, file(17, map[string]*protos.TensorProto{"w": {DataType: 1, Dims: []int64{-1}}}, op("Add", "x w", "y"))},
		{"external data", "external data", true, file(17, map[string]*protos.TensorProto{"w": {DataType: 1, DataLocation: protos.TensorProto_EXTERNAL}}, op("Add", "x w", "y"))},
		{"element type", "DOUBLE", true, file(17, map[string]*protos.TensorProto{"w": {DataType: 11, DoubleData: []float64{1}}}, op("Add", "x w", "y"))},
		{"truncated", "parse", false, file(17, w(), op("Conv", "x w", "y"))[:50]},
		{"no graph", "no graph", false, nil},
		{"too many parts", "parts", true, protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), slices.Repeat([]byte{0x0a, 0}, maxMessages+1))},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(c.data)
			require.ErrorContains(t, err, c.message)
			require.ErrorContains(t, err, "onnxgraph: ")
			if c.unsupported {
				require.ErrorIs(t, err, ErrUnsupported)
			}
		})
	}
}

// TestForms builds the same network in every form: the values do not depend on it.
func TestForms(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "ops", "new.onnx"))
	require.NoError(t, err)
	m, err := Load(data)
	require.NoError(t, err)
	b := open(t, "gonum")
	x := uniform(42, -1, 1, 3, 4, 12, 9)
	var want []Tensor
	for i := range 32 {
		form := Form{Shifted: i&1 != 0, ChannelsLast: i&2 != 0, Clamped: i&4 != 0, Exponential: i&8 != 0, Maxima: i&16 != 0}
		r, err := m.runner(b, form, namesOf(m.outputs))
		require.NoError(t, err)
		got, err := r.Run(x)
		require.NoError(t, err)
		r.Close()
		if want == nil {
			want = got
		}
		for j := range got {
			require.Equal(t, want[j].Dims, got[j].Dims)
			require.InDeltaSlice(t, want[j].Data, got[j].Data, 1e-5, "%+v", form)
		}
	}
}

func relu(t *testing.T) *Runner {
	t.Helper()
	m, err := Load(file(17, nil, op("Neg", "x", "n"), op("Relu", "n", "y")))
	require.NoError(t, err)
	r, err := m.Runner(open(t, "gonum"))
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

func TestRun_refuses(t *testing.T) {
	r := relu(t)
	for name, in := range map[string][]Tensor{
		"want 1 inputs": {},
		"want sizes":    {{Dims: []int{1, 2, 3}, Data: make([]float32, 6)}},
		"[1 2 0 3]":     {{Dims: []int{1, 2, 0, 3}}},
		"5 values":      {{Dims: []int{1, 1, 2, 3}, Data: make([]float32, 5)}},
	} {
		_, err := r.Run(in...)
		require.ErrorContains(t, err, name)
	}
	r.Close()
	_, err := r.Run(Tensor{Dims: []int{1, 1, 1, 1}, Data: []float32{1}})
	require.ErrorIs(t, err, ErrClosed)
}

// TestRun_namesTheNode checks that inputs which do not fit the network are told by the
// node that they do not fit.
func TestRun_namesTheNode(t *testing.T) {
	m, err := Load(file(17, map[string]*protos.TensorProto{"w": floats(4, 3, 3, 3)}, op("Relu", "x", "r"), op("Conv", "r w", "y")))
	require.NoError(t, err)
	r, err := m.Runner(open(t, "gonum"))
	require.NoError(t, err)
	defer r.Close()
	_, err = r.Run(uniform(1, 0, 1, 1, 2, 5, 5))
	require.ErrorContains(t, err, `node "y" (Conv)`)
}

// TestRun_manyShapes sees more shapes than are kept.
func TestRun_manyShapes(t *testing.T) {
	r := relu(t)
	for round := range 2 {
		for n := 1; n <= maxShapes+5; n++ {
			out, err := r.Run(uniform(42, -1, 0, 1, 1, 1, n))
			require.NoError(t, err, "round %d", round)
			require.Equal(t, []int{1, 1, 1, n}, out[0].Dims)
		}
	}
	require.Len(t, r.entries, maxShapes)
}

// TestRun_together runs one runner from many goroutines, on two shapes, neither of which
// is compiled yet.
func TestRun_together(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "ops", "new.onnx"))
	require.NoError(t, err)
	m, err := Load(data)
	require.NoError(t, err)
	for _, engine := range testedEngines {
		t.Run(engine, func(t *testing.T) { together(t, m, open(t, engine)) })
	}
}

func together(t *testing.T, m *Model, b compute.Backend) {
	var want [2][]Tensor
	alone, err := m.Runner(b)
	require.NoError(t, err)
	for i := range want {
		want[i], err = alone.Run(uniform(42, -1, 1, i+1, 4, 12, 9))
		require.NoError(t, err)
	}
	alone.Close()
	r, err := m.Runner(b)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for range 3 {
				got, err := r.Run(uniform(42, -1, 1, g%2+1, 4, 12, 9))
				if err != nil {
					t.Error(err)
					return
				}
				for j := range got {
					if !slices.Equal(got[j].Data, want[g%2][j].Data) {
						t.Errorf("output %d differs", j)
					}
				}
			}
		})
	}
	wg.Wait()
	r.Close()
	r.Close()
}

// TestRunner_names asks for tensors inside the network, an input, and one that does not
// exist.
func TestRunner_names(t *testing.T) {
	m, err := Load(file(12, nil, op("Neg", "x", "n"), op("Dropout", "n", "d"), op("Relu", "d", "y")))
	require.NoError(t, err)
	b := open(t, "gonum")
	r, err := m.Runner(b, "y", "d", "x", "n")
	require.NoError(t, err)
	defer r.Close()
	out, err := r.Run(Tensor{Dims: []int{1, 1, 1, 2}, Data: []float32{1, -2}})
	require.NoError(t, err)
	for i, want := range [][]float32{{0, 2}, {-1, 2}, {1, -2}, {-1, 2}} {
		require.Equal(t, want, out[i].Data)
	}
	_, err = m.Runner(b, "nowhere")
	require.ErrorContains(t, err, `"nowhere"`)
	kind, inputs, ok := m.Source("y")
	require.True(t, ok)
	require.Equal(t, "Relu", kind)
	require.Equal(t, []string{"n"}, inputs)
	_, _, ok = m.Source("x")
	require.False(t, ok)
}

func TestInputs(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "ops", "old.onnx"))
	require.NoError(t, err)
	m, err := Load(data)
	require.NoError(t, err)
	require.Equal(t, []Info{{Name: "x", Dims: []int{-1, 4, 10, 9}}}, m.Inputs())
	require.Len(t, m.Outputs(), 3)
	m.Inputs()[0].Dims[1] = 99
	require.Equal(t, 4, m.Inputs()[0].Dims[1])
}

// FuzzLoad looks for files that crash Load, or that make it allocate far more than they
// hold.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"old", "new"} {
		data, err := os.ReadFile(filepath.Join("testdata", "ops", name+".onnx"))
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add(file(17, map[string]*protos.TensorProto{"w": floats(2, 1, 3, 3)}, op("Conv", "x w", "c", intAttr("group", 2)), op("Relu", "c", "y")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		m, err := Load(data)
		if err != nil {
			return
		}
		for _, info := range append(m.Inputs(), m.Outputs()...) {
			m.Source(info.Name)
		}
		// What Load accepts is rewritten in every form.
		if _, err := m.net.lower(namesOf(m.outputs), Form{Shifted: true, Maxima: true, ChannelsLast: true}); err != nil {
			t.Fatalf("accepted, and then: %v", err)
		}
	})
}
