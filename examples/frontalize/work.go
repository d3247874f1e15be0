package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/pifr-go/pifr/fspfm"
)

// work goes through the photos.
type work struct {
	recognizer *fspfm.Recognizer
	read       func(path string) (image.Image, error)
	made       string // the recognizer's fingerprint
	out        io.Writer
	stderr     io.Writer
	bar        *bar
	done       map[string]bool // photos that are in the output already

	photos, before, faces, blank, failed int
}

// all works on every photo, and counts. The error says so if some have failed.
func (w *work) all(ctx context.Context, files []string) error {
	for i, file := range files {
		if w.done[file] {
			w.before++
			continue
		}
		if err := w.photo(ctx, file); err != nil {
			w.bar.clear()
			return err
		}
		w.bar.tell(i+1, len(files), w.faces)
	}
	w.bar.clear()
	fmt.Fprintf(w.stderr, "%d photos: %d faces in %d; %d without a face, %d failed, %d done before\n", len(files), w.faces, w.photos-w.blank-w.failed,
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
		w.say("%s: %v", file, err)
		return nil
	case len(results) == 0:
		w.blank++
		w.say("%s: no face", file)
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

func (w *work) say(format string, args ...any) {
	w.bar.clear()
	fmt.Fprintf(w.stderr, format+"\n", args...)
}

// bar shows how far the work is: on a terminal, one line that is written over; elsewhere,
// a line now and then.
type bar struct {
	out         io.Writer
	terminal    bool
	began, last time.Time
	width       int // of what is on the terminal's line
}

const linePause, barPause = 10 * time.Second, 200 * time.Millisecond

func newBar(out io.Writer) *bar {
	b := &bar{out: out, began: time.Now(), last: time.Now()}
	if f, ok := out.(*os.File); ok && os.Getenv("TERM") != "dumb" {
		b.terminal = term.IsTerminal(int(f.Fd()))
	}
	return b
}

func (b *bar) tell(done, all, faces int) {
	now, pause := time.Now(), linePause
	if b.terminal {
		pause = barPause
	}
	if now.Sub(b.last) < pause {
		return
	}
	b.last = now
	left := time.Duration(float64(now.Sub(b.began)) / float64(done) * float64(all-done))
	text := fmt.Sprintf("%d of %d photos, %d faces, %s left", done, all, faces, left.Round(time.Second))
	if !b.terminal {
		fmt.Fprintln(b.out, text)
		return
	}
	const cells = 30
	filled := cells * done / all
	text = fmt.Sprintf("[%s%s] %s", strings.Repeat("#", filled), strings.Repeat(".", cells-filled), text)
	b.clear()
	b.width = len(text)
	fmt.Fprint(b.out, text)
}

// clear empties the terminal's line.
func (b *bar) clear() {
	if b.width > 0 {
		fmt.Fprintf(b.out, "\r%s\r", strings.Repeat(" ", b.width))
		b.width = 0
	}
}
