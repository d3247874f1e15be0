// Package atomicfile writes files that are there as a whole or not at all: what is
// written goes to a temporary file in the same folder, which is then renamed. Whoever
// reads the name meanwhile sees the old file; after an error, the old file is what stays.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write replaces the file at path by what write writes. The temporary file has a name of
// its own, so that several may write the same file, and the last one stays.
func Write(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	return finish(f, path, func(w io.Writer) error {
		if err := f.Chmod(0o644); err != nil {
			return err
		}
		return write(w)
	})
}

// WriteBytes replaces the file at path by data.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteVia is Write with the name of the temporary file, which is overwritten if it is
// there: what a killed process has left of it does not pile up. It is for files that one
// process writes at a time.
func WriteVia(temporary, path string, write func(io.Writer) error) error {
	f, err := os.Create(temporary)
	if err != nil {
		return err
	}
	return finish(f, path, write)
}

// bufferSize spares system calls for writers of many small pieces; a large piece goes
// past the buffer.
const bufferSize = 1 << 16

// finish writes the temporary file and gives it its name, or removes it.
func finish(f *os.File, path string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(f.Close()), os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriterSize(f, bufferSize)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("put in place: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the new name last over a loss of power. Some systems cannot sync a
// folder; that is no failure.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
