package main

import (
	"context"
	"fmt"
	"image"
	"io"

	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
)

// work goes through the photos.
type work struct {
	recognizer *fspfm.Recognizer
	read       func(path string) (image.Image, error)
	made       string // the recognizer's fingerprint
	out        io.Writer
	teller     *tell.Teller
	done       map[string]bool // photos that are in the output already

	photos, before, faces, blank, failed int
}

// all works on every photo, and counts. The error says so if some have failed.
func (w *work) all(ctx context.Context, files []string) error {
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
	if w.blank+w.failed > 0 {
		return fmt.Errorf("%w: %d photos gave no feature", errInput, w.blank+w.failed)
	}
	return nil
}

// photo works on one photo. The error is for what keeps all of them from being worked on.
func (w *work) photo(ctx context.Context, file string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w; what is written stays, and with -out the next run goes on from there", ctx.Err())
	}
	w.photos++
	results, err := w.look(ctx, file)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w; what is written stays, and with -out the next run goes on from there", ctx.Err())
	case err != nil:
		w.failed++
		w.teller.Printf("%s: %v", file, err)
		return nil
	case len(results) == 0:
		w.blank++
		w.teller.Printf("%s: no face", file)
		return nil
	}
	text, err := lines(file, w.recognizer.Pack().Name(), w.made, results)
	if err == nil {
		_, err = w.out.Write(text) // at once, so that little can be cut short
	}
	if err != nil {
		return fmt.Errorf("write the features of %s: %w", file, err)
	}
	w.faces += len(results)
	return nil
}

func (w *work) look(ctx context.Context, file string) ([]fspfm.Result, error) {
	m, err := w.read(file)
	if err != nil {
		return nil, err
	}
	return w.recognizer.Faces(ctx, m)
}
