package people

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
)

// Library is faces in groups. It is safe for concurrent use: what changes it waits for
// whatever else is under way.
type Library struct {
	mu      sync.RWMutex
	options Options
	faces   []entry
	index   map[string]int // of faces, by their ID
	next    int            // number of the next group, from 1
	answers int            // what tells answers of being apart from each other, from 1
}

// entry is a face with all that is known of it.
type entry struct {
	Face
	group int // 0 if it is in none
	sure  int // the user has said that faces of one such number are one person; 0 for none

	// sides are what the face is kept apart by: of an answer with the number n, the faces
	// of the one side have n here, and those of the other -n. They rise.
	sides []int32
}

// New returns a library without faces. The error wraps ErrOptions.
func New(o Options) (*Library, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Library{options: o, index: map[string]int{}, next: 1}, nil
}

// Len returns the number of faces.
func (l *Library) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.faces)
}

// Add adds faces, all of them or, if there is an error, none. They join groups that are
// there, or make new ones, and groups that they lie between may become one. No group is
// ever split by it. The order of the faces of one call does not matter, not even for the
// numbers of groups; that of calls does: see the package comment.
//
// The library keeps the features; they must not be written to later. The error wraps
// ErrFace, or the context's.
func (l *Library) Add(ctx context.Context, faces ...Face) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	length := 0
	if len(l.faces) > 0 {
		length = len(l.faces[0].Feature)
	}
	seen := make(map[string]bool, len(faces))
	for _, f := range faces {
		if err := f.check(length); err != nil {
			return err
		}
		if _, there := l.index[f.ID]; there || seen[f.ID] {
			return fmt.Errorf("people: face %q: %w: it is there already", f.ID, ErrFace)
		}
		seen[f.ID] = true
		length = len(f.Feature)
	}
	sorted := slices.SortedFunc(slices.Values(faces), func(a, b Face) int { return cmp.Compare(a.ID, b.ID) })
	all, first := slices.Clip(l.faces), len(l.faces)
	for _, f := range sorted {
		all = append(all, entry{Face: f})
	}
	groups, err := l.grouped(ctx, all, first)
	if err != nil {
		return err
	}
	l.faces = all
	for i := first; i < len(all); i++ {
		l.index[all[i].ID] = i
	}
	l.renumber(l.faces, groups)
	return nil
}

// grouped joins what entries from place first on are near to. Entries of one group stay
// together.
func (l *Library) grouped(ctx context.Context, entries []entry, first int) ([]*cluster, error) {
	link := newLinkage(l.options, max(len(entries), len(l.faces)))
	features := make([][]float32, len(entries))
	for i, e := range entries {
		features[i] = e.Feature
	}
	near, err := l.options.Neighbors.Near(ctx, features, first, link.least(l.options.Decision), l.options.Nearest)
	if err != nil {
		return nil, fmt.Errorf("people: neighbors: %w", err)
	}
	clusters, of := link.clusters(entries)
	for i, list := range near {
		for _, n := range list {
			a, b := of[first+i], of[n.Index]
			if a == b || l.poor(entries[first+i]) || l.poor(entries[n.Index]) {
				continue
			}
			clusters[a].near = append(clusters[a].near, b)
			clusters[b].near = append(clusters[b].near, a)
		}
	}
	j := &joiner{linkage: link, clusters: clusters}
	return j.join(ctx)
}

// poor says whether a face is not to be linked by itself.
func (l *Library) poor(e entry) bool { return e.Quality < l.options.MinQuality }

// clusters makes a cluster of every group, and of every face that is in none, in the order
// of their first faces. Of is the cluster of each entry.
func (k *linkage) clusters(entries []entry) (clusters []*cluster, of []int32) {
	photos := map[string]int32{}
	byGroup := map[int]int32{}
	of = make([]int32, len(entries))
	for i, e := range entries {
		at, there := byGroup[e.group]
		if e.group == 0 || !there {
			at = int32(len(clusters))
			clusters = append(clusters, &cluster{into: at})
			byGroup[e.group] = at
		}
		c := clusters[at]
		of[i] = at
		c.faces = append(c.faces, int32(i))
		c.add(k.rangeOf(e.YawDeg), e.Feature, 1)
		c.quality += e.Quality
		if e.Photo != "" {
			if _, there := photos[e.Photo]; !there {
				photos[e.Photo] = int32(len(photos))
			}
			c.photos = append(c.photos, photos[e.Photo])
		}
		c.sides = append(c.sides, e.sides...)
	}
	for _, c := range clusters {
		slices.Sort(c.photos)
		slices.Sort(c.sides)
		c.photos, c.sides = slices.Compact(c.photos), slices.Compact(c.sides)
	}
	return clusters, of
}

// Remove forgets faces, with what the user said of them. What was said of others stays: if
// a is b and b is c, a is c without b too. A group of which one face is left keeps its
// number. The error wraps ErrUnknown; nothing is removed then.
func (l *Library) Remove(ids ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.places(ids); err != nil {
		return err
	}
	gone := make(map[string]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	l.faces = slices.DeleteFunc(l.faces, func(e entry) bool { return gone[e.ID] })
	l.reindex()
	return nil
}

func (l *Library) reindex() {
	l.index = make(map[string]int, len(l.faces))
	for i, e := range l.faces {
		l.index[e.ID] = i
	}
}

// places are where faces stand.
func (l *Library) places(ids []string) ([]int, error) {
	out := make([]int, len(ids))
	for i, id := range ids {
		at, there := l.index[id]
		if !there {
			return nil, fmt.Errorf("people: face %q: %w", id, ErrUnknown)
		}
		out[i] = at
	}
	return out, nil
}
