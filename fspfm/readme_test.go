package fspfm_test

import (
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// TestReadme builds the program that the README shows, and runs it on two photos of one
// person.
func TestReadme(t *testing.T) {
	packtest.Pack(t, pack.Default)
	photos := packtest.Pack(t, "demo-photos")
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	programs := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindAllStringSubmatch(string(text), -1)
	require.Len(t, programs, 1)
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	t.Cleanup(func() { _ = os.Remove("testdata") })  // which is empty again
	dir, err := os.MkdirTemp("testdata", "readme-*") // within the module, so that it can import it
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(programs[0][1]), 0o600))
	work := t.TempDir()
	binary := filepath.Join(work, "program")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./"+filepath.ToSlash(dir)).CombinedOutput()
	require.NoError(t, err, string(output))
	for name, file := range map[string]string{"a.jpg": "person_a_1.jpg", "b.jpg": "person_a_2.jpg"} {
		path, err := photos.File(file)
		require.NoError(t, err)
		photo, err := face.ReadFile(path)
		require.NoError(t, err)
		f, err := os.Create(filepath.Join(work, name))
		require.NoError(t, err)
		require.NoError(t, jpeg.Encode(f, photo, &jpeg.Options{Quality: 95}))
		require.NoError(t, f.Close())
	}
	run := exec.CommandContext(t.Context(), binary)
	run.Dir = work
	output, err = run.CombinedOutput()
	require.NoError(t, err, string(output))
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	require.Regexp(t, `^same person: true \(cosine 0\.\d+, threshold 0\.\d+\)$`, lines[0])
	require.Regexp(t, `^a looks yaw .* and b yaw `, lines[len(lines)-1])
}
