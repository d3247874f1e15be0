package pack

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEmbedded opens the pack that is compiled in on a machine with nothing: no network,
// no cache, nowhere to make one.
func TestEmbedded(t *testing.T) {
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData", "PATH"} {
		t.Setenv(name, "")
	}
	t.Setenv("PIFR_NO_INSTALL", "1")
	p, err := Fetch(t.Context(), "tiny", Client(&http.Client{Transport: noNetwork{}}))
	require.NoError(t, err)
	require.Equal(t, []Role{Recognizer, Pose, Head}, p.Roles())
	for _, role := range p.Roles() {
		e, err := p.Entry(role)
		require.NoError(t, err)
		require.Empty(t, e.Path)
		require.Contains(t, e.Where(), e.File.Name)
		data, err := p.Read(role)
		require.NoError(t, err)
		require.EqualValues(t, e.File.Bytes, len(data))
		_, err = p.Path(role)
		require.ErrorContains(t, err, "cache")
	}
	_, err = Fetch(t.Context(), Default)
	require.ErrorContains(t, err, "cache directory", "the others need one")
}

// TestEmbeddedCopies holds that a copy is made when a path is asked for, and made again
// when it was damaged.
func TestEmbeddedCopies(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "new")
	p, err := Fetch(t.Context(), "tiny", Cache(cache))
	require.NoError(t, err)
	require.NoDirExists(t, cache, "nothing is written until it is asked for")
	want, err := p.Read(Head)
	require.NoError(t, err)
	for range 2 {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				path, err := p.Path(Head)
				if err != nil {
					t.Error(err)
					return
				}
				if data, err := os.ReadFile(path); err != nil || string(data) != string(want) {
					t.Errorf("%s: %v", path, err)
				}
			})
		}
		wg.Wait()
		path, err := p.File("tiny-fspfm.safetensors")
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(path, cache))
		require.NoError(t, os.WriteFile(path, []byte("damaged"), 0o600))
	}
	left, err := filepath.Glob(filepath.Join(cache, "*.tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestEmbeddedPin holds that a pin that is wrong is found before anything is opened.
func TestEmbeddedPin(t *testing.T) {
	m, err := Lookup("tiny")
	require.NoError(t, err)
	m.Files[0].SHA256 = strings.Repeat("0", 64)
	_, err = m.Fetch(t.Context())
	require.ErrorIs(t, err, ErrHash)
}

// TestEmbeddedInDir adds the light pose network to a folder of the user's.
func TestEmbeddedInDir(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "r.onnx"), []byte("x"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pack.json"), []byte(`{"name": "mine", "title": "t", "licence": "l", "files": [
		{"name": "hopenet-light.safetensors", "licence": "Apache-2.0", "sources": [{"embedded": "hopenet-light.safetensors"}]}], "models": [
		{"role": "recognizer", "kind": "arcface", "files": ["r.onnx"], "input": {}},
		{"role": "pose", "kind": "hopenet-light", "files": ["hopenet-light.safetensors"], "input": {}}]}`), 0o600))
	p, err := FromDir(dir)
	require.NoError(t, err)
	data, err := p.Read(Pose)
	require.NoError(t, err)
	require.Greater(t, len(data), 100000)
	f, err := p.Open(Pose)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hopenet-light.safetensors"), []byte("the user's own"), 0o600))
	p, err = FromDir(dir)
	require.NoError(t, err)
	data, err = p.Read(Pose)
	require.NoError(t, err)
	require.Equal(t, "the user's own", string(data))
}
