package pack

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/fetch"
)

// homeless takes home and cache away, as services and containers start programs.
func homeless(t *testing.T) {
	t.Helper()
	for _, name := range []string{"HOME", "LocalAppData", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
}

// TestLocalWithoutCache reads files of the user's where they lie: there need be no home,
// none that can be written to, and nothing is copied.
func TestLocalWithoutCache(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	w.Close()
	dir := t.TempDir()
	for name, data := range map[string][]byte{"d.onnx": detector, "r.onnx": recognizer} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o444))
	}
	file := filepath.Join(t.TempDir(), "file") // a cache that cannot be made, whoever runs this
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	for name, opts := range map[string][]Option{"no home": nil, "no cache can be made": {Cache(filepath.Join(file, "cache"))}} {
		t.Run(name, func(t *testing.T) {
			homeless(t)
			p, err := m.Fetch(t.Context(), append(opts, Progress(nil), Local(dir))...)
			require.NoError(t, err)
			path, err := p.Path(Detector)
			require.NoError(t, err)
			require.Equal(t, filepath.Join(dir, "d.onnx"), path)
			data, err := p.Read(Recognizer)
			require.NoError(t, err)
			require.Equal(t, recognizer, data)
		})
	}
}

// TestHomeless says what is missing, and what can be done, where a file would have to be
// kept.
func TestHomeless(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	homeless(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d.onnx"), detector[:100], 0o644)) // cut
	_, err := m.Fetch(t.Context(), Progress(nil), Local(dir))
	for _, text := range []string{"detector", "cache directory", LocalEnv, filepath.Join(dir, "d.onnx"), "100 bytes"} {
		require.ErrorContains(t, err, text)
	}
	require.Empty(t, w.seen())
	_, err = m.Fetch(t.Context(), Progress(nil), Cache(filepath.Join(t.TempDir(), "cache")))
	require.NoError(t, err)
}

// TestDamagedOnce warns of a damaged file once in a call, however often it is looked at,
// and also where it cannot be fetched anew.
func TestDamagedOnce(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	p, err := m.Fetch(t.Context(), Progress(nil))
	require.NoError(t, err)
	path, err := p.Path(Detector)
	require.NoError(t, err)
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	for _, forbidden := range []string{"1", ""} {
		log.Reset()
		require.NoError(t, os.WriteFile(path, detector[:1000], 0o644))
		t.Setenv(fetch.NoInstallEnv, forbidden)
		_, err = m.Fetch(t.Context(), Progress(nil))
		require.Equal(t, forbidden == "", err == nil, "%v", err)
		require.Equal(t, 1, strings.Count(log.String(), "damaged"), log.String())
	}
}
