// Package durable keeps files so that kill -9 and a power failure lose nothing that was
// answered for: a file as a whole, or one that grows line by line.
package durable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// ErrBroken is for a log to which writing has failed: what is at its end is not known, and
// opening it again finds out.
var ErrBroken = errors.New("an earlier write to the log has failed")

// Write replaces a file, or makes it, readable by its owner alone: it is there as a whole,
// and on the disk, when Write returns without an error, and is the old one otherwise.
func Write(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a name last. Where folders cannot be synced, as on Windows, renaming
// has to do.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync()
	return f.Close()
}

// Log is a file of lines of JSON that grows. It is safe for concurrent use.
type Log struct {
	mu     sync.Mutex
	file   *os.File
	broken bool
}

// OpenLog opens a log, or begins one, readable by its owner alone. A last line that was
// cut short is removed. Each gets the whole lines that are there, one after the other; it
// may be nil.
func OpenLog(path string, each func(line []byte) error) (_ *Log, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
		}
	}()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	for n, line := range bytes.Split(data[:whole], []byte("\n")) {
		if len(line) == 0 || each == nil {
			continue
		}
		if err := each(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	if err := f.Truncate(int64(whole)); err != nil {
		return nil, err
	}
	if _, err := f.Seek(int64(whole), io.SeekStart); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	return &Log{file: f}, syncFolder(filepath.Dir(path))
}

// Append adds a line, which is on the disk when it returns without an error.
func (l *Log) Append(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return ErrBroken
	}
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		l.broken = true
		return err
	}
	if err := l.file.Sync(); err != nil {
		l.broken = true
		return err
	}
	return nil
}

// Close closes the file.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = true
	return l.file.Close()
}
