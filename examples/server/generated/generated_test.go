// Package generated makes a client of the server's document, as somebody would who writes
// another program, and asks the server with it. It is a module of its own: whoever imports
// the library gets no generator among the modules of theirs.
package generated

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	_ "github.com/oapi-codegen/runtime" // which generated clients import
	"github.com/stretchr/testify/require"
)

var listening = regexp.MustCompile(`msg=listening page=(http://[^ ]+)/ `)

// serve builds the server and starts it on rendered people.
func serve(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "server.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = ".."
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	c := exec.CommandContext(context.WithoutCancel(t.Context()), program, "-demo", "-addr", "127.0.0.1:0")
	stderr, err := c.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait() // its status is not what is tested
	})
	found := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
	}()
	select {
	case url := <-found:
		return url
	case <-time.After(time.Minute):
		t.Fatal("the server does not listen")
		return ""
	}
}

// get downloads a file.
func get(t *testing.T, url, path string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode, url)
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

// TestGenerated generates a client from each form of the document, and runs a program with
// it.
func TestGenerated(t *testing.T) {
	base := serve(t)
	program, err := os.ReadFile(filepath.Join("testdata", "program.go.txt"))
	require.NoError(t, err)
	for _, document := range []string{"openapi.json", "openapi-3.0.json"} {
		t.Run(document, func(t *testing.T) {
			dir, err := os.MkdirTemp(".", "made-*") // within the module, so that it can import the runtime
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
			require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), program, 0o600))
			for _, name := range []string{document, "demo/photos/ann-1.jpg", "demo/photos/ann-2.jpg", "demo/photos/ann-3.jpg"} {
				get(t, base+"/"+name, filepath.Join(dir, filepath.Base(name)))
			}
			make := exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-generate", "types,client", "-package", "main",
				"-o", filepath.Join(dir, "client.go"), filepath.Join(dir, document))
			out, err := make.CombinedOutput()
			require.NoError(t, err, string(out))
			run := exec.CommandContext(t.Context(), "go", "run", "./"+dir, base, dir)
			out, err = run.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Equal(t, "Ann was enrolled, found and removed; then: 404 gallery: no such person\n", string(out))
		})
	}
}
