package conform

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLists(t *testing.T) {
	o := Options{Lists: filepath.Join(t.TempDir(), "new")}
	lines, err := o.read(skipsFile)
	require.NoError(t, err)
	require.Empty(t, lines, "no file is an empty list")
	require.NoError(t, o.write(skipsFile, []string{"a", "b"}))
	lines, err = o.read(skipsFile)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, lines)
	require.True(t, o.check(t, skipsFile, []string{"b", "a"}))
	require.NoError(t, o.write(skipsFile, nil))
	require.NoFileExists(t, filepath.Join(o.Lists, skipsFile))
	require.True(t, o.check(t, skipsFile, nil))
	require.True(t, Options{}.check(t, skipsFile, nil), "who skips nothing needs no list")
}

func TestReasons(t *testing.T) {
	path := filepath.Join(t.TempDir(), defectsFile)
	require.NoError(t, os.WriteFile(path, []byte("# a comment\n\nConv/same: it is wrong: by one\n"), 0o600))
	lines, err := Options{Lists: filepath.Dir(path)}.read(defectsFile)
	require.NoError(t, err)
	list, err := reasons(defectsFile, lines)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"Conv/same": "it is wrong: by one"}, list)
	_, err = reasons(defectsFile, []string{"Conv/same"})
	require.ErrorContains(t, err, `want "case: reason", got "Conv/same"`)
}
