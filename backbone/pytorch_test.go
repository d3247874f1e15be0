package backbone_test

import (
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/pytorch"
)

// configuration is what all families have.
type configuration interface{ Net() (*backbone.Net, error) }

// againstPyTorch runs a training step of the network on an engine, and compares it with a
// fixture of testdata/reference.py.
func againstPyTorch(t *testing.T, engine backend.Backend, dtype dtypes.DType, cfg configuration, batch int, fixture string, part func(golden.Fixture) golden.Fixture) {
	t.Helper()
	net, err := cfg.Net()
	require.NoError(t, err)
	got, err := pytorch.Case{Net: described(t, net), Batch: batch}.Step(engine, dtype)
	require.NoError(t, err)
	want, err := golden.ReadFixture(filepath.Join("testdata", fixture))
	require.NoError(t, err)
	worst, err := pytorch.Compare(part(got), part(want), pytorch.ToleranceFor(dtype))
	t.Logf("%s on %s in %s: %d tensors, greatest error %.2g", net.Name, engine.Name(), dtype, len(part(want)), worst)
	require.NoError(t, err)
}

// described is a network as package pytorch takes it.
func described(t *testing.T, net *backbone.Net) pytorch.Net {
	t.Helper()
	params, err := net.Params()
	require.NoError(t, err)
	out := pytorch.Net{Name: net.Name, Height: net.Height, Width: net.Width, Forward: net.Forward}
	for _, p := range params {
		out.Params = append(out.Params, pytorch.Param{Path: p.Path, Shape: p.Shape, Trainable: p.Trainable, Running: p.Running})
	}
	return out
}

// all compares everything that a fixture has.
func all(f golden.Fixture) golden.Fixture { return f }

// checkSmall compares every family, at small width.
func checkSmall(t *testing.T, name string, types ...dtypes.DType) {
	engine := open(t, name)
	for fixture, cfg := range map[string]configuration{
		"iresnet.json":       backbone.IResNet{Blocks: []int{1, 2}, Width: 1.0 / 16, Size: 12, Features: 5},
		"mobilefacenet.json": backbone.MobileFaceNet{Blocks: [4]int{1, 1, 1, 1}, Width: 1.0 / 16, Size: 32, Features: 6},
		"resnet.json":        backbone.ResNet{Blocks: []int{1, 2}, Width: 1.0 / 16, Size: 24},
		"bottleneck.json":    backbone.ResNet{Blocks: []int{1, 2}, Bottleneck: true, Width: 1.0 / 16, Size: 24},
		"mini.json":          backbone.Mini{Channels: []int{4, 6}, Blocks: []int{1, 2}, Size: 20, Features: 5},
	} {
		t.Run(fixture, func(t *testing.T) {
			for _, dtype := range types {
				againstPyTorch(t, engine, dtype, cfg, 8, fixture, all)
			}
		})
	}
}

func open(t *testing.T, name string) backend.Backend {
	t.Helper()
	b, err := backend.Open(name)
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

func TestPyTorch(t *testing.T) {
	for _, name := range []string{"gonum", "gonum:float64", "go"} {
		t.Run(name, func(t *testing.T) { checkSmall(t, name, dtypes.Float64, dtypes.Float32) })
	}
}
