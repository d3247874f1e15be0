package people

import (
	"context"
	"fmt"
	"slices"
)

// Same takes in that the user has said yes: these faces are one person, also if they are
// in one photo, as with a mirror. Their groups become one. If other faces of these groups
// keep them from it, because they share a photo or the user has said no, the faces of the
// groups are grouped anew, by what the user has said and by how alike they are.
//
// The error wraps ErrUnknown, or ErrContradiction if the user has said no of two of them.
func (l *Library) Same(ctx context.Context, ids ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, err := l.places(ids)
	if err != nil || len(at) < 2 {
		return err
	}
	// The faces, and those of which the user has said yes together with one of them.
	surely := l.sureOf(at)
	var sides []int32
	for _, i := range surely {
		sides = append(sides, l.faces[i].sides...)
	}
	slices.Sort(sides)
	if opposed(sides, sides) {
		return fmt.Errorf("people: faces %q: %w: two of them were said to be two people", ids, ErrContradiction)
	}
	sides = slices.Compact(sides)
	return l.change(ctx, l.groupsOf(surely), true, func(entries []entry) {
		number := 0
		for _, i := range surely {
			if s := entries[i].sure; s != 0 && (number == 0 || s < number) {
				number = s
			}
		}
		if number == 0 {
			number = l.nextSure()
		}
		for _, i := range surely {
			entries[i].sure, entries[i].sides = number, sides
		}
	})
}

// Different takes in that the user has said no: these two faces are two people. If they
// are in one group, its faces are grouped anew.
//
// The error wraps ErrUnknown, or ErrContradiction if the user has said yes of the two.
func (l *Library) Different(ctx context.Context, a, b string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, err := l.places([]string{a, b})
	if err != nil {
		return err
	}
	return l.keepApart(ctx, at[:1], at[1:], false)
}

// Split takes in that the user has taken these faces out of their group: they are somebody
// else than all others that are in it now. They become a group of their own, which gets a
// new number, and the others stay one. Nothing happens if there are no others.
//
// The error wraps ErrUnknown, ErrFace if the faces are not all in one group, or
// ErrContradiction if the user has said yes of one of them and one of the others.
func (l *Library) Split(ctx context.Context, ids ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, err := l.places(ids)
	if err != nil || len(at) == 0 {
		return err
	}
	for _, i := range at {
		if g := l.faces[i].group; g == 0 || g != l.faces[at[0]].group {
			return fmt.Errorf("people: face %q: %w: it is in group %d, and %q in group %d", l.faces[i].ID, ErrFace, g, ids[0], l.faces[at[0]].group)
		}
	}
	others := slices.DeleteFunc(l.groupsOf(at), func(i int) bool { return slices.Contains(at, i) })
	return l.keepApart(ctx, at, others, true)
}

// keepApart notes that nobody of the one side is one of the other.
func (l *Library) keepApart(ctx context.Context, a, b []int, split bool) error {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	one, other := l.sureOf(a), l.sureOf(b)
	for _, i := range one {
		if slices.Contains(other, i) {
			return fmt.Errorf("people: face %q: %w: it was said to be the person that it is to be kept apart from", l.faces[i].ID, ErrContradiction)
		}
	}
	number := int32(l.answers + 1)
	note := func(entries []entry) {
		for _, i := range one {
			entries[i].sides = union(entries[i].sides, []int32{number})
		}
		for _, i := range other {
			entries[i].sides = union(entries[i].sides, []int32{-number})
		}
		for _, i := range a {
			if split {
				entries[i].group = l.next
			}
		}
	}
	var again []int
	if g := l.faces[a[0]].group; !split && g != 0 && g == l.faces[b[0]].group {
		again = l.groupsOf(a)
	}
	if err := l.change(ctx, again, false, note); err != nil {
		return err
	}
	l.answers++
	if split {
		l.next++
	}
	return nil
}

// Forget takes back all that the user has said of these faces. Groups stay as they are
// until Regroup. The error wraps ErrUnknown.
func (l *Library) Forget(ids ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, err := l.places(ids)
	if err != nil {
		return err
	}
	for _, i := range at {
		l.faces[i].sure, l.faces[i].sides = 0, nil
	}
	return nil
}

// Regroup groups all faces anew, as if they had been added in one call, by what the user
// has said and by how alike they are. Groups keep the numbers of those that they have most
// faces of. It takes as long as adding all faces.
func (l *Library) Regroup(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]int, len(l.faces))
	for i := range all {
		all[i] = i
	}
	return l.change(ctx, all, false, func([]entry) {})
}

// sureOf are the faces and all that the user has said to be one person with one of them,
// rising.
func (l *Library) sureOf(at []int) []int {
	numbers := map[int]bool{}
	for _, i := range at {
		if s := l.faces[i].sure; s != 0 {
			numbers[s] = true
		}
	}
	out := slices.Clone(at)
	for i, e := range l.faces {
		if numbers[e.sure] {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// groupsOf are the faces and all others of their groups, rising.
func (l *Library) groupsOf(at []int) []int {
	numbers := map[int]bool{}
	for _, i := range at {
		if g := l.faces[i].group; g != 0 {
			numbers[g] = true
		}
	}
	out := slices.Clone(at)
	for i, e := range l.faces {
		if numbers[e.group] {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// nextSure is a number that no faces have yet.
func (l *Library) nextSure() int {
	most := 0
	for _, e := range l.faces {
		most = max(most, e.sure)
	}
	return most + 1
}
