package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/examples/internal/tell"
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
func writeSet(ctx context.Context, o setOptions) error {
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
	teller := tell.New(os.Stderr)
	err = dataset.Copy(ctx, w, set, dataset.CopyOptions{Encoding: encoding, Progress: teller.Of("faces")})
	teller.Close()
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; the same command goes on: %w", err)
	}
	return err
}
