package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/index"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/people"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// library is the folder of -data, opened: what was made of photos (faces.jsonl), groups
// with the user's answers (groups.json), and people with names (people.db).
type library struct {
	*options
	teller     *tell.Teller
	recognizer *fspfm.Recognizer
	known      map[string]face.Face // faces of rendered photos, where no detector is needed

	faces  map[string]records.Record // by faceID
	failed int                       // photos
	groups *people.Library
	names  *gallery.Gallery
}

// with opens the library for a command, and closes it.
func (o *options) with(ctx context.Context, known map[string]face.Face, run func(*library) error) (err error) {
	l := &library{options: o, teller: tell.New(o.stderr), known: known}
	defer l.teller.Close()
	if l.recognizer, err = o.open(ctx); err != nil {
		return err
	}
	defer l.recognizer.Close() // the process ends anyway
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	if err := l.read(); err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, filepath.Join(o.data, "people.db"), gallery.ModelsOf(l.recognizer), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	// A name was given by the user, whatever the face looks like.
	if l.names, err = gallery.New(store, gallery.Options{Decision: l.recognizer.Decision(), Review: gallery.ReviewNothing}); err != nil {
		return err
	}
	return run(l)
}

// open opens the recognizer.
func (o *options) open(ctx context.Context) (*fspfm.Recognizer, error) {
	opts, err := o.photos.Options()
	if err != nil {
		return nil, err
	}
	opts = append(opts, fspfm.WithEngineName(o.backend), fspfm.WithoutHead(), fspfm.WithFetch(pack.Progress(o.stderr)))
	return fspfm.Open(ctx, opts...)
}

func (l *library) log() string   { return filepath.Join(l.data, "faces.jsonl") }
func (l *library) state() string { return filepath.Join(l.data, "groups.json") }

// faceID is a short name of a face of a photo, for the user to type.
func faceID(file string, n int) string {
	sum := sha256.Sum256([]byte(file))
	return fmt.Sprintf("%x-%d", sum[:5], n)
}

// read reads faces and groups.
func (l *library) read() error {
	if err := l.readFaces(); err != nil {
		return err
	}
	o := people.Options{Decision: l.recognizer.Decision(), Neighbors: index.Neighbors{}}
	f, err := os.Open(l.state())
	if errors.Is(err, fs.ErrNotExist) {
		l.groups, err = people.New(o)
		return err
	}
	if err != nil {
		return err
	}
	defer f.Close()
	l.groups, err = people.Read(f, o)
	return err
}

// readFaces reads what was made of photos; those of other models are refused by index,
// which adds to the file.
func (l *library) readFaces() error {
	l.faces, l.failed = map[string]records.Record{}, 0
	f, err := os.Open(l.log())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for r, err := range records.Read(f) {
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil // broken off there; index goes on from it
		case err != nil:
			return fmt.Errorf("%s: %w", l.log(), err)
		case r.Failed != "":
			l.failed++
		case r.Faces > 0:
			l.faces[faceID(string(r.File), r.Face)] = r
		}
	}
	return nil
}

// save writes the groups, all or nothing.
func (l *library) save() error {
	next := l.state() + ".new"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(l.groups.Save(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(next, l.state())
}

// group returns the faces of a group that the user has named by its number.
func (l *library) group(number string) (people.Group, error) {
	n, err := strconv.Atoi(number)
	if err != nil {
		return people.Group{}, fmt.Errorf("%w: %q is no number of a group", errUsage, number)
	}
	groups, _ := l.groups.Groups()
	i := slices.IndexFunc(groups, func(g people.Group) bool { return g.ID == n })
	if i < 0 {
		return people.Group{}, fmt.Errorf("%w: there is no group %d: run people groups", errUsage, n)
	}
	return groups[i], nil
}

// sample is a face for the gallery.
func (l *library) sample(id string) gallery.Sample {
	r := l.faces[id]
	return gallery.Sample{Feature: r.Feature, Angles: angles(r), Quality: r.Quality, Source: r.File.String(), Metadata: map[string]string{"face": id}}
}
