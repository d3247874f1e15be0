package onnxgraph

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// readNetwork reads a network of this package's own testdata, or one of the packs.
func readNetwork(t testing.TB, file string) []byte {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(file))
	if !strings.HasPrefix(file, "ops/") {
		path = packFile(t, file)
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// packFile returns the path of a network or a photo. The quantized networks are the ones
// that every machine with a package index can have.
func packFile(t testing.TB, file string) string {
	t.Helper()
	name := "faceplugin"
	switch {
	case strings.HasPrefix(file, "face_"):
		name = "sface"
	case strings.HasSuffix(file, ".jpg"):
		name = "demo-photos"
	}
	path, err := packtest.Pack(t, name, pack.Precision(pack.Int8BQ)).File(file)
	require.NoError(t, err)
	return path
}
