//go:build cgo

package conform

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/backend/xla"
)

// openLibrary opens an engine that needs a shared library, installing it if need be.
// Where that is impossible the test is skipped; under CI it fails.
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

// complianceOfLibrary opens the engine before it starts, so that a missing library skips
// the test in good time.
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

// openCUDA opens XLA on a GPU, or skips where there is none. Products are asked for in
// float32 rather than TF32 (tf32 is go-xla's word; the variable is cuDNN's, which
// convolves), and sums in one order, so that equal runs give equal bits.
func openCUDA(t *testing.T) Engine {
	t.Helper()
	t.Setenv("NVIDIA_TF32_OVERRIDE", "0")
	t.Setenv("XLA_FLAGS", strings.TrimSpace(os.Getenv("XLA_FLAGS")+" --xla_gpu_deterministic_ops=true"))
	b, err := backend.Open("xla:cuda,tf32=false,preallocate=false")
	if errors.Is(err, xla.ErrNoGPU) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return Engine{Name: "xla:cuda", Backend: b}
}

func TestXLACUDA(t *testing.T) { RunAll(t, openCUDA(t)) }

func TestXLACUDAAgainstReference(t *testing.T) {
	TestAgainstReference(t, openCUDA(t), open(t, "gonum:float64"), dtypes.Float32, dtypes.Float64)
}

func TestComplianceXLACUDA(t *testing.T) {
	if os.Getenv(innerVariable) == "" {
		openCUDA(t)
	}
	Compliance(t, "xla:cuda", 250, func() (compute.Backend, error) { return backend.Open("xla:cuda") })
}
