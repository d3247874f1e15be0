package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"slices"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// photo is one of the two.
type photo struct {
	name, credit string
	image        image.Image
}

// demoPhotos are in the public domain, both of them.
var demoPhotos = [2]string{"person_b_2.jpg", "impostor_1.jpg"}

// photos reads the two photos, those of the user or those of the demonstration.
func (o options) photos(ctx context.Context, stderr io.Writer) (photos [2]photo, err error) {
	for i, path := range o.files {
		photos[i].name = path
		if photos[i].image, err = face.ReadFile(path); err != nil {
			return photos, fmt.Errorf("%w: %w", errInput, err)
		}
	}
	if !o.demo {
		return photos, nil
	}
	known, err := pack.DemoPhotos(ctx, pack.Progress(stderr))
	if err != nil {
		return photos, fmt.Errorf("%w: %w", errSetUp, err)
	}
	for i, name := range demoPhotos {
		at := slices.IndexFunc(known, func(p pack.Photo) bool { return p.Name == name })
		p := known[at] // the manifest is built in
		photos[i] = photo{name: p.Title, credit: fmt.Sprintf("%s; photo: %s; %s; %s", p.Title, p.Credit, p.Licence, p.Origin)}
		if photos[i].image, err = face.ReadFile(p.Path); err != nil {
			return photos, err
		}
		fmt.Fprintln(stderr, photos[i].credit)
	}
	return photos, nil
}

// verify opens what the flags name, and compares.
func (o options) verify(ctx context.Context, photos [2]photo, stderr io.Writer) (fspfm.Verification, error) {
	opts := []fspfm.Option{fspfm.WithEngineName(o.backend), fspfm.WithFetch(pack.Progress(stderr))}
	switch {
	case o.pack == "":
	case slices.Contains(pack.Names(), o.pack) || filepath.Base(o.pack) == o.pack && !isDir(o.pack):
		opts = append(opts, fspfm.WithPack(o.pack))
	default:
		opts = append(opts, fspfm.WithPackDir(o.pack))
	}
	if o.threshold != nil {
		opts = append(opts, fspfm.WithThreshold(*o.threshold))
	}
	r, err := fspfm.Open(ctx, opts...)
	if err != nil {
		return fspfm.Verification{}, fmt.Errorf("%w: %w", errSetUp, err)
	}
	defer r.Close() // the process ends anyway
	v, err := r.Verify(ctx, photos[0].image, photos[1].image)
	switch {
	case err == nil:
		return v, nil
	case errors.Is(err, fspfm.ErrNoThreshold):
		return v, fmt.Errorf("%w: the pack states no threshold: give one with -threshold", errUsage)
	case errors.Is(err, fspfm.ErrNoFace), errors.Is(err, face.ErrNoLandmarks), errors.Is(err, face.ErrNoPixels):
		return v, fmt.Errorf("%w: %s and %s: %w", errInput, photos[0].name, photos[1].name, err)
	}
	return v, err
}
