package backbone

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
)

// testedEngines are those on which the inference graph is built differently, and the one
// that they are compared with.
var testedEngines = []string{"go", "gonum"}

// TestEnginesAgree runs the folded networks in float32: the graph depends on the engine,
// its value must not.
func TestEnginesAgree(t *testing.T) {
	for _, make := range smallNets {
		net, err := make()
		net, store := newNet(t, net, err)
		wide := model.NewStore()
		folded, err := net.Fold(store.RootScope(), wide.RootScope())
		require.NoError(t, err)
		params, err := folded.Params()
		require.NoError(t, err)
		var want []float64
		for _, name := range testedEngines {
			b, err := backend.Open(name)
			require.NoError(t, err)
			narrow := model.NewStore().WithVariableAsConst(b.Capabilities().PreferConstantsForVariables)
			for _, p := range params {
				values, err := readVariable(wide.GetVariable("/" + p.Path))
				require.NoError(t, err)
				require.NoError(t, create(narrow.RootScope(), dtypes.Float32, p, slices.Clone(values)))
			}
			got := float32Values(t, b, folded, narrow)
			if want == nil {
				want = got
			}
			require.Less(t, relative(t, want, got), 1e-5, "%s on %s", net.Name, name)
			b.Finalize()
		}
	}
}

// float32Values runs the network on seeded float32 images.
func float32Values(t *testing.T, b backend.Backend, net *Net, store *model.Store) []float64 {
	t.Helper()
	values := tensors.MustCopyFlatData[float64](normal(9, 2, net.Height, net.Width, 3))
	images := make([]float32, len(values))
	for i, v := range values {
		images[i] = float32(v)
	}
	out, err := model.CallOnce(b, store, net.Forward, tensors.FromFlatDataAndDimensions(images, 2, net.Height, net.Width, 3))
	require.NoError(t, err)
	wide := []float64{}
	for _, v := range tensors.MustCopyFlatData[float32](out) {
		wide = append(wide, float64(v))
	}
	return wide
}
