package recordio

import (
	"cmp"
	"fmt"
	"slices"
)

// readInsight reads a set in InsightFace's layout: bounds are the two labels of record 0.
func (s *Set) readInsight(bounds []float32) error {
	if len(bounds) < 2 {
		return fmt.Errorf("recordio: %s: %w: record 0 has %d labels, want 2", s.path, ErrLabel, len(bounds))
	}
	first, err := whole(bounds[0]) // key of the first identity's record
	if err != nil {
		return fmt.Errorf("recordio: %s: record 0: %w", s.path, err)
	}
	end, err := whole(bounds[1])
	if err != nil {
		return fmt.Errorf("recordio: %s: record 0: %w", s.path, err)
	}
	if first < 1 || end < first {
		return fmt.Errorf("recordio: %s: %w: record 0 tells of keys below %d and %d", s.path, ErrIndex, first, end)
	}
	// Not made for first-1 faces at once: the number may be damaged, and the index ends
	// the loop then.
	for key := 1; key < first; key++ {
		offset, err := s.at(key)
		if err != nil {
			if err := s.skip(key, err); err != nil {
				return err
			}
			continue
		}
		s.faces = append(s.faces, Entry{key, offset})
	}
	if len(s.faces) == 0 {
		return nil
	}
	// Vectors differ from face to face, so that all of them have to be read. Single
	// labels are the same for all of an identity.
	vector, err := s.vectorLabels()
	if err != nil {
		return err
	}
	if vector || first == end {
		return s.readAll()
	}
	return s.readRanges(first, end)
}

// vectorLabels tells whether faces have vectors of labels, by the first of them that can
// be read.
func (s *Set) vectorLabels() (bool, error) {
	var first error
	for _, f := range s.faces {
		h, _, err := s.read(f.Offset)
		if err == nil {
			return h.vector, nil
		}
		if first == nil {
			first = err
		}
		if s.skips == nil {
			break
		}
	}
	return false, first
}

// readRanges gives the faces of each identity the label of the first of them that can be
// read.
func (s *Set) readRanges(first, end int) error {
	s.classes = make([]int32, len(s.faces))
	for i := range s.classes {
		s.classes[i] = -1
	}
	for key := first; key < end; key++ {
		from, to, err := s.readRange(key, first)
		if err != nil {
			if err := s.skip(key, err); err != nil {
				return err
			}
			continue // the faces have to tell themselves
		}
		class, err := s.classOf(from, to)
		if err != nil {
			return err
		}
		for i := from; i < to; i++ {
			if s.classes[i] >= 0 {
				return fmt.Errorf("recordio: %s: %w: face %d is within two identities' ranges", s.path, ErrIndex, s.faces[i].Key)
			}
			s.classes[i] = int32(class)
		}
		s.number = max(s.number, class+1)
	}
	return s.readRest()
}

// classOf returns the class of an identity's faces, by the first of them; -1 if there are
// none, or none that can be read where that is allowed.
func (s *Set) classOf(from, to int) (int, error) {
	for i := from; i < to; i++ {
		class, err := s.readClass(s.faces[i].Offset)
		if err == nil || s.skips == nil {
			return class, err
		}
	}
	return -1, nil
}

// readClass reads the single label of a face.
func (s *Set) readClass(at int64) (int, error) {
	h, _, err := s.read(at)
	if err != nil {
		return 0, err
	}
	class, err := whole(h.labels[0])
	if err != nil {
		return 0, s.damage(at, err)
	}
	return class, nil
}

// readRest reads the labels of faces that are within no identity's range. Those that
// cannot be read are left out.
func (s *Set) readRest() error {
	n := 0
	for i, f := range s.faces {
		class := int(s.classes[i])
		if class < 0 {
			var err error
			if class, err = s.readClass(f.Offset); err != nil {
				if err := s.skip(f.Key, err); err != nil {
					return err
				}
				continue
			}
			s.number = max(s.number, class+1)
		}
		s.faces[n], s.classes[n] = f, int32(class)
		n++
	}
	s.faces, s.classes = s.faces[:n], s.classes[:n]
	return nil
}

// readRange returns the range of faces, as indices, that the record of an identity
// states. Faces have the keys below end.
func (s *Set) readRange(key, end int) (from, to int, err error) {
	at, err := s.at(key)
	if err != nil {
		return 0, 0, err
	}
	h, _, err := s.read(at)
	if err != nil {
		return 0, 0, err
	}
	if len(h.labels) < 2 {
		return 0, 0, s.damage(at, fmt.Errorf("%w: identity %d has %d labels, want the range of its faces", ErrLabel, key, len(h.labels)))
	}
	a, err := whole(h.labels[0])
	if err != nil {
		return 0, 0, s.damage(at, err)
	}
	b, err := whole(h.labels[1])
	if err != nil {
		return 0, 0, s.damage(at, err)
	}
	if a < 1 || b < a || b > end {
		return 0, 0, s.damage(at, fmt.Errorf("%w: identity %d has the faces %d to %d of %d", ErrIndex, key, a, b-1, end-1))
	}
	return s.place(a), s.place(b), nil
}

// place returns the index of the first face whose key is at least that.
func (s *Set) place(key int) int {
	i, _ := slices.BinarySearchFunc(s.faces, key, func(e Entry, key int) int { return cmp.Compare(e.Key, key) })
	return i
}
