package gonum

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/notimplemented"
	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
	"github.com/pifr-go/pifr/internal/simd"
)

// Name under which the engine is registered, with package backend and with GoMLX's
// compute.
const Name = "gonum"

// wideConfig is the configuration that holds every float in float64.
const wideConfig = "float64"

// Backend is the engine. It is safe for concurrent use.
type Backend struct {
	notimplemented.Backend

	// wide holds every float in float64 ("gonum:float64").
	wide       bool
	memory     pool
	workspaces sync.Pool // of *workspace
	float32s   matmul.Multiplier[float32]
	float64s   matmul.Multiplier[float64]
	finalized  atomic.Bool
}

var _ compute.Backend = (*Backend)(nil)

// New opens the engine. The configuration is "" for native dtypes, or "float64" to hold
// every float in float64.
//
// PIFR_SIMD in the environment lowers the level of the kernels (portable, neon, avx2,
// avx512).
func New(config string) (compute.Backend, error) {
	if err := simd.Check(); err != nil {
		return nil, fmt.Errorf("gonum: %w", err)
	}
	switch strings.TrimSpace(config) {
	case "", "native":
		return &Backend{}, nil
	case wideConfig:
		return &Backend{wide: true}, nil
	}
	return nil, fmt.Errorf("gonum: unknown configuration %q: want \"\" or \"float64\"", config)
}

// Name returns "gonum" for both forms: it is the name of the registered engine.
func (b *Backend) Name() string { return Name }

// String returns the full name, with the configuration: "gonum" or "gonum:float64".
func (b *Backend) String() string {
	if b.wide {
		return Name + ":" + wideConfig
	}
	return Name
}

// Description says what the engine is, the level of its kernels, and how many cores it
// uses.
func (b *Backend) Description() string {
	policy := "native dtypes"
	if b.wide {
		policy = "every float held in float64"
	}
	return fmt.Sprintf("pure Go, %s kernels, %s, %d cores", simd.Best(), policy, runtime.GOMAXPROCS(0))
}

// NumDevices is 1: the host.
func (b *Backend) NumDevices() int { return 1 }

// DeviceDescription describes the host, whatever the number.
func (b *Backend) DeviceDescription(compute.DeviceNum) string {
	return fmt.Sprintf("host (%s/%s)", runtime.GOOS, runtime.GOARCH)
}

// Finalize drops the engine's memory. Executables and buffers of it must not be used
// afterwards.
func (b *Backend) Finalize() {
	b.finalized.Store(true)
	b.memory.clear()
}

// IsFinalized tells whether Finalize was called.
func (b *Backend) IsFinalized() bool { return b.finalized.Load() }
