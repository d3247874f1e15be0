package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strings"
	"sync"

	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// work goes through the photos.
type work struct {
	options
	recognizer *fspfm.Recognizer
	made       fspfm.Maker
	out        output
	teller     *tell.Teller
	found      finding

	counts counts
}

// all works on every photo, and counts. The error says so if some have failed.
func (w *work) all(ctx context.Context) error {
	defer w.teller.Close()
	w.counts = counts{failed: map[photos.Reason]int{}}
	var todo []string
	for _, file := range w.found.files {
		if outcome, done := w.out.Done(file); done {
			w.counts.before++
			w.counts.add(outcome)
		} else {
			todo = append(todo, file)
		}
	}
	err := w.through(ctx, todo)
	w.teller.Printf("%s", w.counts.summary(len(w.found.files)))
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w; what is written stays, and with -out the same command goes on from there", ctx.Err())
	case err != nil:
		return err
	}
	return w.counts.verdict(w.found.wrong)
}

// through works on files.
func (w *work) through(ctx context.Context, files []string) error {
	r := &reader{queue: photos.NewQueue(files, w.photos.Limits(), w.memory<<20), ahead: map[int]*photos.Photo{}}
	progress, i := w.teller.Of("photos"), 0
	for results, err := range w.recognizer.FacesAll(ctx, len(files), func(i int) (image.Image, error) { return r.read(ctx, i) }) {
		var one *fspfm.PhotoError
		if err != nil && !errors.As(err, &one) {
			return err
		}
		about := r.about(i)
		if one != nil {
			err = one.Err
			if errors.Is(err, photos.ErrTooLarge) {
				err = fmt.Errorf("%w (-max-pixels, -max-bytes and -memory raise the limits)", err)
			}
		}
		if err := w.keep(files[i], about, results, err); err != nil {
			return err
		}
		i++
		progress(w.counts.before+i, w.counts.before+len(files))
	}
	return nil
}

// keep writes down what became of a photo, and says what is odd about it. The error is for
// what keeps all photos from being worked on.
func (w *work) keep(file string, photo *photos.Photo, results []fspfm.Result, trouble error) error {
	name := photos.Name(file)
	if photo != nil {
		if note := photoflags.Note(photo); note != "" {
			w.teller.Printf("%s: %s", name, note)
		}
	}
	var all []records.Record
	switch {
	case trouble != nil:
		if text := trouble.Error(); strings.Contains(text, name.String()) {
			w.teller.Printf("%s", text)
		} else {
			w.teller.Printf("%s: %s", name, text)
		}
		all = []records.Record{records.OfError(file, trouble, w.made)}
	case len(results) == 0:
		w.teller.Printf("%s: no face", name)
		fallthrough
	default:
		all = records.Of(file, photo, results, w.made)
	}
	if err := w.out.Add(all...); err != nil {
		return fmt.Errorf("write the features of %s: %w", name, err)
	}
	w.counts.add(records.Outcome{Faces: all[0].Faces, Failed: all[0].Failed})
	return nil
}

// reader opens photos ahead, and keeps what is known of them but for their pixels.
type reader struct {
	queue *photos.Queue

	mu    sync.Mutex
	ahead map[int]*photos.Photo
}

func (r *reader) read(ctx context.Context, i int) (image.Image, error) {
	p, err := r.queue.Open(ctx, i)
	if err != nil {
		return nil, err
	}
	about := *p
	about.Image = nil
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead[i] = &about
	return p.Image, nil
}

// about is what is known of a photo, once; nil if it could not be read.
func (r *reader) about(i int) *photos.Photo {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.ahead[i]
	delete(r.ahead, i)
	return p
}
