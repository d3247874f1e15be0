package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"

	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// photo is one of the two.
type photo struct {
	name, credit string
	image        image.Image
	file         *photos.Photo // what the image was read from, if it was
	face         *face.Face    // where the face is, if that is known
}

// inFull returns a result with its positions in the photo itself, which may have been
// reduced.
func (p photo) inFull(r fspfm.Result) fspfm.Result {
	if p.file != nil {
		r.Face = p.file.FullSize(r.Face)
	}
	return r
}

// pair is two photos and the answer.
type pair struct {
	photos [2]photo
	answer fspfm.Verification
}

// demoPhotos are in the public domain, both of them.
var demoPhotos = [2]string{"person_b_2.jpg", "impostor_1.jpg"}

// pairs reads the user's photos, or those of the demonstration, opens what the flags
// name, and compares.
func (o options) pairs(ctx context.Context, stderr io.Writer) ([]pair, error) {
	var user [2]photo
	for i, path := range o.files { // before anything is fetched
		p, err := o.photos.Read(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errInput, err)
		}
		if note := photoflags.Note(p); note != "" {
			fmt.Fprintf(stderr, "%s: %s\n", photos.Name(path), note)
		}
		user[i] = photo{name: photos.Name(path).String(), image: p.Image, file: p}
	}
	r, err := o.open(ctx, stderr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSetUp, err)
	}
	defer r.Close() // the process ends anyway
	_, err = r.Pack().Entry(pack.Detector)
	pairs := []pair{{photos: user}}
	switch {
	case o.demo && err != nil:
		pairs = renderedPairs(stderr)
	case o.demo:
		if pairs[0].photos, err = photosOfDemo(ctx, stderr); err != nil {
			return nil, err
		}
	}
	for i := range pairs {
		if pairs[i].answer, err = compare(ctx, r, pairs[i].photos); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}

// photosOfDemo fetches two photos, and says whose they are.
func photosOfDemo(ctx context.Context, stderr io.Writer) (photos [2]photo, err error) {
	known, err := pack.DemoPhotos(ctx, pack.Progress(stderr))
	if err != nil {
		return photos, fmt.Errorf("%w: %w", errSetUp, err)
	}
	for i, name := range demoPhotos {
		at := slices.IndexFunc(known, func(p pack.Photo) bool { return p.Name == name })
		p := known[at] // the manifest is built in
		photos[i] = photo{name: p.Title, credit: fmt.Sprintf("%s; photo: %s; %s; %s", p.Title, p.Credit, p.License, p.Origin)}
		if photos[i].image, err = face.ReadFile(p.Path); err != nil {
			return photos, err
		}
		fmt.Fprintln(stderr, photos[i].credit)
	}
	return photos, nil
}

// open opens what the flags name.
func (o options) open(ctx context.Context, stderr io.Writer) (*fspfm.Recognizer, error) {
	opts, err := o.photos.Options()
	if err != nil {
		return nil, err
	}
	opts = append(opts, fspfm.WithEngineName(o.backend), fspfm.WithFetch(pack.Progress(stderr)))
	if o.threshold != nil {
		opts = append(opts, fspfm.WithThreshold(*o.threshold))
	}
	return fspfm.Open(ctx, opts...)
}

// compare compares the faces of two photos: those that a detector finds, or those that
// are known.
func compare(ctx context.Context, r *fspfm.Recognizer, photos [2]photo) (v fspfm.Verification, err error) {
	if photos[0].face == nil {
		v, err = r.Verify(ctx, photos[0].image, photos[1].image)
	} else {
		var results [2][]fspfm.Result
		for i, p := range photos {
			if results[i], err = r.Look(ctx, p.image, *p.face); err != nil {
				return v, err
			}
		}
		v, err = r.Compare(results[0][0], results[1][0])
	}
	switch {
	case err == nil:
		return v, nil
	case errors.Is(err, fspfm.ErrNoDetector):
		return v, fmt.Errorf("%w: the pack %s cannot find faces in photos; it answers for -demo", errUsage, r.Pack().Name())
	case errors.Is(err, fspfm.ErrNoThreshold):
		return v, fmt.Errorf("%w: the pack states no threshold: give one with -threshold", errUsage)
	case errors.Is(err, fspfm.ErrNoFace), errors.Is(err, face.ErrNoLandmarks), errors.Is(err, face.ErrNoPixels):
		return v, fmt.Errorf("%w: %s and %s: %w", errInput, photos[0].name, photos[1].name, err)
	}
	return v, err
}
