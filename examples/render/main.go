// Command render draws heads of people who do not exist, at any pose, and turns the faces
// of photos.
//
//	go run ./examples/render -sheet heads.png           identities as rows, yaws as columns
//	go run ./examples/render -hair hair.png             every hair style
//	go run ./examples/render -occluders covered.png     everything that may cover a face
//	go run ./examples/render -turning head.gif          one head that turns; a PNG is a strip
//	go run ./examples/render -photo A.jpg -sheet a.png  the largest face of a photo, turned
//	go run ./examples/render -set out -people 2000      a data set: RecordIO or a folder
//	go run ./examples/render -posesimv out -tier hard   the benchmark PoseSim-V
//	go run ./examples/render -check -people 40          how photos' networks see the renders
//
// The two figures of the README are
//
//	go run ./examples/render -sheet examples/figures/heads.png -clean -people 4 -first 1028
//	go run ./examples/render -turning examples/figures/turning.png -first 500
//
// -photo and -check fetch networks into the user's cache directory at first use, and run
// them on -backend. The others need nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"

	"github.com/pifr-go/pifr/examples/internal/interrupt"
	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
)

// options says what is drawn.
type options struct {
	// files and folders, of which one says what is asked for
	sheet, hair, occluders, turning, photo, set, benchmark string
	check                                                  bool
	// a data set's
	shots    int
	format   string
	lossless bool
	// the benchmark's
	tier   string
	people int

	ids    int
	first  uint64
	wide   bool
	size   int
	plain  bool
	clean  bool
	engine string

	photos *photoflags.Flags
}

func parse() (o options) {
	flag.StringVar(&o.sheet, "sheet", "", "PNG `file` for a sheet of identities at several yaws, or of the turned photo")
	flag.StringVar(&o.hair, "hair", "", "PNG `file` for a sheet of all hair styles")
	flag.StringVar(&o.occluders, "occluders", "", "PNG `file` for a sheet of everything that may cover a face")
	flag.StringVar(&o.turning, "turning", "", "GIF or PNG `file` for one identity that turns its head")
	flag.StringVar(&o.photo, "photo", "", "`photo` whose largest face is turned, into the file of -sheet")
	flag.BoolVar(&o.check, "check", false, "ask recognizers and a pose network what they make of the renders")
	flag.StringVar(&o.set, "set", "", "`folder` for a data set of rendered faces")
	flag.IntVar(&o.shots, "shots", 20, "faces of each identity of a data set")
	flag.StringVar(&o.format, "format", "rec", "of a data set: rec (RecordIO) or folder")
	flag.BoolVar(&o.lossless, "png", false, "store the faces of a data set as PNG instead of JPEG")
	flag.IntVar(&o.ids, "people", 8, "number of people")
	flag.Uint64Var(&o.first, "first", 1, "seed of the first identity")
	flag.BoolVar(&o.wide, "wide", false, "photos with surroundings instead of aligned faces")
	flag.IntVar(&o.size, "size", 0, "side of a picture in pixels; 0 is 112, or 256 if wide")
	flag.BoolVar(&o.plain, "plain", false, "the same light and a neutral face in all pictures")
	flag.BoolVar(&o.clean, "clean", false, "neither noise nor blur, and nothing in front of a face")
	flag.StringVar(&o.engine, "backend", "xla:cpu", "engine of -photo and -check")
	o.photos = photoflags.Register(flag.CommandLine)
	flag.StringVar(&o.benchmark, "posesimv", "", "folder for the benchmark PoseSim-V")
	flag.StringVar(&o.tier, "tier", "standard", "of the benchmark: standard or hard")
	flag.IntVar(&o.people, "test-people", 0, "people of a smaller benchmark, with one shot each; 0 is all")
	flag.Parse()
	return o
}

func main() {
	o := parse()
	ctx, stop := interrupt.Context(os.Stderr)
	defer stop()
	if err := render(ctx, o); err != nil {
		slog.Error("render", "err", err)
		os.Exit(1)
	}
}

// render draws what is asked for; where that is nothing it prints what can be.
func render(ctx context.Context, o options) error {
	switch {
	case o.photo != "" && o.sheet != "":
		return writePhoto(ctx, o.sheet, o.photo, o)
	case o.sheet != "":
		return writeSheet(o.sheet, o)
	case o.hair != "":
		return writeHair(o.hair, o)
	case o.occluders != "":
		return writeOccluders(o.occluders, o)
	case o.turning != "":
		return writeTurning(o.turning, o)
	case o.set != "":
		return writeSet(ctx, setOptions{dir: o.set, format: o.format, png: o.lossless, config: rendered.Config{First: o.first, Identities: o.ids, Shots: o.shots}})
	case o.benchmark != "":
		c := posesimv.Config{Tier: posesimv.Tier(o.tier), People: o.people}
		if o.people != 0 {
			c.Shots = 1
		}
		return writePoseSimV(ctx, o.benchmark, c)
	case o.check:
		return check(ctx, os.Stdout, o)
	}
	flag.Usage()
	return errors.New("want one of the files or folders")
}
