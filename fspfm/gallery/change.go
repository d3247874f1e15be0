package gallery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Describe gives somebody another name and metadata. The error wraps ErrNoPerson.
func (g *Gallery) Describe(ctx context.Context, person, name string, metadata map[string]string) error {
	return g.change(ctx, "describe", func(tx Tx) error {
		p, err := tx.Person(ctx, person)
		if err != nil {
			return err
		}
		p.Name, p.Metadata = name, metadata
		return tx.PutPerson(ctx, p)
	})
}

// Move gives faces to another person. Who has none left is gone. The error wraps ErrNoFace
// or ErrNoPerson.
func (g *Gallery) Move(ctx context.Context, person string, faces ...string) error {
	return g.change(ctx, "move", func(tx Tx) error {
		if _, err := tx.Person(ctx, person); err != nil {
			return err
		}
		return move(ctx, tx, person, faces)
	})
}

// Split makes a new person of some of somebody's faces, and returns it. All of a person's
// faces are no part of them, nor is none. The error wraps ErrNoPerson or ErrNoFace, also
// for faces that are another person's.
func (g *Gallery) Split(ctx context.Context, person string, p Person, faces ...string) (Person, error) {
	err := g.change(ctx, "split", func(tx Tx) error {
		if _, err := tx.Person(ctx, person); err != nil {
			return err
		}
		has, err := tx.Faces(ctx, person)
		if err != nil {
			return err
		}
		for _, id := range faces {
			if !slices.ContainsFunc(has, func(f Face) bool { return f.ID == id }) {
				return fmt.Errorf("%w of that person: %s", ErrNoFace, id)
			}
		}
		if len(faces) == 0 || len(has) == len(unique(faces)) {
			return fmt.Errorf("%d of %d faces are no part", len(faces), len(has))
		}
		if p.ID, err = newID(); err != nil {
			return err
		}
		p.Created = g.now().UTC()
		if err := tx.PutPerson(ctx, p); err != nil {
			return err
		}
		return move(ctx, tx, p.ID, faces)
	})
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// Merge gives a person the faces of others, who are gone then. The name and the metadata
// are the person's; metadata that only others have is taken over, of the first who has it.
func (g *Gallery) Merge(ctx context.Context, person string, others ...string) error {
	return g.change(ctx, "merge", func(tx Tx) error {
		p, err := tx.Person(ctx, person)
		if err != nil {
			return err
		}
		p.Metadata = maps.Clone(p.Metadata)
		for _, id := range unique(others) {
			if id == person {
				return errors.New("a person and the same")
			}
			other, err := tx.Person(ctx, id)
			if err != nil {
				return err
			}
			for k, v := range other.Metadata {
				if _, there := p.Metadata[k]; !there {
					if p.Metadata == nil {
						p.Metadata = map[string]string{}
					}
					p.Metadata[k] = v
				}
			}
			if p.Name == "" {
				p.Name = other.Name
			}
			faces, err := tx.Faces(ctx, id)
			if err != nil {
				return err
			}
			for _, f := range faces {
				f.Person = person
				if err := tx.PutFace(ctx, f); err != nil {
					return err
				}
			}
			if err := tx.DeletePerson(ctx, id); err != nil {
				return err
			}
		}
		return tx.PutPerson(ctx, p)
	})
}

// Remove removes somebody with all faces: nothing of them is left in the store. The error
// wraps ErrNoPerson.
func (g *Gallery) Remove(ctx context.Context, person string) error {
	return g.change(ctx, "remove", func(tx Tx) error { return tx.DeletePerson(ctx, person) })
}

// RemoveFaces removes faces. Who has none left is gone. The error wraps ErrNoFace.
func (g *Gallery) RemoveFaces(ctx context.Context, faces ...string) error {
	return g.change(ctx, "remove faces", func(tx Tx) error {
		left := map[string]bool{}
		for _, id := range unique(faces) {
			f, err := tx.Face(ctx, id)
			if err != nil {
				return err
			}
			left[f.Person] = true
			if err := tx.DeleteFace(ctx, id); err != nil {
				return err
			}
		}
		return dropEmpty(ctx, tx, left)
	})
}

// move gives faces to a person who is there.
func move(ctx context.Context, tx Tx, person string, faces []string) error {
	left := map[string]bool{}
	for _, id := range unique(faces) {
		f, err := tx.Face(ctx, id)
		if err != nil {
			return err
		}
		if f.Person == person {
			continue
		}
		left[f.Person] = true
		f.Person = person
		if err := tx.PutFace(ctx, f); err != nil {
			return err
		}
	}
	return dropEmpty(ctx, tx, left)
}

// dropEmpty removes those of some people who have no face.
func dropEmpty(ctx context.Context, tx Tx, people map[string]bool) error {
	for _, id := range slices.Sorted(maps.Keys(people)) {
		faces, err := tx.Faces(ctx, id)
		if err != nil {
			return err
		}
		if len(faces) == 0 {
			if err := tx.DeletePerson(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *Gallery) change(ctx context.Context, what string, f func(Tx) error) error {
	if err := g.store.Update(ctx, f); err != nil {
		return fmt.Errorf("gallery: %s: %w", what, err)
	}
	return nil
}

func unique(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}
