//go:build onnx && cgo

package onnx

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/fetch"
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

func TestOpen(t *testing.T) {
	b := open(t, "onnx")
	require.Equal(t, "onnxruntime", b.Name())
	product(t, b)

	line, err := backend.Describe("onnx")
	require.NoError(t, err)
	require.Contains(t, line, "ready: library ")
	require.NotContains(t, line, "not ready")
}

// TestTwice opens two engines from one library: closing one must not harm the other.
func TestTwice(t *testing.T) {
	first := open(t, "onnx")
	second := open(t, "onnx")
	product(t, first)
	first.Finalize()
	product(t, second)
}

func TestConcurrentOpen(t *testing.T) {
	open(t, "onnx") // installs, or skips
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			b, err := backend.Open("onnx")
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
	open(t, "onnx") // installs, or skips
	product(t, open(t, "onnx:log=1"))
	_, err := backend.Open("onnx:no_such_option=1")
	require.ErrorContains(t, err, "no_such_option")
}

// bare makes a machine with empty folders: nothing installed, and no pip.
func bare(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("PATH", filepath.Join(home, "bin"))
	t.Setenv(pathEnv, "")
	t.Setenv(fetch.NoInstallEnv, "")
	t.Setenv(backend.Env, "")
	return home
}

func TestForbidden(t *testing.T) {
	home := bare(t)
	t.Setenv(fetch.NoInstallEnv, "1")
	_, err := backend.Open("onnx")
	require.ErrorIs(t, err, fetch.ErrForbidden)
	require.ErrorContains(t, err, "forbidden by PIFR_NO_INSTALL: unset it, or ")
	require.ErrorContains(t, err, "set ONNXRUNTIME_SHARED_LIBRARY_PATH")
	line, err := backend.Describe("onnx")
	require.NoError(t, err)
	require.Contains(t, line, "not ready: library not installed")
	entries, err := os.ReadDir(home)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestFind(t *testing.T) {
	bare(t)
	path, err := find()
	require.NoError(t, err)
	require.Empty(t, path)

	dir := t.TempDir()
	library := filepath.Join(dir, "libonnxruntime.so")
	t.Setenv(pathEnv, library)
	_, err = find()
	require.ErrorContains(t, err, pathEnv)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = backend.Open("onnx")
	require.ErrorIs(t, err, os.ErrNotExist, "a library that the user names is not replaced by another")

	require.NoError(t, os.WriteFile(library, []byte("not a library"), 0o644))
	path, err = find()
	require.NoError(t, err)
	require.Equal(t, library, path)
}

// TestPins holds that every pin is complete.
func TestPins(t *testing.T) {
	for host, b := range bundles {
		require.Len(t, b.Wheels, 1, host)
		w := b.Wheels[0]
		require.Len(t, w.Members, 1, host)
		require.Regexp(t, `^[0-9a-f]{64}$`, w.SHA256, host)
		require.Regexp(t, `^[0-9a-f]{64}$`, w.Members[0].SHA256, host)
		require.Positive(t, w.Size, host)
		require.Positive(t, w.Members[0].Size, host)
	}
}
