package backbone

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/shape"
)

// pooledPlainly is the maximum over each window of an image [size, size], by the
// definition, and which pixel it is: the first in reading order, -1 with none.
func pooledPlainly(x []float64, size int, l Layer) (values []float64, from []int) {
	side := (size+2*l.Pad-l.Kernel)/l.Stride + 1
	for row := range side {
		for column := range side {
			best, at := math.Inf(-1), -1
			for tap := range l.Kernel * l.Kernel {
				y, z := row*l.Stride-l.Pad+tap/l.Kernel, column*l.Stride-l.Pad+tap%l.Kernel
				if y >= 0 && y < size && z >= 0 && z < size && x[y*size+z] > best {
					best, at = x[y*size+z], y*size+z
				}
			}
			values, from = append(values, best), append(from, at)
		}
	}
	return values, from
}

// TestMaxPool holds both forms to the definition, and the gradient to the rule that the
// first of equal values gets it. The image has few different values, all negative, so
// that ties are frequent and a padding with zeros would show.
func TestMaxPool(t *testing.T) {
	for _, l := range []Layer{
		{Kernel: 3, Stride: 2, Pad: 1}, // ResNet's
		{Kernel: 2, Stride: 2},
		{Kernel: 3, Stride: 1, Pad: 1},
		{Kernel: 2, Stride: 3, Pad: 1}, // stride over window
		{Kernel: 7, Stride: 1},         // one position
		{Kernel: 1, Stride: 2},
	} {
		const size = 7
		l.Kind, l.Name, l.From = MaxPool, "pool", Input
		values := tensors.MustCopyFlatData[float64](normal(8, size*size))
		for i, v := range values {
			values[i] = math.Round(2*v)/2 - 4
		}
		want, from := pooledPlainly(values, size, l)
		x := tensors.FromFlatDataAndDimensions(values, 1, size, size, 1)
		net := &Net{Name: "pool", Height: size, Width: size, Channels: 1, Layers: []Layer{l}}
		shapes, err := net.Shapes()
		require.NoError(t, err)
		require.Equal(t, len(want), shape.Size(shapes[0]))
		native := layerParams{net: net, layer: l}
		got, err := graph.CallOnce(engine(t), native.maxPool, x)
		require.NoError(t, err)
		require.Equal(t, want, tensors.MustCopyFlatData[float64](got), "native %+v", l)

		weights := tensors.MustCopyFlatData[float64](normal(9, len(want)))
		slopes := make([]float64, size*size)
		for i, at := range from {
			slopes[at] += weights[i]
		}
		both, err := graph.CallOnceN(engine(t), func(x *graph.Node) []*graph.Node {
			y := shiftedMaxPool(x, l)
			sum := graph.ReduceAllSum(graph.Mul(graph.Reshape(y, -1), graph.Const(x.Graph(), weights)))
			return append(graph.Gradient(sum, x), y)
		}, x)
		require.NoError(t, err)
		require.Equal(t, want, tensors.MustCopyFlatData[float64](both[1]), "shifted %+v", l)
		require.InDeltaSlice(t, slopes, tensors.MustCopyFlatData[float64](both[0]), 1e-14, "gradient %+v", l)
	}
}

func TestPoolErrors(t *testing.T) {
	for message, l := range map[string]Layer{
		"at most half the window": {Kind: MaxPool, Kernel: 3, Stride: 1, Pad: 2},
		"does not fit":            {Kind: MaxPool, Kernel: 5, Stride: 1},
		"stride of at least 1":    {Kind: MaxPool, Kernel: 2},
	} {
		l.Name, l.From = "pool", Input
		_, err := (&Net{Name: "x", Height: 4, Width: 4, Channels: 1, Layers: []Layer{l}}).Shapes()
		require.ErrorContains(t, err, message)
	}
	twice := []Layer{{Kind: GlobalAvgPool, Name: "a", From: Input}, {Kind: GlobalAvgPool, Name: "b", From: 0}}
	_, err := (&Net{Name: "x", Height: 4, Width: 4, Channels: 1, Layers: twice}).Shapes()
	require.ErrorContains(t, err, "want an image")
}

// TestReLUSlope: as in PyTorch, the slope at zero is 0.
func TestReLUSlope(t *testing.T) {
	net := &Net{Name: "relu", Height: 1, Width: 3, Channels: 1, Layers: []Layer{{Kind: ReLU, Name: "r", From: Input}}}
	out, err := model.CallOnceN(engine(t), model.NewStore(), func(scope *model.Scope, x *graph.Node) []*graph.Node {
		scope.Store().SetTraining(x.Graph(), true)
		y := net.Forward(scope, x)
		return append(graph.Gradient(graph.ReduceAllSum(y), x), y)
	}, tensors.FromFlatDataAndDimensions([]float64{-1, 0, 2}, 1, 1, 3, 1))
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0, 1}, tensors.MustCopyFlatData[float64](out[0]))
	require.Equal(t, []float64{0, 0, 2}, tensors.MustCopyFlatData[float64](out[1]))
}

// TestFixedStatistics: in training too, the running statistics normalize and stay, and
// the weights have their gradient.
func TestFixedStatistics(t *testing.T) {
	net, err := smallResNet()
	net, store := newNet(t, net, err)
	x := normal(3, 2, net.Height, net.Width, 3)
	want := infer(t, net, store, x)
	net.FixedStatistics = true
	before := map[string][]float64{}
	for v := range store.IterVariables() {
		before[v.Path()], err = readVariable(v)
		require.NoError(t, err)
	}
	out, err := model.CallOnceN(engine(t), store, func(scope *model.Scope, x *graph.Node) []*graph.Node {
		scope.Store().SetTraining(x.Graph(), true)
		y := net.Forward(scope, x)
		return append(scope.BuildTrainableVariablesGradientsGraph(graph.ReduceAllSum(y)), y)
	}, x)
	require.NoError(t, err)
	require.Less(t, relative(t, want, tensors.MustCopyFlatData[float64](out[len(out)-1])), 1e-14)
	for v := range store.IterVariables() {
		after, err := readVariable(v)
		require.NoError(t, err)
		require.Equal(t, before[v.Path()], after, v.Path())
	}
	for _, slopes := range out[:len(out)-1] {
		require.NotZero(t, norm(tensors.MustCopyFlatData[float64](slopes)))
	}
}

func norm(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v * v
	}
	return math.Sqrt(sum)
}

func TestForwardLayers(t *testing.T) {
	net, err := smallMini()
	net, store := newNet(t, net, err)
	x := normal(3, 2, net.Height, net.Width, 3)
	names := func(names ...string) func(scope *model.Scope, x *graph.Node) []*graph.Node {
		return func(scope *model.Scope, x *graph.Node) []*graph.Node { return net.ForwardLayers(scope, x, names...) }
	}
	out, err := model.CallOnceN(engine(t), store, names("features/layers/3", "features/layers/2"), x)
	require.NoError(t, err)
	require.Equal(t, infer(t, net, store, x), tensors.MustCopyFlatData[float64](out[0]))
	require.Equal(t, dtypes.Float64, out[1].DType())
	_, err = model.CallOnceN(engine(t), store, names("conv1"), x)
	require.ErrorContains(t, err, `no layer "conv1" whose value is a vector`)
	_, err = model.CallOnceN(engine(t), store, names("none"), x)
	require.ErrorContains(t, err, `no layer "none"`)
}
