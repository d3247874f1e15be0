// Command render draws heads at any pose with package sim.
//
//	go run ./examples/render -sheet heads.png                  identities x yaw
//	go run ./examples/render -set out -ids 2000 -shots 20       a data set to train on, as RecordIO or a folder
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"

	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
)

func main() {
	var (
		sheet = flag.String("sheet", "", "PNG file for a sheet of identities at several yaws")
		ids   = flag.Int("ids", 8, "identities")
		first = flag.Uint64("first", 1, "seed of the first identity")
		wide  = flag.Bool("wide", false, "photos with surroundings instead of aligned faces")
		size  = flag.Int("size", 0, "side of a picture in pixels; 0 is 112, or 256 if wide")
		plain = flag.Bool("plain", false, "the same light and a neutral face in all pictures")
	)
	occluders := flag.String("occluders", "", "PNG file for a sheet of everything that may cover a face")
	checked := flag.Bool("check", false, "ask recognisers and a pose network, which are fetched, what they make of the renders")
	engine := flag.String("backend", "xla:cpu", "engine of -check and -photo")
	from := flag.String("photo", "", "photo whose largest face is turned, into the file of -sheet")
	hair := flag.String("hair", "", "PNG file for a sheet of all hair styles")
	set := flag.String("set", "", "folder for a data set of rendered faces")
	shots := flag.Int("shots", 20, "faces of each identity of a data set")
	format := flag.String("format", "rec", "of a data set: rec (RecordIO) or folder")
	lossless := flag.Bool("png", false, "store the faces of a data set as PNG instead of JPEG")
	flag.Parse()
	opts := options{ids: *ids, first: *first, wide: *wide, size: *size, plain: *plain}
	var err error
	switch {
	case *from != "":
		err = writePhoto(context.Background(), *sheet, *from, *engine, opts)
	case *sheet != "":
		err = writeSheet(*sheet, opts)
	case *occluders != "":
		err = writeOccluders(*occluders, opts)
	case *hair != "":
		err = writeHair(*hair, opts)
	case *checked:
		err = check(context.Background(), os.Stdout, *ids, *engine)
	case *set != "":
		err = writeSet(setOptions{dir: *set, format: *format, png: *lossless,
			config: rendered.Config{First: *first, Identities: *ids, Shots: *shots}})
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		slog.Error("render", "err", err)
		os.Exit(1)
	}
}
