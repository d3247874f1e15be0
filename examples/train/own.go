package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
	"github.com/pifr-go/pifr/fspfm/ownhead"
	"github.com/pifr-go/pifr/fspfm/pack"
	walk "github.com/pifr-go/pifr/fspfm/photos"
)

// own are the flags of a head for one's own people.
type own struct {
	operand, out, engine, command string
	config                        ownhead.Config
	photos                        *photoflags.Flags
	stderr                        io.Writer
}

func parseOwn(args []string, stderr io.Writer) (own, error) {
	o := own{stderr: stderr, command: strings.Join(append([]string{"go run ./examples/train own"}, args...), " ")}
	flags := flag.NewFlagSet("train own PHOTOS|GALLERY.db", flag.ContinueOnError)
	flags.SetOutput(stderr)
	o.photos = photoflags.Register(flags)
	flags.StringVar(&o.out, "out", "", "folder for the head, the thresholds and the verdict")
	flags.StringVar(&o.engine, "engine", "gonum", "engine to train on")
	flags.Float64Var(&o.config.FMR, "fmr", 1e-3, "false-match rate of verdict and thresholds, as far as there are pairs enough")
	flags.IntVar(&o.config.Folds, "folds", 5, "parts that people are divided into")
	flags.IntVar(&o.config.Draws.Draws, "draws", 400, "draws of people for confidence intervals")
	flags.Float64Var(&o.config.Stay, "stay", 10, "weight of the penalty on moving features")
	flags.Uint64Var(&o.config.Seed, "seed", 42, "seed of folds, weights and batches")
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		o.operand, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.operand == "" && flags.NArg() == 1 {
		o.operand = flags.Arg(0)
	} else if flags.NArg() > 0 {
		o.operand = ""
	}
	if o.operand == "" || o.out == "" {
		flags.Usage()
		return o, errors.New("want a folder of a folder of photos for each person, or a gallery's file, and -out")
	}
	o.config.Set, o.config.Command = filepath.Base(filepath.Clean(o.operand)), o.command
	return o, o.photos.Check()
}

// ownHead trains a head for the people in a folder of photos, or in a gallery.
func ownHead(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseOwn(args, stderr)
	if err != nil {
		return err
	}
	opts, err := o.photos.Options()
	if err != nil {
		return err
	}
	r, err := fspfm.Open(ctx, append(opts, fspfm.WithoutHead(), fspfm.WithFetch(pack.Progress(stderr)))...)
	if err != nil {
		return err
	}
	defer r.Close()
	faces, err := o.faces(ctx, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%d faces of %d people; seed %d\n", faces.Len(), faces.People(), o.config.Seed)
	engine, err := backend.OpenContext(ctx, o.engine)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	teller := tell.New(stderr)
	defer teller.Close()
	o.config.Progress = teller.Of("heads")
	out, err := ownhead.Train(ctx, engine, r, faces, o.config)
	if err != nil {
		return err
	}
	if err := out.Save(o.out); err != nil {
		return err
	}
	if out.Decision == nil {
		fmt.Fprintln(stderr, "no thresholds without a head: there are no pairs of two frontal or of two turned faces to choose them by")
	}
	fmt.Fprintln(stdout, out.Verdict)
	return nil
}

// faces are those of the folder, or of the gallery.
func (o own) faces(ctx context.Context, r *fspfm.Recognizer) (*ownhead.Faces, error) {
	if info, err := os.Stat(o.operand); err != nil || info.IsDir() {
		return o.facesOfFolder(ctx, r)
	}
	store, err := sqlite.Open(ctx, o.operand, gallery.ModelsOf(r), sqlite.Options{MustExist: true})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	g, err := gallery.New(store, gallery.Options{Decision: r.Decision()})
	if err != nil {
		return nil, err
	}
	return ownhead.OfGallery(ctx, g)
}

// facesOfFolder looks at the photos of each person: in each, at the face that Embed takes.
func (o own) facesOfFolder(ctx context.Context, r *fspfm.Recognizer) (*ownhead.Faces, error) {
	people, err := os.ReadDir(o.operand)
	if err != nil {
		return nil, err
	}
	type photo struct{ person, path string }
	var all []photo
	for _, p := range people {
		dir := filepath.Join(o.operand, p.Name())
		if info, err := os.Stat(dir); err != nil || !info.IsDir() || strings.HasPrefix(p.Name(), ".") {
			continue
		}
		for e := range (walk.Walker{}).Walk(ctx, dir) {
			if e.Photo() {
				all = append(all, photo{p.Name(), e.Path})
			}
		}
	}
	teller := tell.New(o.stderr)
	defer teller.Close()
	progress := teller.Of("photos")
	faces := &ownhead.Faces{}
	for i, p := range all {
		if err := o.addFace(ctx, r, faces, p.person, p.path); err != nil {
			return nil, err
		}
		progress(i+1, len(all))
	}
	return faces, ctx.Err()
}

// addFace adds the face of a photo. One without a face, or that cannot be read, is named
// and passed over.
func (o own) addFace(ctx context.Context, r *fspfm.Recognizer, faces *ownhead.Faces, person, path string) error {
	img, err := o.photos.ReadFile(path)
	if err == nil {
		var result fspfm.Result
		if result, err = r.Embed(ctx, img); err == nil {
			faces.Add(person, result)
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, fspfm.ErrNoDetector) {
		return err
	}
	fmt.Fprintf(o.stderr, "%s: passed over: %v\n", path, err)
	return nil
}
