package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFiles gives out files compressed where they may be, with the policy that keeps
// photos here, and nothing from outside of the folder.
func TestFiles(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "site")
	require.NoError(t, os.Mkdir(dir, 0o755))
	for name, text := range map[string]string{"site/index.html": "<p>page", "site/engine.wasm": "program", "site/worker.js": "script", "secret.gz": "secret"} {
		require.NoError(t, os.WriteFile(filepath.Join(outside, name), []byte(text), 0o644))
	}
	o := options{stdout: io.Discard, stderr: io.Discard}
	require.NoError(t, o.compress(dir))
	for _, c := range []struct {
		path, accept, kind, encoding, body string
		status                             int
	}{
		{"/", "gzip, br", "text/html; charset=utf-8", "gzip", "<p>page", 200},
		{"/", "", "text/html; charset=utf-8", "", "<p>page", 200},
		{"/engine.wasm", "gzip", "application/wasm", "gzip", "program", 200},
		{"/worker.js", "gzip", "text/javascript; charset=utf-8", "gzip", "script", 200},
		{"/missing.js", "gzip", "", "", "", 404},
		{"/../secret", "gzip", "", "", "", 404},
		{"/%2e%2e/secret", "gzip", "", "", "", 404},
	} {
		t.Run(c.path+" "+c.accept, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "http://localhost"+c.path, nil)
			r.Header.Set("Accept-Encoding", c.accept)
			w := httptest.NewRecorder()
			files(dir).ServeHTTP(w, r)
			require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'self'")
			require.NotContains(t, w.Body.String(), "secret")
			if c.status != 200 {
				require.GreaterOrEqual(t, w.Code, 300)
				return
			}
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.kind, w.Header().Get("Content-Type"))
			require.Equal(t, c.encoding, w.Header().Get("Content-Encoding"))
			body := io.Reader(w.Body)
			if c.encoding != "" {
				var err error
				body, err = gzip.NewReader(body)
				require.NoError(t, err)
			}
			text, err := io.ReadAll(body)
			require.NoError(t, err)
			require.Equal(t, c.body, string(text))
		})
	}
}

func TestUsage(t *testing.T) {
	var stderr bytes.Buffer
	require.ErrorContains(t, run(t.Context(), []string{"photo.jpg"}, io.Discard, &stderr), "photo.jpg")
	require.Error(t, run(t.Context(), []string{"-addr", "nowhere at all"}, io.Discard, &stderr))
}
