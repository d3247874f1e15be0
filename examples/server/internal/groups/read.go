package groups

import (
	"bytes"
	"cmp"
	"fmt"
	"io"

	"github.com/pifr-go/pifr/fspfm/people"
)

// Group is faces of one person.
type Group struct {
	ID    int
	Faces []Face
	Sure  bool // the user has said so of all of them
}

// All returns the groups, the largest first, and the faces that are like nobody.
func (s *Store) All() (groups []Group, alone []Face) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all, rest := s.library.Groups()
	for _, g := range all {
		groups = append(groups, Group{g.ID, s.of(g.Faces), g.Sure})
	}
	return groups, s.of(rest)
}

// Group returns one of them. The error wraps ErrNoGroup.
func (s *Store) Group(id int) (Group, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all, _ := s.library.Groups()
	for _, g := range all {
		if g.ID == id {
			return Group{g.ID, s.of(g.Faces), g.Sure}, nil
		}
	}
	return Group{}, fmt.Errorf("%w: %d", ErrNoGroup, id)
}

// Face returns a face. The error wraps people.ErrUnknown.
func (s *Store) Face(id string) (Face, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, ok := s.faces[id]
	if !ok {
		return Face{}, people.ErrUnknown
	}
	return f, nil
}

// Of returns the number of a face's group, 0 if it is in none. The error wraps
// people.ErrUnknown.
func (s *Store) Of(face string) (int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.library.Of(face)
}

func (s *Store) of(ids []string) []Face {
	out := make([]Face, len(ids))
	for i, id := range ids {
		out[i] = s.faces[id]
	}
	return out
}

func readerOf(data []byte) io.Reader { return bytes.NewReader(data) }

func saved(l *people.Library) ([]byte, error) {
	var b bytes.Buffer
	err := l.Save(&b)
	return b.Bytes(), err
}

func compare(a, b string) int { return cmp.Compare(a, b) }
