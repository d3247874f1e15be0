// People groups the faces of a folder of photos by person, lets a user name the groups,
// and finds people in photos.
//
//	go run ./examples/people index PHOTOS...      look at photos, or at those that are new
//	go run ./examples/people groups               list the groups, and write a page of them
//	go run ./examples/people name GROUP NAME      say who a group is
//	go run ./examples/people find PHOTO           who is in a photo, and in which others
//	go run ./examples/people same GROUP GROUP     two groups are one person
//	go run ./examples/people split GROUP FACE...  these faces are somebody else
//	go run ./examples/people forget FACE...       take back what was said of faces
//	go run ./examples/people check                what to look at: likely mistakes
//	go run ./examples/people -demo                all of it on rendered people, without a network
//
// Everything is kept in one folder (-data, by default people-data): what was made of each
// photo, the groups with the user's answers, the names, and the page, groups.html. It
// holds features of the people in the photos: treat it as the photos themselves. index may
// be broken off at any moment and goes on where it was. What the user has said is kept
// for ever: naming a group says that its faces are one person, and naming two groups alike
// that they are the same. New photos join the people that are there.
//
// The exit status is 0 when all went well; 3 if a photo failed; 2 for wrong usage; 1 for
// all else.
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
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errUsage):
		defer os.Exit(2)
	case errors.Is(err, errPhotos):
		defer os.Exit(3)
	default:
		defer os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "people:", err)
}

// The kinds of failure that have an exit status of their own.
var (
	errUsage  = errors.New("wrong usage")
	errPhotos = errors.New("not all photos could be worked on")
)

// options are the parsed flags.
type options struct {
	data, backend string
	rendered      bool
	photos        *photoflags.Flags
	args          []string
	stdout        io.Writer
	stderr        io.Writer
}

// command is what can be asked for.
type command struct {
	name, operands string
	least          int // operands
	run            func(*library, context.Context, []string) error
}

var commands = []command{
	{"index", "PHOTOS...", 1, (*library).index},
	{"groups", "", 0, (*library).printGroups},
	{"name", "GROUP NAME", 2, (*library).name},
	{"find", "PHOTO...", 1, (*library).find},
	{"same", "GROUP GROUP...", 2, (*library).same},
	{"split", "GROUP FACE...", 2, (*library).split},
	{"forget", "FACE...", 1, (*library).forget},
	{"check", "", 0, (*library).check},
}

func parse(args []string, stdout, stderr io.Writer) (*options, *command, error) {
	o := &options{stdout: stdout, stderr: stderr}
	flags := flag.NewFlagSet("people", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		for _, c := range commands {
			fmt.Fprintln(stderr, "people", c.name, c.operands)
		}
		flags.PrintDefaults()
	}
	o.photos = photoflags.Register(flags)
	flags.StringVar(&o.data, "data", "people-data", "folder for what is known of the photos")
	flags.StringVar(&o.backend, "backend", "", "engine to compute on (default: PIFR_BACKEND, or the fastest on a few photos)")
	flags.BoolVar(&o.rendered, "demo", false, "show everything on rendered people")
	for first := true; ; first = false { // flags before and behind the command
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, nil, err
			}
			return nil, nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		if args = flags.Args(); !first || len(args) == 0 {
			break
		}
		o.args, args = args[:1], args[1:]
	}
	o.args = append(o.args, args...)
	if err := o.photos.Check(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if o.rendered && len(o.args) == 0 {
		return o, nil, nil
	}
	for i, c := range commands {
		if len(o.args) > 0 && c.name == o.args[0] && len(o.args) > c.least {
			o.args = o.args[1:]
			return o, &commands[i], nil
		}
	}
	flags.Usage()
	return nil, nil, fmt.Errorf("%w: want one of the commands above", errUsage)
}

// run is the program but for the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, c, err := parse(args, stdout, stderr)
	if err != nil {
		return err
	}
	if o.rendered {
		return o.runDemo(ctx)
	}
	return o.with(ctx, nil, func(l *library) error { return c.run(l, ctx, o.args) })
}
