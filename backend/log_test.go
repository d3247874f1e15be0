package backend_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/klog/v2"

	"github.com/pifr-go/pifr/backend"
)

// TestLog: what the engines' libraries log by klog comes to slog's default logger, errors
// with their level, the one that is set at the moment, and nothing to standard error.
func TestLog(t *testing.T) {
	b, err := backend.Open("go")
	require.NoError(t, err)
	defer b.Finalize()

	read, write, err := os.Pipe()
	require.NoError(t, err)
	stderr, logger := os.Stderr, slog.Default()
	t.Cleanup(func() { os.Stderr = stderr; slog.SetDefault(logger) })
	os.Stderr = write
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil))) // after the engine was opened
	klog.Warning("a warning")
	klog.Error(errors.New("an error"))
	klog.V(1).Info("a detail")
	klog.Background().WithName("xla").WithValues("k", 1).Info("more")
	klog.Flush()
	os.Stderr = stderr
	require.NoError(t, write.Close())
	rest, err := io.ReadAll(read)
	require.NoError(t, err)
	require.Empty(t, string(rest))
	require.Contains(t, log.String(), `msg="a warning"`)
	require.Regexp(t, `level=ERROR .*an error`, log.String())
	require.NotContains(t, log.String(), "a detail")
	require.Contains(t, strings.TrimSpace(log.String()), "k=1")
}
