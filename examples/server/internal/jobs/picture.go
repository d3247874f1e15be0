package jobs

import (
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// Records are what a job has found, from a number on, as far as it is. The error wraps
// ErrUnknown.
func (j *Jobs) Records(id string, from int) (iter.Seq2[records.Record, error], error) {
	if _, err := j.Get(id); err != nil {
		return nil, err
	}
	f, err := os.Open(j.path(id, ".jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		return func(func(records.Record, error) bool) {}, nil
	}
	if err != nil {
		return nil, err
	}
	return func(yield func(records.Record, error) bool) {
		defer f.Close()
		n := 0
		for r, err := range records.Read(f) {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return // it is being written
			}
			if n++; n > from && !yield(r, err) {
				return
			}
		}
	}, nil
}

// Open opens a photo of a job, as long as it lies below a root. The error wraps ErrFolder.
func (j *Jobs) Open(path string) (io.ReadCloser, error) {
	for _, root := range j.Roots {
		below, err := filepath.Rel(root, path)
		if err != nil || !filepath.IsLocal(below) {
			continue
		}
		dir, err := os.OpenRoot(root)
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		f, err := dir.Open(below)
		if err != nil {
			return nil, ErrFolder
		}
		return f, nil
	}
	return nil, ErrFolder
}
