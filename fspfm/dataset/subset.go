package dataset

import (
	"context"
	"fmt"
)

// subset is part of a source with classes numbered anew.
type subset struct {
	of    Source
	index []int   // faces, as the source counts them
	class []int32 // new number of each of the source's classes, -1 for those that are left out
	names []int   // the source's number of each class
}

// Subset returns the faces of s with the given indices, in their order. Classes without
// any of them are dropped, the others numbered from 0 in the order that they have in s.
func Subset(s Source, indices []int) (Source, error) {
	sub := &subset{of: s, index: append([]int(nil), indices...), class: make([]int32, s.Identities())}
	present := make([]bool, s.Identities())
	for _, i := range sub.index {
		if i < 0 || i >= s.Len() {
			return nil, fmt.Errorf("dataset: subset: %w", outOfRange(i, s.Len()))
		}
		present[s.Label(i).Identity] = true
	}
	for id, here := range present {
		sub.class[id] = -1
		if here {
			sub.class[id] = int32(len(sub.names))
			sub.names = append(sub.names, id)
		}
	}
	return sub, nil
}

func (s *subset) Len() int                   { return len(s.index) }
func (s *subset) Identities() int            { return len(s.names) }
func (s *subset) IdentityName(id int) string { return s.of.IdentityName(s.names[id]) }

func (s *subset) Label(i int) Label {
	l := s.of.Label(s.index[i])
	l.Identity = int(s.class[l.Identity])
	return l
}

func (s *subset) At(ctx context.Context, i int) (Sample, error) {
	if i < 0 || i >= len(s.index) {
		return Sample{}, outOfRange(i, len(s.index))
	}
	sample, err := s.of.At(ctx, s.index[i])
	if err != nil {
		return Sample{}, err
	}
	sample.Label.Identity = int(s.class[sample.Label.Identity])
	return sample, nil
}
