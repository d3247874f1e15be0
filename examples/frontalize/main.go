// Frontalize turns photos into features: one line of JSON for every face, with the
// extractor's feature and the frontalized one.
//
//	go run ./examples/frontalize [-pack P] [-backend B] [-out features.jsonl] FOLDER|FILES...
//	find ... -print0 | go run ./examples/frontalize -list - -out features.jsonl
//
// Folders are searched for photos, with the folders in them, and so are paths that are
// listed in a file (-list), and patterns (a*.jpg). What counts is the content of files,
// not their names: JPEG, PNG, GIF, BMP, TIFF, WebP, HEIC and AVIF are photos, and the
// first one of a file with several is taken. Hidden files are left out (-hidden takes
// them). How many files there are of what kind, and why some are left out, is said first.
// Package fspfm/photos has all rules.
//
// The models are fetched into the user's cache directory at first use. A line is,
// positions being in pixels from the photo's top left corner,
//
//	{"file":"a/b.jpg","pack":"sface","made":"0123456789abcdef","face":0,"faces":1,
//	 "box":[x,y,w,h],"score":s,"landmarks":[[x,y],[x,y],[x,y],[x,y],[x,y]],
//	 "pose_deg":{"yaw":y,"pitch":p,"roll":r},"feature":[...],"frontalized":[...]}
//
// "made" names the models and settings that made the features
// (fspfm.Recognizer.Fingerprint): features compare where it is equal. A face has "turned"
// if its photo had to be turned clockwise by this many degrees, and "doubt" if its
// landmarks may be wrong. A photo without a face has a line too, with "faces":0 and
// nothing behind it. In "file", a byte that is not UTF-8 is a lone surrogate, \udc80 to
// \udcff, as in Python's names of files (photos.Name reads and writes them).
//
// Of a damaged JPEG what is there is taken, with a note (-whole refuses it); one larger
// than -max-pixels is reduced while it is decoded, with a note.
// -h lists the flags that say how faces are looked for, and which crops features average.
//
// Features are of unit length: the cosine of two faces is the dot product, of two
// "feature"s or of two "frontalized"; head.Gating says from which angles on the latter
// count. They are missing if the pack has no head. Faces of a photo are numbered from the
// one that the detector is surest of.
//
// With -out the run can be broken off and started again with the same arguments: files
// that are in the output are not looked at again, with or without a face, and a line that
// was cut short is written anew. Without -out, lines go to the standard output. What goes
// wrong with a file or a folder is said once and counted, and the others are worked on.
//
// The exit status is 0 when every photo had a face, 2 for wrong usage, 3 if a photo or a
// folder could not be read or a photo had no face, 4 when the pack or the engine is not
// available, and 1 for all else, such as an interruption.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/pack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "frontalize:", err)
	}
	os.Exit(status(err))
}

// The kinds of failure that have an exit status of their own.
var (
	errUsage = errors.New("wrong usage")
	errInput = errors.New("bad input")
	errSetUp = errors.New("not available")
)

func status(err error) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case errors.Is(err, errInput):
		return 3
	case errors.Is(err, errSetUp):
		return 4
	}
	return 1
}

// options are the parsed flags.
type options struct {
	backend, out string
	list         string
	hidden       bool
	photos       *photoflags.Flags
	args         []string
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("frontalize", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: frontalize [flags] FOLDER|FILES...")
		flags.PrintDefaults()
	}
	o.photos = photoflags.Register(flags)
	flags.StringVar(&o.backend, "backend", "", "engine to compute on (default: PIFR_BACKEND, or the fastest on a few photos)")
	flags.StringVar(&o.list, "list", "", "file with paths of photos and folders, one a line or ended by zero bytes; - is the standard input")
	flags.BoolVar(&o.hidden, "hidden", false, "look at hidden files and folders, too")
	flags.StringVar(&o.out, "out", "", "file for the features, to which a later run adds")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	if err := o.photos.Check(); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	if o.args = flags.Args(); len(o.args) == 0 && o.list == "" {
		return o, fmt.Errorf("%w: want a folder, or files, or -list", errUsage)
	}
	return o, nil
}

// run is the program but for the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	found, err := o.find(ctx, stdin, stderr)
	if err != nil {
		return err
	}
	r, err := o.open(ctx, stderr)
	if err != nil {
		return fmt.Errorf("%w: %w", errSetUp, err)
	}
	defer r.Close() // the process ends anyway
	if _, err := r.Pack().Entry(pack.Detector); err != nil {
		return fmt.Errorf("%w: the pack %s cannot find faces in photos", errUsage, r.Pack().Name())
	}
	if m, _ := r.Head(); m == nil {
		fmt.Fprintf(stderr, "the pack %s has no head: there will be no frontalized features\n", r.Pack().Name())
	}
	w := &work{recognizer: r, read: o.photos.Read, made: r.Fingerprint()[:madeLen], out: stdout, teller: tell.New(stderr)}
	if o.out != "" {
		var file io.Closer
		if w.out, file, w.done, err = resume(o.out, w.made); err != nil {
			return err
		}
		defer file.Close()
	}
	return w.all(ctx, found)
}

// open opens what the flags name.
func (o options) open(ctx context.Context, stderr io.Writer) (*fspfm.Recognizer, error) {
	opts, err := o.photos.Options()
	if err != nil {
		return nil, err
	}
	opts = append(opts, fspfm.WithEngineName(o.backend), fspfm.WithFetch(pack.Progress(stderr)))
	return fspfm.Open(ctx, opts...)
}
