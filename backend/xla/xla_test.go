//go:build cgo

package xla

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"

	goxla "github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
)

// open opens an engine, installing what it needs. Where that is impossible the test is
// skipped, but fails under CI.
func open(t *testing.T, name string) backend.Backend {
	t.Helper()
	b, err := backend.Open(name)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

// product computes a product of two matrices, known by hand.
func product(t *testing.T, b backend.Backend) {
	t.Helper()
	got, err := graph.CallOnce(b, func(x, y *graph.Node) *graph.Node { return graph.MatMul(x, y) },
		[][]float32{{1, 2}, {3, 4}}, [][]float32{{5, 6}, {7, 8}})
	require.NoError(t, err)
	require.Equal(t, [][]float32{{19, 22}, {43, 50}}, got.Value())
}

func TestCPU(t *testing.T) {
	b := open(t, "xla:cpu")
	require.Equal(t, "xla", b.Name())
	require.Positive(t, b.NumDevices())
	product(t, b)

	line, err := backend.Describe("xla:cpu")
	require.NoError(t, err)
	require.Contains(t, line, "ready: plugin ")
	require.NotContains(t, line, "not ready")
}

// TestTwice opens two engines from one plugin: closing one must not harm the other.
func TestTwice(t *testing.T) {
	first := open(t, "xla:cpu")
	second := open(t, "xla:cpu")
	require.NotSame(t, first, second)
	product(t, first)
	product(t, second)
	first.Finalize()
	product(t, second)
}

func TestConcurrentOpen(t *testing.T) {
	open(t, "xla:cpu") // installs, or skips
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			b, err := backend.Open("xla:cpu")
			if err != nil {
				t.Error(err)
				return
			}
			defer b.Finalize()
			got, err := graph.CallOnce(b, func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(x) }, []float32{1, 2, 3})
			if err != nil || got.Value() != float32(6) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	wg.Wait()
}

func TestOptions(t *testing.T) {
	open(t, "xla:cpu") // installs, or skips
	b := open(t, "xla:cpu,shared_buffers=false")
	require.False(t, b.HasSharedBuffers())
	product(t, b)
	_, err := backend.Open("xla:cpu,no_such_option=1")
	require.ErrorContains(t, err, "no_such_option")
}

// TestDefault holds that XLA, installed for training, is not what a few photos wait for,
// and that the environment can ask for it all the same.
func TestDefault(t *testing.T) {
	open(t, "xla:cpu") // installs, or skips
	t.Setenv(backend.Env, "")
	choice := backend.Default()
	require.Equal(t, "gonum", choice.Name)
	if runtime.GOARCH == "amd64" {
		require.True(t, choice.Measured)
		require.Regexp(t, `12 photos from nothing to features took gonum [0-9.]+ s, xla:cpu [0-9.]+ s`, choice.Reason)
	}
	t.Setenv(backend.Env, "xla:cpu")
	require.Equal(t, "xla:cpu", backend.Default().Name)
}

func TestCUDA(t *testing.T) {
	if !installer.HasNvidiaGPU() {
		_, err := backend.Open("xla:cuda")
		require.ErrorIs(t, err, ErrNoGPU)
		line, err := backend.Describe("xla:cuda")
		require.NoError(t, err)
		require.Contains(t, line, "not ready: no NVIDIA GPU found")
		return
	}
	b := open(t, "xla:cuda")
	product(t, b)
	require.True(t, b.(*goxla.Backend).IsCUDA())
}

// TestNoFallback opens the CPU's plugin as if it were CUDA's: its options, or else the
// platform that it reports, give it away.
func TestNoFallback(t *testing.T) {
	open(t, "xla:cpu") // installs, or skips
	cpu, err := find("cpu")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Symlink(cpu, dir+"/pjrt_c_api_cuda_plugin.so"))
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", dir)
	d := &driver{hasGPU: func() bool { return true }, checked: map[string]string{}}
	_, err = d.Open(context.Background(), "cuda")
	require.ErrorContains(t, err, "pjrt_c_api_cuda_plugin.so") // the CPU's plugin does not take the options of CUDA's
	require.ErrorContains(t, check("gpu", cpu), `it serves the platform "cpu", not "gpu"`)
}

// TestNoAutoInstall holds that linking this package does not link go-xla's own automatic
// installation.
func TestNoAutoInstall(t *testing.T) {
	require.ErrorIs(t, goxla.AutoInstall(), goxla.ErrNoAutoInstaller)
}
