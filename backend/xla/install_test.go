//go:build cgo

package xla

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/fetch"
)

var errUnreachable = errors.New("unreachable")

// unreachable is a release that cannot be reached, and must not be installed then.
func unreachable(t *testing.T) release {
	return release{
		ask:     func() error { return errUnreachable },
		install: func() error { t.Error("installed without an answer"); return nil },
	}
}

func TestForbidden(t *testing.T) {
	bare(t)
	t.Setenv(fetch.NoInstallEnv, "1")
	_, err := backend.Open("xla:cpu")
	require.ErrorIs(t, err, fetch.ErrForbidden)
	require.ErrorContains(t, err, "forbidden by PIFR_NO_INSTALL: unset it, or put a file pjrt_c_api_cpu_plugin.so in a folder")
	require.ErrorContains(t, err, "set PJRT_PLUGIN_LIBRARY_PATH to that folder")
}

// TestRelease uses what go-xla's installer leaves behind.
func TestRelease(t *testing.T) {
	home := bare(t)
	want := filepath.Join(home, "lib", "pjrt_c_api_cpu_plugin.so")
	t.Setenv("LD_LIBRARY_PATH", filepath.Dir(want))
	r := release{
		ask:     func() error { return nil },
		install: func() error { touch(t, want); return nil },
	}
	var out bytes.Buffer
	got, err := install(t.Context(), "cpu", r, &out)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Contains(t, out.String(), "with go-xla's installer")
}

// TestNothingWorks holds that the error tells of every way that was tried, and of the one
// that is left.
func TestNothingWorks(t *testing.T) {
	bare(t)
	for name, r := range map[string]release{
		"unreachable":      unreachable(t),
		"fails":            {ask: func() error { return nil }, install: func() error { return errUnreachable }},
		"leaves no plugin": {ask: func() error { return nil }, install: func() error { return nil }},
	} {
		_, err := install(t.Context(), "cpu", r, io.Discard)
		require.ErrorContains(t, err, "go-xla's installer", name)
		require.ErrorContains(t, err, "set PJRT_PLUGIN_LIBRARY_PATH to that folder")
		if name != "leaves no plugin" {
			require.ErrorIs(t, err, errUnreachable)
		}
		if _, ok := bundles["cpu "+host]; ok {
			require.ErrorIs(t, err, fetch.ErrDownload)
			require.ErrorContains(t, err, "no pip on the path")
		}
	}
}

// TestCanceledInstall gives up with its context, before anything is asked or fetched.
func TestCanceledInstall(t *testing.T) {
	bare(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := install(ctx, "cpu", unreachable(t), io.Discard)
	require.ErrorIs(t, err, context.Canceled)
	_, err = backend.OpenContext(ctx, "xla:cpu")
	require.ErrorIs(t, err, context.Canceled)
}

// TestBounded gives up on a function that does not return.
func TestBounded(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	err := bounded(t.Context(), time.Millisecond, func() error { <-end; return nil })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, bounded(t.Context(), time.Minute, func() error { return nil }))
}

// TestNoGPU holds that without a GPU nothing is looked for and nothing installed.
func TestNoGPU(t *testing.T) {
	home := bare(t)
	d := &driver{hasGPU: func() bool { return false }, release: unreachable(t)}
	_, err := d.Open(t.Context(), "cuda")
	require.ErrorIs(t, err, ErrNoGPU)
	entries, err := os.ReadDir(home)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// TestPins holds that every pin is complete.
func TestPins(t *testing.T) {
	for key, b := range bundles {
		platform, _, _ := strings.Cut(key, " ")
		names := map[string]bool{}
		for _, w := range b.Wheels {
			require.Regexp(t, `^[0-9a-f]{64}$`, w.SHA256, w.Project)
			require.Positive(t, w.Size, w.Project)
			require.True(t, strings.HasPrefix(w.File, strings.ReplaceAll(w.Project, "-", "_")+"-"+w.Version+"-"), w.File)
			for _, p := range w.Platforms {
				require.Contains(t, w.File, p)
			}
			for _, m := range w.Members {
				require.Regexp(t, `^[0-9a-f]{64}$`, m.SHA256, m.Path)
				names[m.Name] = true
			}
		}
		require.True(t, names[pluginName(platform)], key)
	}
}
