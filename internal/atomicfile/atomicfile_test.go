package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "atomicfile-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "numbers")
	for n := range 2 {
		err := Write(path, func(w io.Writer) error {
			fmt.Fprintln(w, "run", n)
			if n == 1 {
				return errors.New("no more numbers")
			}
			return nil
		})
		data, _ := os.ReadFile(path)
		fmt.Printf("%v: %s", err, data)
	}
	// Output:
	// <nil>: run 0
	// no more numbers: run 0
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	ways := map[string]func(func(io.Writer) error) error{
		"of its own": func(w func(io.Writer) error) error { return Write(path, w) },
		"named":      func(w func(io.Writer) error) error { return WriteVia(path+".partial", path, w) },
	}
	for name, write := range ways {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, WriteBytes(path, []byte("old")))
			fault := errors.New("fault")
			err := write(func(w io.Writer) error {
				_, err := w.Write(make([]byte, 3*bufferSize))
				return errors.Join(err, fault)
			})
			require.ErrorIs(t, err, fault)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, "old", string(data))

			require.NoError(t, write(func(w io.Writer) error {
				_, err := io.WriteString(w, "new")
				return err
			}))
			data, err = os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, "new", string(data))
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, entries, 1, "a temporary file is left")
			require.NoError(t, os.Remove(path))
		})
	}
}

// TestNoFolder: there is nowhere to write to, or the name is that of a folder.
func TestNoFolder(t *testing.T) {
	dir := t.TempDir()
	require.ErrorIs(t, WriteBytes(filepath.Join(dir, "none", "a"), nil), os.ErrNotExist)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755))
	require.Error(t, WriteBytes(filepath.Join(dir, "a"), nil))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
