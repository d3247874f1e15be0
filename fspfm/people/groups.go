package people

import (
	"cmp"
	"slices"
)

// Group is faces of one person.
type Group struct {
	// ID is the group's number, from 1. It stays while faces come and go. Where two groups
	// become one it is that of the larger, and the other number is not used again.
	ID int

	Faces []string // their IDs, sorted

	// Sure says that the user has said of all of them that they are one person.
	Sure bool
}

// Groups returns all groups, the largest ones first, and the faces that are in none,
// sorted.
func (l *Library) Groups() (groups []Group, alone []string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	at := map[int]int{}
	sure := map[int]int{}
	for _, e := range l.faces {
		if e.group == 0 {
			alone = append(alone, e.ID)
			continue
		}
		k, there := at[e.group]
		if !there {
			k = len(groups)
			at[e.group] = k
			sure[e.group] = e.sure
			groups = append(groups, Group{ID: e.group, Sure: e.sure != 0})
		}
		groups[k].Faces = append(groups[k].Faces, e.ID)
		groups[k].Sure = groups[k].Sure && e.sure == sure[e.group]
	}
	for _, g := range groups {
		slices.Sort(g.Faces)
	}
	slices.Sort(alone)
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(b.Faces), len(a.Faces)), cmp.Compare(a.ID, b.ID))
	})
	return groups, alone
}

// Of returns the number of the group of a face, 0 if it is in none. The error wraps
// ErrUnknown.
func (l *Library) Of(id string) (int, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	at, err := l.places([]string{id})
	if err != nil {
		return 0, err
	}
	return l.faces[at[0]].group, nil
}
