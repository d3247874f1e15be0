package weights

import (
	"flag"
	"hash/crc32"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/internal/shape"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

var checkpoints = flag.String("checkpoints", "", "folder of the full-width checkpoints that testdata/checkpoints.py writes")

// hopeNetOutputs are the names of a HopeNet's outputs in the fixtures.
var hopeNetOutputs = []string{"feature", "yaw", "pitch", "roll"}

// checkHopeNet runs a HopeNet, and compares its outputs with PyTorch's.
func checkHopeNet(t *testing.T, net *hopenet.Net, store *model.Store, x *tensors.Tensor, file string) {
	t.Helper()
	engine, err := reference()
	require.NoError(t, err)
	out, err := model.CallOnceN(engine, store, func(scope *model.Scope, x *graph.Node) []*graph.Node {
		o := net.Forward(scope, x)
		return []*graph.Node{o.Feature, o.Yaw, o.Pitch, o.Roll}
	}, x)
	require.NoError(t, err)
	for i, name := range hopeNetOutputs {
		checkOutput(t, out[i], file, name)
	}
}

// TestHopeNetCheckpoint loads a state dict of deep-head-pose's kind, in the format that
// its published checkpoints have.
func TestHopeNetCheckpoint(t *testing.T) {
	trunk, err := backbone.ResNet{Depth: 50, Width: 1.0 / 32, Size: 64}.Net()
	require.NoError(t, err)
	net, err := hopenet.WithTrunk(trunk, pose.HopeNetBins())
	require.NoError(t, err)
	checkpoint, err := Read("testdata/hopenet_narrow.pkl")
	require.NoError(t, err)
	store := model.NewStore()
	err = Load(store.RootScope(), dtypes.Float32, net, checkpoint, Torch())
	require.ErrorContains(t, err, "2 extra (fc_finetune.weight, fc_finetune.bias)")
	require.NoError(t, Load(store.RootScope(), dtypes.Float32, net, checkpoint, HopeNet()))
	checkHopeNet(t, net, store, image(2, 64), "hopenet_narrow_outputs.safetensors")

	// The trunk alone, as a checkpoint of torchvision has it.
	names := Torch()
	names.Ignored = append(names.Ignored, "fc_*")
	require.NoError(t, Load(model.NewStore().RootScope(), dtypes.Float32, trunk, checkpoint, names))
}

// hashed computes the state dict of testdata/checkpoints.py, by the rule of fill there.
func hashed(t *testing.T, net Network) []Tensor {
	t.Helper()
	params, err := net.Params()
	require.NoError(t, err)
	all := make([]Tensor, len(params))
	for i, p := range params {
		name, dims := Torch().name(p.Path), Torch().shape(p.Shape)
		values := uniform(shape.Size(dims), uint64(crc32.ChecksumIEEE([]byte(name))))
		offset, scale := 0.5, 0.2
		switch {
		case len(dims) > 1:
			offset, scale = 0, math.Sqrt(3/float64(shape.Size(dims[1:])))
		case strings.HasSuffix(name, "running_var"):
			offset, scale = 1, 0.5
		case strings.HasSuffix(name, "running_mean"), strings.HasSuffix(name, "bias"):
			offset, scale = 0, 0.1
		case strings.Contains(name, "prelu"):
			offset, scale = 0.25, 0.1
		}
		for j := range values {
			values[j] = offset + scale*values[j]
		}
		all[i], err = Floats(name, dtypes.Float32, values, dims...)
		require.NoError(t, err)
	}
	return all
}

func fullIResNet(t *testing.T) *backbone.Net {
	net, err := backbone.IResNet{Depth: 50}.Net()
	require.NoError(t, err)
	return net
}

func fullHopeNet(t *testing.T) *hopenet.Net {
	net, err := hopenet.ResNet50()
	require.NoError(t, err)
	return net
}

func checkIResNet(t *testing.T, net *backbone.Net, store *model.Store) {
	t.Helper()
	engine, err := reference()
	require.NoError(t, err)
	feature, err := model.CallOnce(engine, store, net.Forward, image(1, 112))
	require.NoError(t, err)
	checkOutput(t, feature, "iresnet50_full_outputs.safetensors", "feature")
}

// TestFullWidth computes the weights of the full-width networks in PyTorch's names and
// layouts, loads them, and gets what PyTorch got with the same ones.
func TestFullWidth(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Run("IResNet-50", func(t *testing.T) {
		net, store := fullIResNet(t), model.NewStore()
		require.NoError(t, Load(store.RootScope(), dtypes.Float32, net, hashed(t, net), Torch()))
		checkIResNet(t, net, store)
	})
	t.Run("HopeNet", func(t *testing.T) {
		net, store := fullHopeNet(t), model.NewStore()
		require.NoError(t, Load(store.RootScope(), dtypes.Float32, net, hashed(t, net), HopeNet()))
		checkHopeNet(t, net, store, image(1, 224), "hopenet_full_outputs.safetensors")
	})
}

// TestFullCheckpoints reads the files that PyTorch wrote at full width, 175 and 96 MB.
func TestFullCheckpoints(t *testing.T) {
	if *checkpoints == "" {
		t.Skip("wants -checkpoints FOLDER, see testdata/checkpoints.py; TestFullWidth checks the same weights without the files")
	}
	t.Run("IResNet-50", func(t *testing.T) {
		net, store := fullIResNet(t), model.NewStore()
		checkpoint, err := Read(filepath.Join(*checkpoints, "iresnet50.pth"))
		require.NoError(t, err)
		require.NoError(t, Load(store.RootScope(), dtypes.Float32, net, checkpoint, Torch()))
		checkIResNet(t, net, store)
		computed := byName(t, hashed(t, net))
		for _, c := range checkpoint {
			if w, ok := computed[c.Name]; ok {
				require.Equal(t, w.Shape, c.Shape, c.Name)
				require.InDeltaSlice(t, floats(t, w)[:1], floats(t, c)[:1], 1e-7, c.Name)
			}
		}
	})
	t.Run("HopeNet", func(t *testing.T) {
		net, store := fullHopeNet(t), model.NewStore()
		checkpoint, err := Read(filepath.Join(*checkpoints, "hopenet.pkl"))
		require.NoError(t, err)
		require.NoError(t, Load(store.RootScope(), dtypes.Float32, net, checkpoint, HopeNet()))
		checkHopeNet(t, net, store, image(1, 224), "hopenet_full_outputs.safetensors")
	})
}
