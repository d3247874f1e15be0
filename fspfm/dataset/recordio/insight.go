package recordio

import "fmt"

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
			return err
		}
		s.faces = append(s.faces, Entry{key, offset})
	}
	if len(s.faces) == 0 {
		return nil
	}
	// Vectors differ from face to face, so that all of them have to be read. Single
	// labels are the same for all of an identity.
	h, _, err := s.read(s.faces[0].Offset)
	if err != nil {
		return err
	}
	if h.vector || first == end {
		return s.readAll()
	}
	return s.readRanges(first, end)
}

// readRanges gives the faces of each identity the label of the first of them.
func (s *Set) readRanges(first, end int) error {
	s.classes = make([]int32, len(s.faces))
	for i := range s.classes {
		s.classes[i] = -1
	}
	for key := first; key < end; key++ {
		from, to, err := s.readRange(key)
		if err != nil {
			return err
		}
		if from == to {
			continue
		}
		h, _, err := s.read(s.faces[from].Offset)
		if err != nil {
			return err
		}
		class, err := whole(h.labels[0])
		if err != nil {
			return s.damage(s.faces[from].Offset, err)
		}
		for i := from; i < to; i++ {
			if s.classes[i] >= 0 {
				return fmt.Errorf("recordio: %s: %w: face %d is within two identities' ranges", s.path, ErrIndex, i+1)
			}
			s.classes[i] = int32(class)
		}
		s.number = max(s.number, class+1)
	}
	for i, class := range s.classes {
		if class < 0 { // of no identity's range: it has to tell itself
			h, _, err := s.read(s.faces[i].Offset)
			if err != nil {
				return err
			}
			class, err := whole(h.labels[0])
			if err != nil {
				return s.damage(s.faces[i].Offset, err)
			}
			s.classes[i] = int32(class)
			s.number = max(s.number, class+1)
		}
	}
	return nil
}

// readRange returns the range of faces, as indices, that the record of an identity
// states.
func (s *Set) readRange(key int) (from, to int, err error) {
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
	if a < 1 || b < a || b > len(s.faces)+1 {
		return 0, 0, s.damage(at, fmt.Errorf("%w: identity %d has the faces %d to %d of %d", ErrIndex, key, a, b-1, len(s.faces)))
	}
	return a - 1, b - 1, nil
}
