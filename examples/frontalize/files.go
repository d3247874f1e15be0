package main

import (
	"context"
	"fmt"
	"io"

	"github.com/pifr-go/pifr/fspfm/photos"
)

// finding is what there is to be worked on.
type finding struct {
	files []string              // photos, each once
	wrong map[photos.Reason]int // files and folders that something is wrong with
}

// find lists the photos that the arguments and the list name. What something is wrong
// with is said, and counted; so is what is no photo.
func (o options) find(ctx context.Context, stdin io.Reader, stderr io.Writer) (f finding, err error) {
	w := photos.Walker{Hidden: o.hidden, Stdin: stdin}
	if o.list != "" {
		w.Lists = []string{o.list}
	}
	var summary photos.Summary
	f.wrong = map[photos.Reason]int{}
	for e := range w.Walk(ctx, o.args...) {
		summary.Add(e)
		if e.Photo() {
			f.files = append(f.files, e.Path)
		} else if e.Err != nil {
			f.wrong[e.Reason]++
			fmt.Fprintf(stderr, "%s: %v\n", photos.Name(e.Path), e.Err)
		}
	}
	if ctx.Err() != nil {
		return f, ctx.Err()
	}
	fmt.Fprintln(stderr, summary.String())
	if len(f.files) == 0 {
		return f, fmt.Errorf("%w: no photos", errInput)
	}
	return f, nil
}
