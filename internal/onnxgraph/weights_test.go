package onnxgraph

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// networksEnv names a folder that holds, anywhere below it, the files of the packs "sface" (its int8 form) and "faceplugin".
const networksEnv = "PIFR_TEST_NETWORKS"

// readNetwork reads a network of this package's own testdata, or one of the packs. A pack that is not there is skipped, except on
// the build machine.
func readNetwork(t testing.TB, file string) []byte {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(file))
	if !strings.HasPrefix(file, "ops/") {
		path = find(t, file)
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func find(t testing.TB, file string) string {
	t.Helper()
	found := ""
	if root := os.Getenv(networksEnv); root != "" {
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Name() == file && !d.IsDir() {
				found = path
			}
			return err
		}))
	}
	if found != "" {
		return found
	}
	pack := "faceplugin"
	if strings.HasPrefix(file, "face_") {
		pack = "sface"
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s of pack %q is not below %s", file, pack, networksEnv)
	}
	t.Skipf("%s of pack %q is not here: set %s to a folder that holds it", file, pack, networksEnv)
	return ""
}
