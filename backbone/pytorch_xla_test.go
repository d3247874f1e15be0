//go:build cgo

package backbone_test

import (
	"os"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/xla"
	"github.com/pifr-go/pifr/internal/longtest"
	"github.com/pifr-go/pifr/internal/pytorch"
)

// openXLA opens the engine, installing its library if need be. Where that is impossible
// the test is skipped; under CI it fails.
func openXLA(t *testing.T) {
	t.Helper()
	b, err := backend.Open("xla:cpu")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	if err == nil {
		b.Finalize()
	}
}

// TestPyTorchXLA leaves float64 to TestFullWidth: XLA takes its time to compile.
func TestPyTorchXLA(t *testing.T) {
	longtest.Only(t)
	openXLA(t)
	checkSmall(t, "xla:cpu", dtypes.Float32)
}

// TestFullWidth compares IResNet-18 as it is published, at 112x112.
func TestFullWidth(t *testing.T) {
	longtest.Only(t)
	openXLA(t)
	engine := open(t, "xla:cpu")
	cfg := backbone.IResNet{Depth: 18}
	againstPyTorch(t, engine, dtypes.Float64, cfg, 4, "iresnet18.json", all)
	againstPyTorch(t, engine, dtypes.Float32, cfg, 4, "iresnet18.json", pytorch.Values)
}
