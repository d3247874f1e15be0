package pack

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// TestFrom takes models from files of the program's own: no home, no cache, no network. A
// file that is not the pinned one is passed over.
func TestFrom(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	w.Close()
	homeless(t)
	wrong := fstest.MapFS{"d.onnx": {Data: []byte("no detector")}}
	files := fstest.MapFS{"d.onnx": {Data: detector}, m.Name + "/r.onnx": {Data: recognizer}}
	p, err := m.Fetch(t.Context(), Progress(nil), From(wrong), From(files))
	require.NoError(t, err)
	for role, want := range map[Role][]byte{Detector: detector, Recognizer: recognizer} {
		got, err := p.Read(role)
		require.NoError(t, err)
		require.Equal(t, want, got)
		e, err := p.Entry(role)
		require.NoError(t, err)
		require.Empty(t, e.Path)
		require.Contains(t, e.Where(), e.File.Name)
		_, err = p.Path(role)
		require.ErrorContains(t, err, "cache", "there is nowhere to copy it to")
	}
	_, err = m.Fetch(t.Context(), Progress(nil), From(wrong))
	require.Error(t, err)
}

// TestFromCopies makes a file of one of the program's own for callers that need a path.
func TestFromCopies(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	w.Close()
	cache := filepath.Join(t.TempDir(), "cache")
	p, err := m.Fetch(t.Context(), Progress(nil), Cache(cache), From(fstest.MapFS{"d.onnx": {Data: detector}, "r.onnx": {Data: recognizer}}))
	require.NoError(t, err)
	require.NoDirExists(t, cache)
	path, err := p.Path(Detector)
	require.NoError(t, err)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, detector, got)
}
