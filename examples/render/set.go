package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/recordio"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
)

// setOptions says which data set is written.
type setOptions struct {
	dir    string
	format string // rec or folder
	config rendered.Config
	png    bool
}

// writeSet writes a data set, or goes on with one that an earlier run left unfinished. It
// stops cleanly at an interrupt, but a kill does no harm either.
func writeSet(o setOptions) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	set, err := rendered.New(o.config)
	if err != nil {
		return err
	}
	stamp := set.Stamp()
	encoding := dataset.JPEG
	if o.png {
		encoding, stamp = dataset.PNG, stamp+", PNG"
	}
	var w dataset.Writer
	switch o.format {
	case "rec":
		w, err = recordio.Create(filepath.Join(o.dir, "train.rec"), stamp)
	case "folder":
		w, err = dataset.CreateFolder(o.dir, stamp)
	default:
		return fmt.Errorf("-format %q: it is rec or folder", o.format)
	}
	if err != nil {
		return err
	}
	if n := w.Len(); n > 0 {
		slog.Info("going on", "faces", n, "of", set.Len())
	}
	bar := newBar(os.Stderr)
	err = dataset.Copy(ctx, w, set, dataset.CopyOptions{Encoding: encoding, Progress: bar.set})
	bar.end()
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; the same command goes on: %w", err)
	}
	return err
}

// bar tells how far a long job is: a line that is redrawn on a terminal, a line at every
// tenth elsewhere.
type bar struct {
	out      io.Writer
	terminal bool
	start    time.Time
	drawn    time.Time
	tenth    int
}

func newBar(out *os.File) *bar {
	info, err := out.Stat()
	return &bar{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, start: time.Now()}
}

func (b *bar) set(done, all, begun int) {
	if b.terminal {
		if done < all && time.Since(b.drawn) < 100*time.Millisecond {
			return
		}
		b.drawn = time.Now()
		full := 30 * done / all
		fmt.Fprintf(b.out, "\r[%s%s] %s ", strings.Repeat("=", full), strings.Repeat(" ", 30-full), b.figures(done, all, begun))
		return
	}
	if tenth := 10 * done / all; tenth > b.tenth {
		b.tenth = tenth
		fmt.Fprintln(b.out, b.figures(done, all, begun))
	}
}

// figures are faces, faces per second and the time that is left.
func (b *bar) figures(done, all, begun int) string {
	perFace := time.Since(b.start) / time.Duration(done-begun)
	left := (perFace * time.Duration(all-done)).Round(time.Second)
	return fmt.Sprintf("%d of %d faces, %.0f a second, %v left", done, all, 1/perFace.Seconds(), left)
}

func (b *bar) end() {
	if b.terminal && !b.drawn.IsZero() {
		fmt.Fprintln(b.out)
	}
}
