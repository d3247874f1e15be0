package main

import (
	"context"
	"fmt"
	"io"

	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// work goes through the photos.
type work struct {
	recognizer *fspfm.Recognizer
	read       func(path string) (*photos.Photo, error)
	made       string // the recognizer's fingerprint
	out        io.Writer
	teller     *tell.Teller
	done       map[string]bool // photos that are in the output already

	photos, before, faces, blank, failed int
}

// all works on every photo, and counts. The error says so if some have failed.
func (w *work) all(ctx context.Context, found finding) error {
	files := found.files
	progress := w.teller.Of("photos")
	defer w.teller.Close()
	for i, file := range files {
		if w.done[file] {
			w.before++
			continue
		}
		if err := w.photo(ctx, file); err != nil {
			return err
		}
		progress(i+1, len(files))
	}
	w.teller.Printf("%d photos: %d faces in %d; %d without a face, %d failed, %d done before", len(files), w.faces, w.photos-w.blank-w.failed,
		w.blank, w.failed, w.before)
	if w.blank+w.failed+found.wrong > 0 {
		return fmt.Errorf("%w: %d photos gave no feature, %d files or folders were left out", errInput, w.blank+w.failed, found.wrong)
	}
	return nil
}

// photo works on one photo. The error is for what keeps all of them from being worked on.
func (w *work) photo(ctx context.Context, file string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w; what is written stays, and with -out the next run goes on from there", ctx.Err())
	}
	w.photos++
	photo, err := w.read(file)
	var results []fspfm.Result
	if err == nil {
		if note := photoflags.Note(photo); note != "" {
			w.teller.Printf("%s: %s", photos.Name(file), note)
		}
		if results, err = w.recognizer.Faces(ctx, photo.Image); err != nil {
			err = fmt.Errorf("%s: %w", photos.Name(file), err)
		}
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w; what is written stays, and with -out the next run goes on from there", ctx.Err())
	case err != nil:
		w.failed++
		w.teller.Printf("%v", err)
		return nil
	case len(results) == 0:
		w.blank++
		w.teller.Printf("%s: no face", photos.Name(file))
	}
	text, err := lines(file, w.recognizer.Pack().Name(), w.made, results, photo.FullSize)
	if err == nil {
		_, err = w.out.Write(text) // at once, so that little can be cut short
	}
	if err != nil {
		return fmt.Errorf("write the features of %s: %w", photos.Name(file), err)
	}
	w.faces += len(results)
	return nil
}
