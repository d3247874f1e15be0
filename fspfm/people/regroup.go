package people

import (
	"cmp"
	"context"
	"slices"
)

// change changes entries, and groups some faces anew; together says that their groups are
// to become one if they may. If there is an error, nothing has changed.
func (l *Library) change(ctx context.Context, again []int, together bool, note func(entries []entry)) error {
	entries := slices.Clone(l.faces)
	note(entries)
	if len(again) > 0 {
		if err := l.regrouped(ctx, entries, again, together); err != nil {
			return err
		}
	}
	l.faces = entries
	return nil
}

// regrouped makes one group of some entries' groups if nothing keeps them apart, or else
// groups the entries anew: those that the user has said to be one person first, then by how
// alike they are.
func (l *Library) regrouped(ctx context.Context, entries []entry, again []int, together bool) error {
	// In the order of IDs, as Add does: the outcome must not depend on the order of old calls.
	again = slices.SortedFunc(slices.Values(again), func(a, b int) int { return cmp.Compare(entries[a].ID, entries[b].ID) })
	part := make([]entry, len(again))
	for k, i := range again {
		part[k] = entries[i]
	}
	var groups []*cluster
	if together {
		groups = one(newLinkage(l.options, len(entries)).clusters(part))
	}
	if groups == nil {
		for k := range part {
			part[k].group = part[k].sure // what is sure is together
		}
		var err error
		if groups, err = l.grouped(ctx, part, 0); err != nil {
			return err
		}
	}
	for _, c := range groups {
		for k, i := range c.faces {
			c.faces[k] = int32(again[i])
		}
	}
	l.renumber(entries, groups)
	return nil
}

// one is the union of all clusters, nil if two of them have to be kept apart.
func one(clusters []*cluster, _ []int32) []*cluster {
	for len(clusters) > 1 {
		if clusters[0].apart(clusters[1]) {
			return nil
		}
		clusters[0].take(clusters[1])
		clusters = append(clusters[:1], clusters[2:]...)
	}
	return clusters
}

// renumber gives groups that were made anew the numbers of old ones: the one with the most
// faces of an old group, the first of two, keeps its number.
func (l *Library) renumber(entries []entry, groups []*cluster) {
	type claim struct{ group, number, faces int }
	var claims []claim
	for g, c := range groups {
		counts := map[int]int{}
		for _, i := range c.faces {
			if n := entries[i].group; n != 0 {
				counts[n]++
			}
		}
		for n, faces := range counts {
			claims = append(claims, claim{g, n, faces})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(b.faces, a.faces), cmp.Compare(a.number, b.number), cmp.Compare(a.group, b.group))
	})
	numbers, taken := make([]int, len(groups)), map[int]bool{}
	for _, c := range claims {
		if numbers[c.group] == 0 && !taken[c.number] {
			numbers[c.group], taken[c.number] = c.number, true
		}
	}
	for g, c := range groups {
		if len(c.faces) > 1 && numbers[g] == 0 {
			numbers[g] = l.next
			l.next++
		}
		for _, i := range c.faces {
			entries[i].group = numbers[g]
		}
	}
}
