// Package sight is what a server sees in a photo: faces with their features and poses, and
// how good each is.
package sight

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/quality"
)

// Seer looks at photos. It is safe for concurrent use.
type Seer struct {
	Recognizer *fspfm.Recognizer
	Limits     photos.Options

	// Known are the faces of photos by the SHA-256 of their files: where there is no
	// detector, as with the pack of a demonstration, it is these photos or none.
	Known map[[sha256.Size]byte][]face.Face
}

// Seen is a photo with its faces, those that the detector is surest of first.
type Seen struct {
	Photo *photos.Photo
	Faces []Face
}

// Face is a face of a photo, with positions in the photo as it was decoded.
type Face struct {
	fspfm.Result
	Quality quality.Assessment
}

// Errors that callers may test for, besides those of packages fspfm and photos.
var (
	// ErrSeveral is for photos of several people where one was expected.
	ErrSeveral = errors.New("several faces where one was expected")
	// ErrNotKnown is for photos that are none of Seer.Known where there is no detector.
	ErrNotKnown = errors.New("there is no detector: the demonstration looks at its own photos only, and at others with -demo -pack sface")
)

// See decodes a photo and looks at all of its faces; none is no error. Decoded photos are
// large: the caller bounds how many calls there are at once.
func (s *Seer) See(ctx context.Context, file []byte) (*Seen, error) {
	photo, err := photos.Decode(bytes.NewReader(file), s.Limits)
	if err != nil {
		return nil, err
	}
	var results []fspfm.Result
	if s.Known == nil {
		results, err = s.Recognizer.Faces(ctx, photo.Image)
	} else if known, ok := s.Known[sha256.Sum256(file)]; ok {
		results, err = s.Recognizer.Look(ctx, photo.Image, known...)
	} else {
		err = ErrNotKnown
	}
	if err != nil {
		return nil, err
	}
	seen := &Seen{Photo: photo}
	for _, r := range results {
		a, err := quality.Assess(photo.Image, r.Face, r.Pose.Angles, quality.Options{Doubt: string(r.Doubt)})
		if err != nil {
			return nil, err
		}
		seen.Faces = append(seen.Faces, Face{r, a})
	}
	return seen, nil
}

// Best is the face that the photo is most likely of. The error wraps face.ErrNoFace.
func (s *Seen) Best() (Face, error) {
	all := make([]face.Face, len(s.Faces))
	for i, f := range s.Faces {
		all[i] = f.Face
	}
	best, err := face.Best(all, s.Photo.Image.Bounds())
	if err != nil {
		return Face{}, err
	}
	for _, f := range s.Faces {
		if f.Face == best {
			return f, nil
		}
	}
	return Face{}, face.ErrNoFace
}

// Only is the only face of the photo. The error wraps face.ErrNoFace or ErrSeveral.
func (s *Seen) Only() (Face, error) {
	if len(s.Faces) > 1 {
		return Face{}, fmt.Errorf("%w: %d", ErrSeveral, len(s.Faces))
	}
	return s.Best()
}

// Reasons are what speaks against the face, in words.
func (f Face) Reasons() []string {
	out := make([]string, 0, len(f.Quality.Reasons))
	for _, r := range f.Quality.Reasons {
		out = append(out, string(r))
	}
	return out
}

// Sample is the face for a gallery.
func (f Face) Sample(source string) gallery.Sample {
	s := gallery.SampleOf(f.Result, source)
	s.Quality = f.Quality.Score
	s.Flaws = append(s.Flaws, f.Reasons()...)
	return s
}
