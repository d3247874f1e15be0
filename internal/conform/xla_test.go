//go:build cgo

package conform

import (
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/xla"
)

// openLibrary opens an engine that needs a shared library, installing it if need be. Where that is impossible the test
// is skipped; under CI it fails.
func openLibrary(t *testing.T, name string) Engine {
	t.Helper()
	b, err := backend.Open(name)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return Engine{Name: name, Backend: b}
}

// complianceOfLibrary opens the engine before it starts, so that a missing library skips the test in good time.
func complianceOfLibrary(t *testing.T, name string, atLeast int) {
	if os.Getenv(innerVariable) == "" {
		openLibrary(t, name)
	}
	Compliance(t, name, atLeast, func() (compute.Backend, error) { return backend.Open(name) })
}

func TestXLA(t *testing.T) { RunAll(t, openLibrary(t, "xla:cpu")) }

func TestXLAAgainstReference(t *testing.T) {
	TestAgainstReference(t, openLibrary(t, "xla:cpu"), open(t, "gonum:float64"), dtypes.Float32, dtypes.Float64)
}

func TestComplianceXLA(t *testing.T) { complianceOfLibrary(t, "xla:cpu", 250) }
