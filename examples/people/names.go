package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// named is which groups are people with names.
type named struct {
	of       map[int]gallery.Person    // by group
	people   map[string]gallery.Person // by name
	faces    map[string][]string       // by person's ID: faces of this library
	enrolled map[string]bool           // faces that have a person
}

// named finds the group of each person in the gallery: the one that has most of the
// person's faces.
func (l *library) named(ctx context.Context) (named, error) {
	n := named{of: map[int]gallery.Person{}, people: map[string]gallery.Person{}, faces: map[string][]string{}, enrolled: map[string]bool{}}
	best := map[int]int{}
	for after := ""; ; {
		page, err := l.names.People(ctx, after, 500)
		if err != nil || len(page) == 0 {
			return n, err
		}
		for _, p := range page {
			after = p.ID
			n.people[p.Name] = p
			faces, err := l.names.Faces(ctx, p.ID)
			if err != nil {
				return n, err
			}
			counts := map[int]int{}
			for _, f := range faces {
				id := f.Metadata["face"]
				n.enrolled[id] = true
				n.faces[p.ID] = append(n.faces[p.ID], id)
				if g, err := l.groups.Of(id); err == nil && g > 0 {
					counts[g]++
				}
			}
			for g, count := range counts {
				if count > best[g] {
					best[g], n.of[g] = count, p
				}
			}
		}
	}
}

// name says who a group is. If there is somebody of that name already, the group is the
// same person.
func (l *library) name(ctx context.Context, args []string) error {
	g, err := l.group(args[0])
	if err != nil {
		return err
	}
	name := strings.Join(args[1:], " ")
	named, err := l.named(ctx)
	if err != nil {
		return err
	}
	p, known := named.people[name]
	faces := g.Faces
	if known {
		faces = append(slices.Clone(faces), l.still(named.faces[p.ID])...)
	}
	if err := l.groups.Same(ctx, faces...); err != nil {
		return err
	}
	if err := l.save(); err != nil {
		return err
	}
	if other, ok := named.of[g.ID]; ok && !known {
		if err := l.names.Describe(ctx, other.ID, name, other.Metadata); err != nil {
			return err
		}
		fmt.Fprintf(l.stdout, "group %d, %s until now, is %s\n", g.ID, other.Name, name)
		return l.enrollNew(ctx)
	}
	if !known {
		p = gallery.Person{Name: name}
	}
	var samples []gallery.Sample
	for _, id := range g.Faces {
		samples = append(samples, l.sample(id))
	}
	e, err := l.names.Enroll(ctx, p, samples...)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.stdout, "group %d is %s, with %d faces\n", g.ID, e.Person.Name, len(g.Faces))
	return nil
}

// still are the faces that the library still has.
func (l *library) still(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, ok := l.faces[id]; return !ok })
}

// same takes in that groups are one person.
func (l *library) same(ctx context.Context, args []string) error {
	var faces []string
	for _, number := range args {
		g, err := l.group(number)
		if err != nil {
			return err
		}
		faces = append(faces, g.Faces...)
	}
	if err := l.groups.Same(ctx, faces...); err != nil {
		return fmt.Errorf("%w; people forget FACE... takes answers back", err)
	}
	if err := l.save(); err != nil {
		return err
	}
	n, err := l.groups.Of(faces[0])
	if err != nil {
		return err
	}
	fmt.Fprintf(l.stdout, "group %d has %d faces\n", n, len(faces))
	return l.enrollNew(ctx)
}

// split takes in that faces of a group are somebody else.
func (l *library) split(ctx context.Context, args []string) error {
	g, err := l.group(args[0])
	if err != nil {
		return err
	}
	for _, id := range args[1:] {
		if !slices.Contains(g.Faces, id) {
			return fmt.Errorf("%w: group %d has no face %q: the page of people groups names them", errUsage, g.ID, id)
		}
	}
	named, err := l.named(ctx)
	if err != nil {
		return err
	}
	// The user has changed their mind about these, if they have said anything.
	if err := errors.Join(l.groups.Forget(args[1:]...), l.groups.Split(ctx, args[1:]...)); err != nil {
		return err
	}
	if err := l.save(); err != nil {
		return err
	}
	if p, ok := named.of[g.ID]; ok {
		if err := l.leave(ctx, p, args[1:]); err != nil {
			return err
		}
	}
	n, err := l.groups.Of(args[1])
	if err != nil {
		return err
	}
	fmt.Fprintf(l.stdout, "group %d has %d faces; the others stay in group %d\n", n, len(args)-1, g.ID)
	return nil
}

// forget takes back what the user has said of faces.
func (l *library) forget(_ context.Context, args []string) error {
	if err := l.groups.Forget(args...); err != nil {
		return err
	}
	return l.save()
}

// leave takes faces away from a person with a name.
func (l *library) leave(ctx context.Context, p gallery.Person, ids []string) error {
	faces, err := l.names.Faces(ctx, p.ID)
	if err != nil {
		return err
	}
	var gone []string
	for _, f := range faces {
		if slices.Contains(ids, f.Metadata["face"]) {
			gone = append(gone, f.ID)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return l.names.RemoveFaces(ctx, gone...)
}
