package onnxgraph

import (
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/stretchr/testify/require"
)

// lastCases are what may follow two images, a and b, whose channels are last; the one
// input of the network is x. Transposes is how many are left: two where both orders of
// axes meet nowhere in between, into the first convolution and out of the last node.
var lastCases = []struct {
	name       string
	transposes int
	nodes      []*protos.NodeProto
}{
	{"elements", 2, []*protos.NodeProto{op("Sub", "a b", "y")}},
	{"unary", 2, []*protos.NodeProto{op("Neg", "a", "n"), op("Relu", "n", "y")}},
	{"number", 2, []*protos.NodeProto{op("Mul", "number a", "y")}},
	{"one number of rank 4", 2, []*protos.NodeProto{op("Add", "a one4", "y")}},
	{"a number for each channel", 2, []*protos.NodeProto{op("Mul", "a channels3", "m"), op("Add", "channels4 m", "y")}},
	{"a number for each column", 2, []*protos.NodeProto{op("Mul", "a columns", "y")}},
	{"five axes", 2, []*protos.NodeProto{op("Mul", "a five", "y")}},
	{"input", 2, []*protos.NodeProto{op("Conv", "x w3", "c"), op("Add", "x c", "y")}},
	{"one for each image", 4, []*protos.NodeProto{op("GlobalAveragePool", "a", "g"), op("Mul", "a g", "y")}},
	{"choice", 2, []*protos.NodeProto{op("Greater", "a b", "c"), op("Where", "c a b", "y")}},
	{"slope", 2, []*protos.NodeProto{op("PRelu", "a channels3", "y")}},
	{"limits", 2, []*protos.NodeProto{op("Clip", "a number", "y")}},
	{"pad", 2, []*protos.NodeProto{op("Pad", "a pads number", "y")}},
	{"slice", 2, []*protos.NodeProto{op("Slice", "a starts ends axes", "y")}},
	{"slice of all axes", 2, []*protos.NodeProto{op("Slice", "a starts4 ends4", "y")}},
	{"join channels", 2, []*protos.NodeProto{op("Concat", "a b", "y", intAttr("axis", 1))}},
	{"join rows", 3, []*protos.NodeProto{op("Concat", "a b", "y", intAttr("axis", 2))}},
	{"enlarge", 2, []*protos.NodeProto{op("Resize", "a  scales", "y", stringAttr("coordinate_transformation_mode", "asymmetric"), stringAttr("nearest_mode", "floor"))}},
	{"maxima", 2, []*protos.NodeProto{op("MaxPool", "a", "y", intsAttr("kernel_shape", 2, 2), intsAttr("strides", 2, 2))}},
	{"depthwise", 2, []*protos.NodeProto{op("Conv", "a taps", "y", intAttr("group", 5), intsAttr("pads", 1, 1, 1, 1), intsAttr("strides", 2, 1))}},
	{"convolution", 4, []*protos.NodeProto{op("Conv", "a kernel", "c"), op("Relu", "c", "y")}},
	{"last for the reader", 1, []*protos.NodeProto{op("Transpose", "a", "y", intsAttr("perm", 0, 2, 3, 1))}},
	{"other order", 3, []*protos.NodeProto{op("Transpose", "a", "y", intsAttr("perm", 0, 3, 2, 1))}},
	{"flat", 2, []*protos.NodeProto{op("Flatten", "a", "y")}},
}

// TestChannelsLast compares each case with the form that leaves the order of axes as it is
// in the file, and counts what has to be transposed.
func TestChannelsLast(t *testing.T) {
	ints := func(v ...int64) *protos.TensorProto { return intArray(v...).encode() }
	consts := func() map[string]*protos.TensorProto {
		return map[string]*protos.TensorProto{
			"number": floatArray([]float32{0.5}).encode(), "one4": floats(1, 1, 1, 1), "channels3": floats(5, 1, 1), "channels4": floats(1, 5, 1, 1),
			"columns": floats(6), "five": floats(2, 1, 5, 1, 1), "wa": floats(5, 3, 1, 1), "wb": floats(5, 3, 1, 1), "ba": floats(5),
			"pads": ints(0, 1, 2, 3, 0, 0, 1, 2), "starts": ints(1, 0, 0), "ends": ints(4, 2, 3), "axes": ints(-3, 0, 3), "starts4": ints(0, 1, 0, 2), "ends4": ints(2, 5, 3, 6), "w3": floats(3, 3, 1, 1),
			"scales": floatArray([]float32{1, 1, 2, 3}, 4).encode(), "taps": floats(5, 1, 3, 3), "kernel": floats(4, 5, 3, 3),
		}
	}
	b := open(t, "gonum")
	x := uniform(42, -1, 1, 2, 3, 4, 6)
	for _, c := range lastCases {
		t.Run(c.name, func(t *testing.T) {
			nodes := append([]*protos.NodeProto{op("Conv", "x wa ba", "a"), op("Conv", "x wb", "b")}, c.nodes...)
			for _, n := range nodes {
				if n.OpType == "Resize" {
					n.Input = []string{"a", "", "scales"}
				}
			}
			m, err := Load(file(17, consts(), nodes...))
			require.NoError(t, err)
			var values [2]Tensor
			for i, form := range []Form{{Maxima: true, Shifted: true}, {Maxima: true, Shifted: true, ChannelsLast: true}} {
				r, err := m.runner(b, form, []string{"y"})
				require.NoError(t, err)
				got, err := r.Run(x)
				require.NoError(t, err)
				r.Close()
				values[i] = got[0]
			}
			require.Equal(t, values[0].Dims, values[1].Dims)
			require.InDeltaSlice(t, values[0].Data, values[1].Data, 1e-5)
			require.Equal(t, c.transposes, transposes(t, m))
		})
	}
}

// transposes counts those that the output needs.
func transposes(t *testing.T, m *Model) (count int) {
	t.Helper()
	l, err := m.net.lower([]string{"y"}, Form{Maxima: true, Shifted: true, ChannelsLast: true})
	require.NoError(t, err)
	wanted := map[string]bool{"y": true}
	for i := len(l.out) - 1; i >= 0; i-- {
		n := l.out[i]
		if !wanted[n.Output[0]] {
			continue
		}
		for _, name := range n.Input {
			wanted[name] = true
		}
		if n.OpType == "Transpose" {
			count++
		}
	}
	return count
}
