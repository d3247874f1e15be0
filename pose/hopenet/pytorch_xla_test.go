//go:build cgo

package hopenet_test

import (
	"os"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/xla"
	"github.com/pifr-go/pifr/internal/longtest"
	"github.com/pifr-go/pifr/internal/pytorch"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// openXLA opens the engine, installing its library if need be. Where that is impossible
// the test is skipped; under CI it fails.
func openXLA(t *testing.T) backend.Backend {
	t.Helper()
	b, err := backend.Open("xla:cpu")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

// TestPyTorchXLA leaves float64 to TestFullWidth: XLA takes its time to compile.
func TestPyTorchXLA(t *testing.T) {
	longtest.Only(t)
	openXLA(t)
	checkSmall(t, "xla:cpu", dtypes.Float32)
}

// TestFullWidth compares HopeNet as it is published, at 224x224, with torchvision's
// ResNet-50.
func TestFullWidth(t *testing.T) {
	longtest.Only(t)
	engine := openXLA(t)
	net, err := hopenet.ResNet50()
	require.NoError(t, err)
	againstPyTorch(t, engine, dtypes.Float64, net, 2, "resnet50.json", all)
	againstPyTorch(t, engine, dtypes.Float32, net, 2, "resnet50.json", pytorch.Values)
}
