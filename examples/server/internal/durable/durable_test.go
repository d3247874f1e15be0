package durable

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLog_cutShort cuts a log at every byte: what is whole is read, the rest is gone, and
// the next line follows it.
func TestLog_cutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := OpenLog(path, nil)
	require.NoError(t, err)
	require.NoError(t, l.Append("one"))
	require.NoError(t, l.Append("two"))
	require.NoError(t, l.Close())
	require.Error(t, l.Append("closed"))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Zero(t, info.Mode()&0o077, "others can read it")
	for n := range len(whole) + 1 {
		require.NoError(t, os.WriteFile(path, whole[:n], 0o600))
		read := func() (lines []string) {
			l, err := OpenLog(path, func(line []byte) error {
				var s string
				err := json.Unmarshal(line, &s)
				lines = append(lines, s)
				return err
			})
			require.NoError(t, err)
			require.NoError(t, l.Append("three"))
			require.NoError(t, l.Close())
			return lines
		}
		var want []string
		for i, s := range []string{"one", "two"} {
			if n >= 6*(i+1) {
				want = append(want, s)
			}
		}
		require.Equal(t, want, read(), n)
		require.Equal(t, append(want, "three"), read(), n)
	}
}

// TestWrite_fails leaves the old file, and nothing beside it.
func TestWrite_fails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	require.NoError(t, Write(path, text("old")))
	broken := errors.New("no more")
	require.ErrorIs(t, Write(path, func(w io.Writer) error { return errors.Join(text("half")(w), broken) }), broken)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(data))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
