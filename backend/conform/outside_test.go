package conform

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/longtest"
)

// TestOutside tests GoMLX's engine from another module, as whoever writes an engine does:
// before what it leaves out is listed, and while the list is written.
func TestOutside(t *testing.T) {
	longtest.Only(t) // compiles the suite anew
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	mod = regexp.MustCompile(`(?m)^module (.*)$`).ReplaceAll(mod, []byte("module outside\n\nrequire $1 v0.0.0\n\nreplace $1 => "+root))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o600))
	copyFile(t, filepath.Join(root, "go.sum"), filepath.Join(dir, "go.sum"))
	copyFile(t, "testdata/outside/engine_test.go", filepath.Join(dir, "engine_test.go"))

	lists := filepath.Join(dir, "testdata", "conform")
	require.NoError(t, os.MkdirAll(lists, 0o755))
	// without it the engine crashes
	copyFile(t, filepath.Join(goLists.Lists, defectsFile), filepath.Join(lists, defectsFile))

	out, err := testOutside(t.Context(), dir)
	require.Error(t, err)
	require.Contains(t, out, "skips.txt: happened, and is not in the list: Binary/Atan2/float32")
	out, err = testOutside(t.Context(), dir, "-conform.update")
	require.NoError(t, err, out)
	want, err := os.ReadFile(filepath.Join(goLists.Lists, skipsFile))
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(lists, skipsFile))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func testOutside(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-mod=mod", "."}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, data, 0o600))
}
