package backbone

import (
	"math"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/longtest"
)

// narrowStore holds shaken parameters of the network in float32.
func narrowStore(t *testing.T, net *Net) *model.Store {
	t.Helper()
	_, wide := newNet(t, net, nil)
	params, err := net.Params()
	require.NoError(t, err)
	store := model.NewStore()
	for _, p := range params {
		values, err := readVariable(wide.GetVariable("/" + p.Path))
		require.NoError(t, err)
		require.NoError(t, create(store.RootScope(), dtypes.Float32, p, values))
	}
	return store
}

// float32s is a tensor in float32.
func float32s(t *tensors.Tensor) *tensors.Tensor {
	var narrow []float32
	for _, v := range tensors.MustCopyFlatData[float64](t) {
		narrow = append(narrow, float32(v))
	}
	return tensors.FromFlatDataAndDimensions(narrow, t.Shape().Dimensions...)
}

// trainedOnce runs one training pass and returns the network's value and all gradients,
// one after the other; look sees the graph once it is whole.
func trainedOnce(t *testing.T, b compute.Backend, net *Net, store *model.Store, x *tensors.Tensor, look func(y *graph.Node)) (value, gradients []float64) {
	t.Helper()
	weights := normal(6, x.Shape().Dim(0), net.Layers[len(net.Layers)-1].outputs(t, net))
	if x.DType() == dtypes.Float32 {
		weights = float32s(weights)
	}
	out, err := model.CallOnceN(b, store, func(scope *model.Scope, x *graph.Node) []*graph.Node {
		scope.Store().SetTraining(x.Graph(), true)
		y := net.Forward(scope, x)
		loss := graph.ReduceAllSum(graph.Mul(y, graph.ConstTensor(x.Graph(), weights)))
		out := append([]*graph.Node{y}, scope.BuildTrainableVariablesGradientsGraph(loss)...)
		look(y)
		return out
	}, x)
	require.NoError(t, err)
	for i, o := range out {
		require.Equal(t, x.DType(), o.DType(), "output %d", i)
		values := flat(t, o)
		if i == 0 {
			value = values
		} else {
			gradients = append(gradients, values...)
		}
	}
	return value, gradients
}

func flat(t *testing.T, x *tensors.Tensor) (out []float64) {
	t.Helper()
	if x.DType() == dtypes.Float64 {
		return tensors.MustCopyFlatData[float64](x)
	}
	for _, v := range tensors.MustCopyFlatData[float32](x) {
		out = append(out, float64(v))
	}
	return out
}

// distance is the Euclidean norm of a difference over that of what is wanted.
func distance(want, got []float64) float64 {
	return floats.Distance(want, got, 2) / floats.Norm(want, 2)
}

// productDTypes counts the dtypes of the operands of a graph's convolutions, and of the
// matrix products of its forward pass, which ends in y. The gradients of matrix products
// are left out: GoMLX computes them in float32.
func productDTypes(counts map[dtypes.DType]int) func(y *graph.Node) {
	return func(y *graph.Node) {
		for _, n := range y.Graph().Nodes() {
			if n.Type() == graph.NodeTypeConvGeneral || n.Type() == graph.NodeTypeDotGeneral && n.Id() <= y.Id() {
				for _, in := range n.Inputs() {
					counts[in.DType()]++
				}
			}
		}
	}
}

// bodyEngines are those on which the networks are run in bfloat16.
var bodyEngines = []string{"gonum"}

// TestBody: with a bfloat16 body every convolution, forward and backward, and every
// matrix product takes bfloat16, while the value, all gradients and all variables are
// float32; the value and the running statistics differ from those of float32 by a
// rounding to 8 bits.
func TestBody(t *testing.T) {
	for _, name := range bodyEngines {
		t.Run(name, func(t *testing.T) {
			if name != "gonum" {
				longtest.Only(t)
			}
			b, err := backend.Open(name)
			if err != nil && os.Getenv("CI") != "true" {
				t.Skipf("component missing: %v", err)
			}
			require.NoError(t, err)
			defer b.Finalize()
			nets := smallNets
			if name != "gonum" {
				nets = nets[:1] // compiling takes seconds each
			}
			for _, make := range nets {
				net, err := make()
				require.NoError(t, err)
				testBody(t, b, net)
			}
		})
	}
}

func testBody(t *testing.T, b compute.Backend, net *Net) {
	x := float32s(normal(3, 8, net.Height, net.Width, 3))
	store, half := narrowStore(t, net), narrowStore(t, net)
	want, wantGradients := trainedOnce(t, b, net, store, x, func(*graph.Node) {})
	net.Body = dtypes.BFloat16
	counts := map[dtypes.DType]int{}
	got, gotGradients := trainedOnce(t, b, net, half, x, productDTypes(counts))
	require.Positive(t, counts[dtypes.BFloat16])
	require.Len(t, counts, 1, "%s: products of other dtypes: %v", net.Name, counts)
	// Every layer rounds by up to 2^-9, and errors add up as their squares; sums over the
	// few channels of these networks cancel, which makes some of them several times
	// larger. Gradients suffer more, by activations that change their sign; their
	// direction stays.
	e, cosine := distance(want, got), floats.Dot(wantGradients, gotGradients)/floats.Norm(wantGradients, 2)/floats.Norm(gotGradients, 2)
	bound := 0x1p-7 * math.Sqrt(float64(len(net.Layers)))
	t.Logf("%s: value differs by %.2g, bound %.2g; cosine of gradients %.4f", net.Name, e, bound, cosine)
	require.Greater(t, e, 0x1p-11, "not computed in bfloat16")
	require.Less(t, e, bound)
	require.Greater(t, cosine, 0.95)
	for v := range half.IterVariables() {
		require.Equal(t, dtypes.Float32, v.DType(), v.Path())
		if v.Name() == "running_mean" || v.Name() == "running_var" {
			was, err := readVariable(store.GetVariable(v.Path()))
			require.NoError(t, err)
			is, err := readVariable(v)
			require.NoError(t, err)
			require.Less(t, distance(was, is), bound, v.Path())
		}
	}
}

// TestBodyValue: a network whose last layer gives bfloat16 gives float32 nevertheless, as
// do layers asked for by name.
func TestBodyValue(t *testing.T) {
	net := &Net{Name: "conv", Height: 4, Width: 4, Channels: 3, Body: dtypes.BFloat16, Layers: []Layer{
		{Kind: Conv, Name: "conv", From: Input, Out: 2, Kernel: 4, Stride: 1, Groups: 1}, {Kind: Flatten, Name: "flatten", From: 0}, {Kind: ReLU, Name: "relu", From: 1}}}
	store := model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float32, 1))
	out, err := model.CallOnceN(engine(t), store, func(scope *model.Scope, x *graph.Node) []*graph.Node {
		return append(net.ForwardLayers(scope, x, "flatten"), net.Forward(scope, x))
	}, float32s(normal(1, 2, 4, 4, 3)))
	require.NoError(t, err)
	for _, o := range out {
		require.Equal(t, dtypes.Float32, o.DType())
	}
}

// TestBodyErrors: float16 would need a scaled loss, and float64 makes no sense.
func TestBodyErrors(t *testing.T) {
	net, err := smallIResNet()
	require.NoError(t, err)
	for _, dtype := range []dtypes.DType{dtypes.Float16, dtypes.Float64} {
		net.Body = dtype
		_, err := model.CallOnce(engine(t), narrowStore(t, net), net.Forward, float32s(normal(1, 2, net.Height, net.Width, 3)))
		require.ErrorContains(t, err, "want a body of BFloat16")
	}
}
