package backbone

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/shape"
)

// theEngine is shared by all tests, because a tensor that was on one engine cannot be
// used on another.
var theEngine = sync.OnceValues(func() (compute.Backend, error) { return backend.Open("go") })

func engine(t *testing.T) compute.Backend {
	t.Helper()
	b, err := theEngine()
	require.NoError(t, err)
	return b
}

// normal returns seeded float64 values of the given shape.
func normal(seed uint64, dims ...int) *tensors.Tensor {
	rng := rand.New(rand.NewPCG(seed, 1))
	values := make([]float64, shape.Size(dims))
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

// shake moves every variable away from its initial value, so that no normalization is the
// identity.
func shake(t *testing.T, store *model.Store, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 2))
	for v := range store.IterVariables() {
		values, err := readVariable(v)
		require.NoError(t, err)
		for i := range values {
			values[i] = values[i]*(1+0.3*rng.Float64()) + 0.05*rng.Float64()
		}
		require.NoError(t, v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)))
	}
}

// newNet initializes a network with shaken parameters in float64.
func newNet(t *testing.T, net *Net, err error) (*Net, *model.Store) {
	t.Helper()
	require.NoError(t, err)
	store := model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float64, DefaultSeed))
	shake(t, store, 7)
	return net, store
}

func infer(t *testing.T, net *Net, store *model.Store, x *tensors.Tensor) []float64 {
	t.Helper()
	out, err := model.CallOnce(engine(t), store, net.Forward, x)
	require.NoError(t, err)
	return tensors.MustCopyFlatData[float64](out)
}

// relative is the largest difference over the largest value.
func relative(t *testing.T, want, got []float64) float64 {
	t.Helper()
	require.Len(t, got, len(want))
	diff, size := 0.0, 0.0
	for i := range want {
		diff, size = math.Max(diff, math.Abs(want[i]-got[i])), math.Max(size, math.Abs(want[i]))
	}
	require.False(t, math.IsNaN(diff) || size == 0 || math.IsInf(size, 0), "values of no use: size %g, difference %g", size, diff)
	return diff / size
}

func smallIResNet() (*Net, error) {
	return IResNet{Blocks: []int{1, 2}, Width: 1.0 / 16, Size: 12, Features: 5}.Net()
}

func smallMobile() (*Net, error) {
	return MobileFaceNet{Width: 1.0 / 16, Size: 32, Features: 6}.Net()
}

func smallResNet() (*Net, error) {
	return ResNet{Blocks: []int{1, 2}, Width: 1.0 / 16, Size: 24}.Net()
}

func smallBottleneck() (*Net, error) {
	return ResNet{Blocks: []int{1, 2}, Bottleneck: true, Width: 1.0 / 16, Size: 24}.Net()
}

func smallMini() (*Net, error) {
	return Mini{Channels: []int{4, 6}, Blocks: []int{1, 2}, Size: 20, Features: 5}.Net()
}

// smallNets are the families at the size that tests can afford.
var smallNets = []func() (*Net, error){smallIResNet, smallMobile, smallResNet, smallBottleneck, smallMini}

func TestFoldedEqualsUnfolded(t *testing.T) {
	for _, make := range smallNets {
		net, err := make()
		net, store := newNet(t, net, err)
		x := normal(3, 2, net.Height, net.Width, 3)
		want := infer(t, net, store, x)

		to := model.NewStore()
		folded, err := net.Fold(store.RootScope(), to.RootScope())
		require.NoError(t, err)
		require.Less(t, relative(t, want, infer(t, folded, to, x)), 1e-12, net.Name)
		for _, l := range folded.Layers {
			require.NotEqual(t, BatchNorm, l.Kind, l.Name)
			require.Equal(t, l.Kind == Conv || l.Kind == Linear, l.Bias, l.Name)
		}
		require.Equal(t, want, infer(t, net, store, x), "folding changed the original")
	}
}

func TestFoldKeepsPreActivationOnly(t *testing.T) {
	net, err := smallIResNet()
	net, store := newNet(t, net, err)
	folded, err := net.Fold(store.RootScope(), model.NewStore().RootScope())
	require.NoError(t, err)
	var affine []string
	for _, l := range folded.Layers {
		if l.Kind == Affine {
			affine = append(affine, l.Name)
		}
	}
	require.Equal(t, []string{"layer1/0/bn1", "layer2/0/bn1", "layer2/1/bn1"}, affine)
	_, err = net.Fold(model.NewStore().RootScope(), model.NewStore().RootScope())
	require.ErrorContains(t, err, "no variable conv1/weight below /")
}

func TestGroupedFormsAgree(t *testing.T) {
	for _, l := range []Layer{
		{Out: 6, Kernel: 3, Stride: 1, Pad: 1, Groups: 6},
		{Out: 6, Kernel: 3, Stride: 2, Pad: 1, Groups: 6},
		{Out: 6, Kernel: 5, Stride: 1, Groups: 6},             // one position, as in the global depthwise convolution
		{Out: 6, Kernel: 3, Stride: 1, Pad: 1, Groups: 3},     // two inputs and two outputs a group
		{Out: 12, Kernel: 2, Stride: 3, Pad: 2, Groups: 3},    // even kernel, stride over kernel, four outputs a group
		{Out: 12, Kernel: 5, Stride: 1, Groups: 6},            // one position, two outputs a group
		{Out: 3, Kernel: 1, Stride: 1, Groups: 3, Bias: true}, // 1x1
	} {
		l.Kind, l.Name, l.From, l.InitStd = Conv, "conv", Input, 1
		net, store := newNet(t, &Net{Name: "grouped", Height: 5, Width: 5, Channels: 6, Layers: []Layer{l}}, nil)
		x := normal(4, 2, 5, 5, 6)
		net.Grouping = GroupNative
		want := infer(t, net, store, x)
		net.Grouping = GroupShifted
		require.Less(t, relative(t, want, infer(t, net, store, x)), 1e-13, "%+v", l)
		net.Grouping = GroupAuto
		require.Less(t, relative(t, want, infer(t, net, store, x)), 1e-13, "%+v", l)
	}
}

func TestFlattenOrder(t *testing.T) {
	net := &Net{Name: "flatten", Height: 2, Width: 2, Channels: 3, Layers: []Layer{{Kind: Flatten, Name: "f", From: Input}}}
	x := tensors.FromFlatDataAndDimensions([]float64{0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32}, 1, 2, 2, 3)
	require.Equal(t, []float64{0, 10, 20, 30, 1, 11, 21, 31, 2, 12, 22, 32}, infer(t, net, model.NewStore(), x))
}

// trainingLoss builds sum(value * weights) in training.
func trainingLoss(net *Net, weights *tensors.Tensor) func(scope *model.Scope, x *graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		scope.Store().SetTraining(x.Graph(), true)
		return graph.ReduceAllSum(graph.Mul(net.Forward(scope, x), graph.ConstTensor(x.Graph(), weights)))
	}
}

func TestBatchNormTraining(t *testing.T) {
	net := &Net{Name: "bn", Height: 1, Width: 2, Channels: 2, Layers: []Layer{{Kind: BatchNorm, Name: "bn", From: Input}}}
	store := model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float64, DefaultSeed))
	// Channel 0 holds 1 2 3 6: mean 3, biased variance 3.5, unbiased 14/3. Channel 1
	// holds 5 5 7 7: mean 6, 1, 4/3.
	x := tensors.FromFlatDataAndDimensions([]float64{1, 5, 2, 5, 3, 7, 6, 7}, 2, 1, 2, 2)
	exec := model.MustNewExec(engine(t), store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		scope.Store().SetTraining(x.Graph(), true)
		return net.Forward(scope, x)
	})
	y := tensors.MustCopyFlatData[float64](exec.MustCall1(x))
	d0, d1 := math.Sqrt(3.5+1e-5), math.Sqrt(1+1e-5)
	require.InDeltaSlice(t, []float64{-2 / d0, -1 / d1, -1 / d0, -1 / d1, 0, 1 / d1, 3 / d0, 1 / d1}, y, 1e-14)
	running := func(name string) []float64 {
		values, err := readVariable(store.GetVariable("/bn/" + name))
		require.NoError(t, err)
		return values
	}
	require.InDeltaSlice(t, []float64{0.3, 0.6}, running("running_mean"), 1e-15)
	require.InDeltaSlice(t, []float64{0.9 + 0.1*14/3, 0.9 + 0.1*4/3}, running("running_var"), 1e-15)
	exec.MustCall1(x)
	require.InDeltaSlice(t, []float64{0.57, 1.14}, running("running_mean"), 1e-15)

	single := &Net{Name: "bn", Height: 1, Width: 1, Channels: 2, Layers: net.Layers}
	_, err := model.CallOnce(engine(t), store, trainingLoss(single, normal(1, 1, 1, 1, 2)), normal(1, 1, 1, 1, 2))
	require.ErrorContains(t, err, "more than one value per channel")
}

// TestGradients compares the gradient of small networks in training with central
// differences, on the reference engine. The running statistics change as it goes, but
// nothing here depends on them.
func TestGradients(t *testing.T) {
	reference, err := backend.Open(golden.Reference)
	require.NoError(t, err)
	defer reference.Finalize()
	tiny := func() (*Net, error) {
		return MobileFaceNet{Blocks: [4]int{1, 1, 1, 1}, Width: 1.0 / 16, Size: 32, Features: 6}.Net()
	}
	for _, make := range []func() (*Net, error){smallIResNet, tiny, smallResNet, smallBottleneck, smallMini} {
		net, err := make()
		net, store := newNet(t, net, err)
		batch := 3
		x, weights := normal(5, batch, net.Height, net.Width, 3), normal(6, batch, net.Layers[len(net.Layers)-1].outputs(t, net))
		forward := trainingLoss(net, weights)
		out, err := model.CallOnceN(reference, store, func(scope *model.Scope, x *graph.Node) []*graph.Node {
			return scope.BuildTrainableVariablesGradientsGraph(forward(scope, x))
		}, x)
		require.NoError(t, err)
		gradients := map[string][]float64{}
		for v := range store.IterVariables() {
			if v.Trainable {
				gradients[v.Path()] = tensors.MustCopyFlatData[float64](out[len(gradients)])
			}
		}
		require.Len(t, out, len(gradients))
		exec := model.MustNewExec(reference, store, forward)
		loss := func() float64 { return tensors.ToScalar[float64](exec.MustCall1(x)) }
		checkDifferences(t, net, store, gradients, loss)
	}
}

// outputs is the length of the network's embedding.
func (l Layer) outputs(t *testing.T, net *Net) int {
	t.Helper()
	shapes, err := net.Shapes()
	require.NoError(t, err)
	return shapes[len(shapes)-1][0]
}

// checkDifferences moves one seeded coordinate of every trainable variable.
func checkDifferences(t *testing.T, net *Net, store *model.Store, gradients map[string][]float64, loss func() float64) {
	t.Helper()
	const h = 1e-6
	rng := rand.New(rand.NewPCG(42, 3))
	worst, name := 0.0, ""
	for v := range store.IterVariables() {
		gradient, ok := gradients[v.Path()]
		if !ok {
			continue
		}
		values, err := readVariable(v)
		require.NoError(t, err)
		at := rng.IntN(len(values))
		with := func(delta float64) float64 {
			moved := slices.Clone(values)
			moved[at] += delta
			require.NoError(t, v.SetValue(tensors.FromFlatDataAndDimensions(moved, v.Shape().Dimensions...)))
			return loss()
		}
		difference := (with(h) - with(-h)) / (2 * h)
		with(0)
		if e := math.Abs(difference-gradient[at]) / math.Max(1, math.Abs(difference)); e > worst {
			worst, name = e, v.Path()
		}
	}
	t.Logf("%s: worst difference %.3g (%s) over %d variables", net.Name, worst, name, len(gradients))
	require.Less(t, worst, 1e-6)
}

func TestFrozenWeightHasNoGradient(t *testing.T) {
	net, err := smallIResNet()
	_, store := newNet(t, net, err)
	for v := range store.IterVariables() {
		want := v.Path() != "/features/weight" && v.Name() != "running_mean" && v.Name() != "running_var"
		require.Equal(t, want, v.Trainable, v.Path())
	}
}

func TestForwardErrors(t *testing.T) {
	net, err := smallIResNet()
	require.NoError(t, err)
	store := model.NewStore()
	_, err = model.CallOnce(engine(t), store, net.Forward, normal(1, 1, 12, 12, 3))
	require.ErrorContains(t, err, "no variable conv1/weight below /")
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float32, 1))
	_, err = model.CallOnce(engine(t), store, net.Forward, normal(1, 1, 12, 12, 3))
	require.ErrorContains(t, err, "variable conv1/weight is Float32, its input Float64")
	_, err = model.CallOnce(engine(t), store, net.Forward, normal(1, 1, 11, 12, 3))
	require.ErrorContains(t, err, "want x [batch, 12, 12, 3]")
	require.ErrorContains(t, net.Init(store.RootScope(), dtypes.Float32, 1), "variable /conv1/weight exists already")
	require.ErrorContains(t, net.Init(model.NewStore().RootScope(), dtypes.Int32, 1), "want Float32 or Float64")
}

func TestInitValues(t *testing.T) {
	net, err := IResNet{Blocks: []int{1}, Width: 0.5, Size: 8}.Net()
	require.NoError(t, err)
	stores := [2]*model.Store{model.NewStore(), model.NewStore()}
	for i, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
		require.NoError(t, net.Init(stores[i].RootScope().In("phi"), dtype, DefaultSeed))
	}
	deviation := map[string]float64{}
	for v := range stores[0].IterVariables() {
		wide, err := readVariable(v)
		require.NoError(t, err)
		narrow, err := readVariable(stores[1].GetVariable(v.Path()))
		require.NoError(t, err)
		require.InDeltaSlice(t, wide, narrow, 1e-7, v.Path())
		sum := 0.0
		for _, x := range wide {
			sum += x * x
		}
		deviation[v.Path()] = math.Sqrt(sum / float64(len(wide)))
	}
	require.InDelta(t, 0.1, deviation["/phi/layer1/0/conv1/weight"], 0.005)
	// uniform within 1/sqrt(512): 4x4 positions of 32 channels
	require.InDelta(t, 1/math.Sqrt(3*512), deviation["/phi/fc/weight"], 0.001)
	require.InDelta(t, 1/math.Sqrt(3*512), deviation["/phi/fc/bias"], 0.003)
	require.Equal(t, 0.25, deviation["/phi/prelu/weight"])
	require.Equal(t, 1.0, deviation["/phi/features/weight"])
	require.Equal(t, 0.0, deviation["/phi/features/bias"])
	require.Equal(t, 1.0, deviation["/phi/bn1/running_var"])
	require.Equal(t, 0.0, deviation["/phi/bn1/running_mean"])
}
