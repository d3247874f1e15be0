// Verify says whether two photos show the same person, and which way their heads look.
//
//	go run ./examples/verify -demo
//	go run ./examples/verify -demo -pack tiny
//	go run ./examples/verify [-json] [-pack P] [-backend B] [-threshold T] \
//		[-annotate out.png] A.jpg B.jpg
//
// The first line of the answer is the decision: that of the pack's thresholds for the
// poses of the two faces, as measured on real photos. The second is what the frontalized
// features say; it is part of the decision only if the head helped real photos, or with
// -with-head.
//
// The models are fetched into the user's cache directory at first use. -pack names a
// built-in pack, or a folder of model files of one's own. -demo takes two photos that are
// in the public domain, and prints whose they are. A pack without a detector, such as
// tiny, which is part of the program and needs no network, answers for rendered faces
// instead: a person from the front beside the same person, turned by 70 degrees, and then
// beside somebody else turned as far. -annotate writes a picture of both photos, as PNG
// or, if the name ends so, JPEG: boxes, landmarks, and the heads' axes, red to the head's
// left, green to its chin and blue where it looks; yellow points are where the detector
// had landmarks that were refined.
//
// Photos are of any format that package fspfm/photos reads. Further flags say how faces
// are looked for (-min-score, -detector-side, -small, -turns, -detector-landmarks), how
// large a photo may be (-max-pixels, -max-bytes), whether it must be whole (-whole), and
// what is compared (-crops, -decision, -with-head); -h has them all.
//
// With -json the answer is one line per pair, positions being in pixels from the photo's
// top left corner:
//
//	{"a":{"box":[x,y,w,h],"score":s,"landmarks":[[x,y],[x,y],[x,y],[x,y],[x,y]],
//	 "pose_deg":{"yaw":y,"pitch":p,"roll":r}},
//	 "b":{...},"cosine":c,"threshold":t,"fmr":r,"same":true,"head":false,
//	 "cosine_frontalized":c,"threshold_frontalized":t,"same_frontalized":true}
//
// "fmr" is the false-match rate that the threshold was chosen for, and missing if nobody
// measured it. A face has "turned" if its photo had to be turned clockwise by this many
// degrees, and "doubt" if its landmarks may be wrong, and the answer with them. The last
// three are there if the pack has a head.
// -threshold is for both cosines.
//
// The exit status is 0 when there is an answer, 2 for wrong usage, 3 for a photo that
// cannot be read or has no face, 4 when the pack or the engine is not available, and 1
// for all else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/examples/internal/interrupt"
	"github.com/pifr-go/pifr/examples/internal/photoflags"
)

func main() {
	ctx, stop := interrupt.Context(os.Stderr)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "verify:", err)
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
	json, demo        bool
	backend, annotate string
	threshold         *float64
	photos            *photoflags.Flags
	files             []string
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var threshold float64
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: verify [flags] A.jpg B.jpg\n       verify [flags] -demo")
		flags.PrintDefaults()
	}
	flags.BoolVar(&o.demo, "demo", false, "compare two photos in the public domain, which are fetched, or rendered faces if the pack has no detector")
	flags.BoolVar(&o.json, "json", false, "answer in JSON")
	o.photos = photoflags.Register(flags)
	flags.StringVar(&o.backend, "backend", "", "engine to compute on (default: PIFR_BACKEND, or the fastest on a few photos)")
	flags.StringVar(&o.annotate, "annotate", "", "picture to write: .png or .jpg")
	flags.Float64Var(&threshold, "threshold", 0, "cosine from which on the faces are one person's (default: the pack's)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	flags.Visit(func(f *flag.Flag) {
		if f.Name == "threshold" {
			o.threshold = &threshold
		}
	})
	o.files = flags.Args()
	return o, o.check()
}

func (o options) check() error {
	switch {
	case o.demo && len(o.files) > 0:
		return fmt.Errorf("%w: -demo brings its own photos", errUsage)
	case !o.demo && len(o.files) != 2:
		return fmt.Errorf("%w: want two photos, got %d; -demo brings its own", errUsage, len(o.files))
	case o.annotate != "" && encoder(o.annotate) == nil:
		return fmt.Errorf("%w: -annotate %s: want a name that ends in .png or .jpg", errUsage, o.annotate)
	case o.photos.Check() != nil:
		return fmt.Errorf("%w: %w", errUsage, o.photos.Check())
	case o.threshold != nil && o.photos.Decision != "":
		return fmt.Errorf("%w: -threshold and -decision exclude each other", errUsage)
	case o.threshold != nil && !(*o.threshold >= -1 && *o.threshold <= 1):
		return fmt.Errorf("%w: -threshold %g: a cosine is between -1 and 1", errUsage, *o.threshold)
	}
	return nil
}

// run is the program but for the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	pairs, err := o.pairs(ctx, stderr)
	if err != nil {
		return err
	}
	if o.annotate != "" {
		if err := annotate(o.annotate, pairs); err != nil {
			return err
		}
	}
	for _, p := range pairs {
		if o.json {
			err = printJSON(stdout, p)
		} else {
			err = printText(stdout, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
