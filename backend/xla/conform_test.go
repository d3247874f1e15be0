//go:build cgo

package xla

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/backend/conform"
	"github.com/pifr-go/pifr/internal/longtest"
)

var cpuOptions = conform.Options{Name: "xla:cpu", Lists: "testdata/conform/cpu"}

func TestConform(t *testing.T) {
	longtest.Only(t) // XLA compiles every case: two minutes
	conform.Run(t, open(t, "xla:cpu"), cpuOptions)
}

func TestCompliance(t *testing.T) {
	longtest.Only(t)
	open(t, "xla:cpu") // installs, or skips
	conform.Compliance(t, func() (compute.Backend, error) { return backend.Open("xla:cpu") }, 250, cpuOptions)
}

var cudaOptions = conform.Options{Name: "xla:cuda", Lists: "testdata/conform/cuda"}

// openCUDA opens XLA on a GPU, or skips where there is none. Products are asked for in
// float32 rather than TF32 (tf32 is go-xla's word; the variable is cuDNN's, which
// convolves), and sums in one order, so that equal runs give equal bits.
func openCUDA(t *testing.T) backend.Backend {
	t.Helper()
	t.Setenv("NVIDIA_TF32_OVERRIDE", "0")
	t.Setenv("XLA_FLAGS", strings.TrimSpace(os.Getenv("XLA_FLAGS")+" --xla_gpu_deterministic_ops=true"))
	b, err := backend.Open("xla:cuda,tf32=false,preallocate=false")
	if errors.Is(err, ErrNoGPU) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

func TestConformCUDA(t *testing.T) {
	longtest.Only(t)
	conform.Run(t, openCUDA(t), cudaOptions)
}

func TestComplianceCUDA(t *testing.T) {
	longtest.Only(t)
	openCUDA(t)
	conform.Compliance(t, func() (compute.Backend, error) { return backend.Open("xla:cuda,preallocate=false") }, 250, cudaOptions)
}
