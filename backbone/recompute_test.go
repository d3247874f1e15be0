package backbone

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/golden"
)

// measured is gonum with a note of the memory that its last computation takes beside
// arguments and results.
type measured struct {
	compute.Backend
	memory int
}

type measuredBuilder struct {
	compute.Builder
	engine *measured
}

func (m *measured) Builder(name string) compute.Builder {
	return &measuredBuilder{m.Backend.Builder(name), m}
}

func (b *measuredBuilder) Compile() (compute.Executable, error) {
	e, err := b.Builder.Compile()
	if err == nil {
		b.engine.memory = e.(interface{ MemoryBytes() int }).MemoryBytes()
	}
	return e, err
}

// TestRecompute: gradients, value and running statistics are the same.
func TestRecompute(t *testing.T) {
	b, err := backend.Open(golden.Reference)
	require.NoError(t, err)
	defer b.Finalize()
	deep := IResNet{Blocks: []int{3, 3}, Width: 1.0 / 16, Size: 12, Features: 5}.Net
	for _, make := range append(smallNets, deep) {
		net, err := make()
		require.NoError(t, err)
		run := func() (value, gradients []float64, store *model.Store) {
			_, store = newNet(t, net, nil)
			value, gradients = trainedOnce(t, b, net, store, normal(3, 4, net.Height, net.Width, 3), func(*graph.Node) {})
			return value, gradients, store
		}
		want, wantGradients, wantStore := run()
		net.Recompute = true
		got, gotGradients, store := run()
		require.LessOrEqual(t, relative(t, want, got), 1e-12)
		require.LessOrEqual(t, relative(t, wantGradients, gotGradients), 1e-12)
		for v := range store.IterVariables() {
			was, err := readVariable(wantStore.GetVariable(v.Path()))
			require.NoError(t, err)
			is, err := readVariable(v)
			require.NoError(t, err)
			require.InDeltaSlice(t, was, is, 1e-12, v.Path())
		}
	}
}

// TestRecomputeMemory: training takes less memory, the less the deeper the network.
func TestRecomputeMemory(t *testing.T) {
	b, err := backend.Open("gonum")
	require.NoError(t, err)
	defer b.Finalize()
	last := 1.0
	for _, blocks := range [][]int{{2, 2}, {4, 8}, {6, 16}} {
		net, err := IResNet{Blocks: blocks, Width: 1.0 / 16, Size: 32, Features: 5}.Net()
		require.NoError(t, err)
		memory := func() float64 {
			e := &measured{Backend: b}
			trainedOnce(t, e, net, narrowStore(t, net), float32s(normal(3, 4, 32, 32, 3)), func(*graph.Node) {})
			return float64(e.memory)
		}
		plain := memory()
		net.Recompute = true
		share := memory() / plain
		t.Logf("%s: %.0f bytes, with recomputation %.2f of it", net.Name, plain, share)
		require.Less(t, share, last-0.05)
		last = share
	}
	require.Less(t, last, 0.6)
}

// TestBlockEnds: a network is cut at the sums of its residual blocks, and where nothing
// reaches over the cut.
func TestBlockEnds(t *testing.T) {
	net, err := smallIResNet()
	require.NoError(t, err)
	var names []string
	for _, i := range net.BlockEnds() {
		names = append(names, net.Layers[i].Name)
	}
	require.Equal(t, []string{"layer1/0/add", "layer2/0/add", "layer2/1/add"}, names)

	over := &Net{Name: "over", Height: 4, Width: 4, Channels: 3, Layers: []Layer{
		{Kind: ReLU, Name: "a", From: Input},
		{Kind: Add, Name: "b", From: 0, With: Input}, // a is needed again
		{Kind: Add, Name: "c", From: 1, With: 0},
		{Kind: Flatten, Name: "d", From: 2},
	}}
	require.Equal(t, []int{2}, over.BlockEnds())

	none := &Net{Name: "none", Height: 4, Width: 4, Channels: 3, Recompute: true, Layers: []Layer{
		{Kind: Conv, Name: "conv", From: Input, Out: 2, Kernel: 3, Stride: 1, Groups: 1}, {Kind: Flatten, Name: "flatten", From: 0}}}
	store := model.NewStore()
	require.NoError(t, none.Init(store.RootScope(), dtypes.Float64, 1))
	x := normal(1, 2, 4, 4, 3)
	_, err = model.CallOnce(engine(t), store, trainingLoss(none, normal(2, 2, 8)), x)
	require.ErrorContains(t, err, "no residual block")
	_, err = model.CallOnce(engine(t), store, none.Forward, x)
	require.NoError(t, err, "inference keeps nothing anyway")
}
