package backbone

import (
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// declared is an input or output of sizes, of unknown ones with none.
func declared(name string, dims ...int64) *protos.ValueInfoProto {
	v := &protos.ValueInfoProto{Name: name}
	if len(dims) == 0 {
		return v
	}
	shape := &protos.TensorShapeProto{}
	for _, d := range dims {
		dim := &protos.TensorShapeProto_Dimension{}
		if d > 0 {
			dim.Value = &protos.TensorShapeProto_Dimension_DimValue{DimValue: d}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	v.Type = &protos.TypeProto{Value: &protos.TypeProto_TensorType{TensorType: &protos.TypeProto_Tensor{ElemType: 1, Shape: shape}}}
	return v
}

// chain is a network whose outputs follow from its input by one operation each.
func chain(t *testing.T, op string, input *protos.ValueInfoProto, outputs ...*protos.ValueInfoProto) []byte {
	t.Helper()
	g := &protos.GraphProto{Name: "chain", Input: []*protos.ValueInfoProto{input}, Output: outputs}
	for _, o := range outputs {
		g.Node = append(g.Node, &protos.NodeProto{OpType: op, Input: []string{input.Name}, Output: []string{o.Name}})
	}
	data, err := proto.Marshal(&protos.ModelProto{IrVersion: 8, Graph: g, OpsetImport: []*protos.OperatorSetIdProto{{Version: 17}}})
	require.NoError(t, err)
	return data
}

// TestFromONNX_strict takes extractors and refuses other networks, with their shapes.
func TestFromONNX_strict(t *testing.T) {
	image := declared("image", 1, 3, 112, 112)
	for name, c := range map[string]struct {
		data []byte
		says []string // nil: taken
	}{
		"vector":                 {chain(t, "Flatten", image, declared("feature", 1, 512)), nil},
		"free batch and length":  {chain(t, "Flatten", declared("image", -1, 3, -1, -1), declared("feature", -1, -1)), nil},
		"undeclared":             {chain(t, "Flatten", image, declared("feature")), nil},
		"one pixel":              {chain(t, "GlobalAveragePool", image, declared("feature", 1, 128, 1, 1)), nil},
		"with its norm":          {chain(t, "Flatten", image, declared("norm", 1, 1), declared("feature", 1, 512)), nil},
		"feature map":            {chain(t, "Relu", image, declared("y", 1, 3, 14, 14)), []string{"y", "[1 3 14 14]", "vector"}},
		"sequence":               {chain(t, "Relu", image, declared("y", 1, 400, 64)), []string{"[1 400 64]"}},
		"age, three numbers":     {chain(t, "Flatten", declared("image", 1, 3, 96, 96), declared("age", 1, 3)), []string{"[1 3]", "length 3"}},
		"age, 101 classes":       {chain(t, "Softmax", image, declared("age", 1, 101)), []string{"[1 101]", "Softmax"}},
		"pose of three outputs":  {chain(t, "Flatten", declared("image", 1, 3, 224, 224), declared("yaw", 1, 66), declared("pitch", 1, 66), declared("roll", 1, 66)), []string{"3 outputs", "yaw [1 66]"}},
		"very long":              {chain(t, "Flatten", image, declared("classes", 1, 93431)), []string{"[1 93431]"}},
		"detector":               {chain(t, "Sigmoid", declared("image", 1, 3, 640, 640), declared("cls", 1, 400, 1), declared("obj", 1, 400, 1)), []string{"640 640", "at most 512x512"}},
		"detector of free size":  {chain(t, "Sigmoid", declared("image", 1, 3, -1, -1), declared("cls", 1, 400, 1), declared("boxes", 12800, 4)), []string{"cls [1 400 1]", "boxes [12800 4]"}},
		"channels last":          {chain(t, "Flatten", declared("image", 1, 112, 112, 3), declared("feature", 1, 512)), []string{"[-1 112 112 3]", "3 channels"}},
		"input without channels": {chain(t, "Flatten", declared("image", 1, 37632), declared("feature", 1, 512)), []string{"image [-1 37632]"}},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := FromONNX(c.data)
			if c.says == nil {
				require.NoError(t, err)
				require.NotEqual(t, "norm", n.output)
				return
			}
			require.ErrorIs(t, err, ErrNotExtractor)
			for _, text := range c.says {
				require.ErrorContains(t, err, text)
			}
		})
	}
}

// TestNewExtractor_strict holds what comes out to the same where the file does not say.
func TestNewExtractor_strict(t *testing.T) {
	engine := openGonum(t)
	for op, says := range map[string]string{"Relu": "3 8 8]", "GlobalAveragePool": "[batch 3]"} {
		n, err := FromONNX(chain(t, op, declared("image", 1, 3, 8, 8), declared("y")))
		require.NoError(t, err)
		_, err = NewExtractor(engine, n, ExtractorConfig{})
		require.ErrorIs(t, err, ErrNotExtractor)
		require.ErrorContains(t, err, says)
	}
}
