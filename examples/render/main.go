// Command render draws heads of people who do not exist, at any pose, and turns the faces of photos.
//
//	go run ./examples/render -sheet heads.png          identities as rows, yaws as columns
//	go run ./examples/render -hair hair.png            every hair style
//	go run ./examples/render -occluders covered.png    everything that may cover a face
//	go run ./examples/render -turning head.gif         one head that turns; as a strip of pictures if the file is a PNG
//	go run ./examples/render -photo A.jpg -sheet a.png the largest face of a photo, turned
//	go run ./examples/render -set out -ids 2000        a data set to train on, as RecordIO or a folder
//	go run ./examples/render -posesimv out -tier hard  the benchmark PoseSim-V
//	go run ./examples/render -check -ids 40            what networks that were trained on photos make of the renders
//
// The two figures of the README are
//
//	go run ./examples/render -sheet examples/figures/heads.png -clean -ids 4 -first 1028
//	go run ./examples/render -turning examples/figures/turning.png -first 500
//
// -photo and -check fetch networks into the user's cache directory at first use, and run them on -backend. The others need nothing.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
)

// options says what is drawn.
type options struct {
	ids    int
	first  uint64
	wide   bool
	size   int
	plain  bool
	clean  bool
	engine string
}

func main() {
	var o options
	sheet := flag.String("sheet", "", "PNG `file` for a sheet of identities at several yaws, or of the turned photo")
	hair := flag.String("hair", "", "PNG `file` for a sheet of all hair styles")
	occluders := flag.String("occluders", "", "PNG `file` for a sheet of everything that may cover a face")
	turning := flag.String("turning", "", "GIF or PNG `file` for one identity that turns its head")
	photo := flag.String("photo", "", "`photo` whose largest face is turned, into the file of -sheet")
	checked := flag.Bool("check", false, "ask recognisers and a pose network what they make of the renders")
	set := flag.String("set", "", "`folder` for a data set of rendered faces")
	shots := flag.Int("shots", 20, "faces of each identity of a data set")
	format := flag.String("format", "rec", "of a data set: rec (RecordIO) or folder")
	lossless := flag.Bool("png", false, "store the faces of a data set as PNG instead of JPEG")
	flag.IntVar(&o.ids, "ids", 8, "number of identities")
	flag.Uint64Var(&o.first, "first", 1, "seed of the first identity")
	flag.BoolVar(&o.wide, "wide", false, "photos with surroundings instead of aligned faces")
	flag.IntVar(&o.size, "size", 0, "side of a picture in pixels; 0 is 112, or 256 if wide")
	flag.BoolVar(&o.plain, "plain", false, "the same light and a neutral face in all pictures")
	flag.BoolVar(&o.clean, "clean", false, "neither noise nor blur, and nothing in front of a face")
	flag.StringVar(&o.engine, "backend", "xla:cpu", "engine of -photo and -check")
	benchmark := flag.String("posesimv", "", "folder for the benchmark PoseSim-V")
	tier := flag.String("tier", "standard", "of the benchmark: standard or hard")
	people := flag.Int("people", 0, "people of a smaller benchmark, with one shot each; 0 is all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *photo != "" && *sheet != "":
		err = writePhoto(ctx, *sheet, *photo, o)
	case *sheet != "":
		err = writeSheet(*sheet, o)
	case *hair != "":
		err = writeHair(*hair, o)
	case *occluders != "":
		err = writeOccluders(*occluders, o)
	case *turning != "":
		err = writeTurning(*turning, o)
	case *set != "":
		err = writeSet(setOptions{dir: *set, format: *format, png: *lossless,
			config: rendered.Config{First: o.first, Identities: o.ids, Shots: *shots}})
	case *benchmark != "":
		c := posesimv.Config{Tier: posesimv.Tier(*tier), People: *people}
		if *people != 0 {
			c.Shots = 1
		}
		err = writePoseSimV(*benchmark, c)
	case *checked:
		err = check(ctx, os.Stdout, o)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		slog.Error("render", "err", err)
		os.Exit(1)
	}
}
