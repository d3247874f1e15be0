package weights

import (
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

func onnxFile(t testing.TB, tensors ...*protos.TensorProto) []byte {
	t.Helper()
	data, err := proto.Marshal(&protos.ModelProto{IrVersion: 7, Graph: &protos.GraphProto{Initializer: tensors}})
	require.NoError(t, err)
	return data
}

func initializer(name string, kind protos.TensorProto_DataType, dims ...int64) *protos.TensorProto {
	return &protos.TensorProto{Name: name, DataType: int32(kind), Dims: dims}
}

// TestONNX reads initializers in both of the forms that files keep numbers in.
func TestONNX(t *testing.T) {
	raw := initializer("raw", protos.TensorProto_FLOAT, 1, 2)
	raw.RawData = []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}
	list := initializer("list", protos.TensorProto_FLOAT, 2)
	list.FloatData = []float32{1, 2}
	wide := initializer("wide", protos.TensorProto_DOUBLE, 1)
	wide.DoubleData = []float64{0.1}
	half := initializer("half", protos.TensorProto_FLOAT16, 2)
	half.Int32Data = []int32{0x3c00, 0xc000}
	small := initializer("small", protos.TensorProto_INT8, 2)
	small.Int32Data = []int32{-1, 5}
	long := initializer("long", protos.TensorProto_INT64)
	long.Int64Data = []int64{-2}
	tensors, err := Decode(onnxFile(t, raw, list, wide, half, small, long))
	require.NoError(t, err)
	m := byName(t, tensors)
	require.Equal(t, []int{1, 2}, m["raw"].Shape)
	require.Equal(t, []float64{1, 2}, floats(t, m["raw"]))
	require.Equal(t, []float64{1, 2}, floats(t, m["list"]))
	require.Equal(t, []float64{0.1}, floats(t, m["wide"]))
	require.Equal(t, []float64{1, -2}, floats(t, m["half"]))
	require.Equal(t, Tensor{"small", dtypes.Int8, []int{2}, []byte{0xff, 5}}, m["small"])
	require.Equal(t, []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, m["long"].Data)
	require.Empty(t, m["long"].Shape)

	outside := initializer("outside", protos.TensorProto_FLOAT, 2)
	outside.DataLocation = protos.TensorProto_EXTERNAL
	mixed := initializer("mixed", protos.TensorProto_FLOAT, 2)
	mixed.Int64Data = []int64{1, 2}
	for _, bad := range []*protos.TensorProto{outside, mixed, initializer("text", protos.TensorProto_STRING, 0),
		initializer("short", protos.TensorProto_FLOAT, 3), initializer("negative", protos.TensorProto_FLOAT, -1),
		initializer("huge", protos.TensorProto_FLOAT, 1<<40, 1<<40)} {
		_, err := Decode(onnxFile(t, bad))
		require.ErrorContains(t, err, bad.Name)
	}
	none, err := proto.Marshal(&protos.ModelProto{IrVersion: 7, ProducerName: "x"})
	require.NoError(t, err)
	_, err = Decode(none)
	require.ErrorContains(t, err, "no graph")
}
