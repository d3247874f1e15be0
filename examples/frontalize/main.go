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
// The models are fetched into the user's cache directory at first use. A line is a Record
// of package fspfm/photos/records, positions being in pixels from the photo's top left
// corner,
//
//	{"file":"a/b.jpg","face":0,"faces":1,"box":[x,y,w,h],"score":s,
//	 "landmarks":[[x,y],[x,y],[x,y],[x,y],[x,y]],"pose_deg":{"yaw":y,"pitch":p,"roll":r},
//	 "feature":[...],"frontalized":[...],"made":{...}}
//
// "made" says by what: the SHA-256 of detector, extractor, landmark and pose network and
// head, their precision, the settings, the version. Features compare where its
// "fingerprint" is equal. A face has "turned" if its photo had to be turned clockwise by
// this many degrees, and "doubt" if its landmarks may be wrong. A photo without a face has
// a line too, with "faces":0, and so has one that could not be worked on, with "failed"
// and "error". In "file", a byte that is not UTF-8 is a lone surrogate, \udc80 to \udcff,
// as in Python's names of files (photos.Name reads and writes them).
//
// Of a damaged JPEG what is there is taken, with a note (-whole refuses it); one larger
// than -max-pixels is reduced while it is decoded, with a note.
// -h lists the flags that say how faces are looked for, and which crops features average.
//
// Features are of unit length: the cosine of two faces is the dot product, of two
// "feature"s or of two "frontalized"; head.Gating says from which angles on the latter
// count. They are missing if the pack has no head, and -embeddings=false leaves both out.
// Faces of a photo are numbered from the one that the detector is surest of.
//
// With -out the run can be broken off at any moment, by SIGINT, SIGTERM or kill -9, and
// started again with the same arguments: photos that are in the output are not looked at
// again, with or without a face, or failed (-again tries these once more), and a line that
// was cut short is written anew. The file of other models or settings is refused. Lines
// are handed to the system photo by photo, and written to the disk every five seconds and
// at the end: that much a power failure can cost. Without -out, lines go to the standard
// output. What goes wrong with a file or a folder is said once and counted, and the others
// are worked on. -parquet FILE has a table made of the output when all photos are done.
//
// Photos take at most -memory together, whatever they are: one waits until others are
// gone, and one that alone takes more is reduced (JPEG) or refused. Models and engine come
// on top.
//
// The exit status is 0 when every photo was worked on, with a face or without; 3 if a
// photo, a file or a folder failed, in this run or, being in the output, in one before; 2
// for wrong usage, such as an output that others have made; 4 when the pack or the engine
// is not available; and 1 for all else, such as an interruption.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/examples/internal/interrupt"
	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/pack"
)

func main() {
	ctx, stop := interrupt.Context(os.Stderr)
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
	backend      string
	out, parquet string
	again, plain bool // try failed photos again; no features
	list         string
	hidden       bool
	memory       int64 // MiB
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
	flags.StringVar(&o.parquet, "parquet", "", "Parquet file to make of -out when all photos are done")
	flags.BoolVar(&o.again, "again", false, "try photos again that have failed")
	flags.Int64Var(&o.memory, "memory", 1024, "`MiB` that photos may take together while they are worked on, at least 64")
	embeddings := flags.Bool("embeddings", true, "write features; without, a line says where the faces are and how they look")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	if err := o.photos.Check(); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	switch o.plain = !*embeddings; {
	case o.memory < leastMemory || o.memory > 1<<30:
		return o, fmt.Errorf("%w: -memory %d: want MiB, at least %d", errUsage, o.memory, leastMemory)
	case (o.parquet != "" || o.again) && o.out == "":
		return o, fmt.Errorf("%w: -parquet and -again want -out", errUsage)
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
	out, err := o.output(stdout, r.Maker())
	if err != nil {
		return err
	}
	w := &work{options: o, recognizer: r, made: r.Maker(), out: out, teller: tell.New(stderr), found: found}
	limitHeap(o.memory << 20)
	err = w.all(ctx)
	if closing := out.Close(); closing != nil && (err == nil || errors.Is(err, errInput)) {
		return closing
	}
	if o.parquet != "" && (err == nil || errors.Is(err, errInput)) {
		if err := o.table(); err != nil {
			return err
		}
	}
	return err
}

// leastMemory is the least value of -memory.
const leastMemory = 64

// limitHeap has the garbage collector keep up with the photos, so that what it has not
// freed yet stays small beside the bound. A limit in the environment is the user's.
func limitHeap(photos int64) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	const engine = 512 << 20 // what it works in
	debug.SetMemoryLimit(int64(now.HeapInuse) + photos + engine)
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
