// Package groups keeps the faces of folders of photos in groups, one person to each: a
// people.Library in a folder of files. What was answered for is on the disk.
package groups

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/pifr-go/pifr/examples/server/internal/durable"
	"github.com/pifr-go/pifr/fspfm/people"
)

// Errors that callers may test for, besides those of package people.
var (
	ErrNoGroup = errors.New("there is no such group")
	ErrModels  = errors.New("the groups are of faces that other models have looked at: move the folder away")
)

// Face is a face of a photo in a folder.
type Face struct {
	ID      string     `json:"id"`
	File    string     `json:"file"` // the photo's path
	Box     [4]float64 `json:"box"`  // x and y of the top left corner, width, height, in the photo
	Yaw     float64    `json:"yaw"`  // degrees
	Pitch   float64    `json:"pitch"`
	Roll    float64    `json:"roll"`
	Quality float64    `json:"quality"`
	Reasons []string   `json:"reasons,omitempty"`
	Doubt   string     `json:"doubt,omitempty"`
	Feature []float32  `json:"feature"`
}

// Step is a change. A library of people does the same in the same order, and so a file of
// steps is the library.
type Step struct {
	Do    Verb     `json:"do"`
	IDs   []string `json:"ids,omitempty"`
	Faces []Face   `json:"faces,omitempty"` // of Add
}

// Verb is what is done to faces.
type Verb string

// The verbs are the methods of people.Library.
const (
	Add       Verb = "add"
	Same      Verb = "same"
	Different Verb = "different"
	Split     Verb = "split"
	Forget    Verb = "forget"
	Regroup   Verb = "regroup"
	Remove    Verb = "remove"
)

// Store is the library with what is known of its faces. It is safe for concurrent use.
type Store struct {
	dir     string
	options people.Options
	made    string // fingerprint

	mu      sync.RWMutex
	library *people.Library
	faces   map[string]Face
	log     *durable.Log
	number  int // of the log
}

// state is a file: the library as it was, and the log of what came after.
type state struct {
	Made    string          `json:"made"`
	Log     int             `json:"log"`
	Faces   []Face          `json:"faces"`
	Library json.RawMessage `json:"library"`
}

// Open opens the groups of a folder, or begins them. Made is the fingerprint of the models
// that look at faces.
func Open(ctx context.Context, dir, made string, o people.Options) (*Store, error) {
	s := &Store{dir: dir, options: o, made: made, faces: map[string]Face{}}
	if err := s.read(ctx); err != nil {
		return nil, fmt.Errorf("groups of %s: %w", dir, err)
	}
	return s, nil
}

func (s *Store) statePath() string { return filepath.Join(s.dir, "groups.json") }

func (s *Store) logPath(n int) string { return filepath.Join(s.dir, fmt.Sprintf("groups-%d.jsonl", n)) }

// read reads the state and does the steps of the log again, and then begins a new log, so
// that the steps of a run are done again once.
func (s *Store) read(ctx context.Context) (err error) {
	st := state{Made: s.made}
	data, err := os.ReadFile(s.statePath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if s.library, err = people.New(s.options); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(data, &st); err != nil {
			return err
		}
		if st.Made != s.made {
			return ErrModels
		}
		if s.library, err = people.Read(readerOf(st.Library), s.options); err != nil {
			return err
		}
	}
	for _, f := range st.Faces {
		s.faces[f.ID] = f
	}
	old, err := durable.OpenLog(s.logPath(st.Log), func(line []byte) error {
		var step Step
		if err := json.Unmarshal(line, &step); err != nil {
			return err
		}
		_ = s.apply(ctx, step) // one that failed fails again
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return errors.Join(old.Close(), s.compact(st.Log))
}

// compact writes the state and begins a log after it.
func (s *Store) compact(old int) (err error) {
	s.number = old + 1
	if err := os.Remove(s.logPath(s.number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // of a run that ended between the next two steps
	}
	if s.log, err = durable.OpenLog(s.logPath(s.number), nil); err != nil {
		return err
	}
	if err := durable.Write(s.statePath(), s.write); err != nil {
		return err
	}
	return os.Remove(s.logPath(old))
}

func (s *Store) write(w io.Writer) error {
	st := state{Made: s.made, Log: s.number}
	for _, f := range s.faces {
		st.Faces = append(st.Faces, f)
	}
	slices.SortFunc(st.Faces, func(a, b Face) int { return compare(a.ID, b.ID) })
	library, err := saved(s.library)
	if err != nil {
		return err
	}
	st.Library = library
	return json.NewEncoder(w).Encode(st)
}

// Do takes a step: it is written down first, and done then, whatever becomes of who asked
// for it. The error wraps one of package people.
func (s *Store) Do(step Step) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if step.Do == Add {
		step.Faces = slices.DeleteFunc(slices.Clone(step.Faces), func(f Face) bool { _, there := s.faces[f.ID]; return there })
		if len(step.Faces) == 0 {
			return nil
		}
	}
	if err := s.log.Append(step); err != nil {
		return err
	}
	return s.apply(context.Background(), step)
}

func (s *Store) apply(ctx context.Context, step Step) error {
	switch step.Do {
	case Add:
		return s.add(ctx, step.Faces)
	case Same:
		return s.library.Same(ctx, step.IDs...)
	case Different:
		if len(step.IDs) != 2 {
			return fmt.Errorf("%w: two faces are different, not %d", people.ErrFace, len(step.IDs))
		}
		return s.library.Different(ctx, step.IDs[0], step.IDs[1])
	case Split:
		// The user has changed their mind about these, if they have said anything.
		return errors.Join(s.library.Forget(step.IDs...), s.library.Split(ctx, step.IDs...))
	case Forget:
		return s.library.Forget(step.IDs...)
	case Regroup:
		return s.library.Regroup(ctx)
	case Remove:
		if err := s.library.Remove(step.IDs...); err != nil {
			return err
		}
		for _, id := range step.IDs {
			delete(s.faces, id)
		}
		return nil
	}
	return fmt.Errorf("groups: no step %q", step.Do)
}

func (s *Store) add(ctx context.Context, faces []Face) error {
	all := make([]people.Face, len(faces))
	for i, f := range faces {
		all[i] = people.Face{ID: f.ID, Photo: f.File, Feature: f.Feature, YawDeg: f.Yaw, Quality: f.Quality}
	}
	if err := s.library.Add(ctx, all...); err != nil {
		return err
	}
	for _, f := range faces {
		s.faces[f.ID] = f
	}
	return nil
}

// Purge rewrites the files without what was removed: the log of a run has the features of
// faces that are gone.
func (s *Store) Purge() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.log.Close(); err != nil {
		return err
	}
	return s.compact(s.number)
}

// Close closes the files.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Close()
}
