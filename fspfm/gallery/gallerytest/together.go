package gallerytest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// testTogether has 16 goroutines enroll, look, move, merge, split and remove at once,
// through a Gallery. What is left has to agree with itself.
func testTogether(t *testing.T, p Place, o Options) {
	s, ctx := open(t, p), t.Context()
	g, err := gallery.New(s, gallery.Options{Review: gallery.ReviewNothing})
	require.NoError(t, err)
	var wait sync.WaitGroup
	var mu sync.Mutex
	enrolled := map[string]bool{} // faces that were answered for, and not removed
	for w := range 16 {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(100+w)))
			for range 12 {
				samples := []gallery.Sample{{Feature: unit(r)}, {Feature: unit(r)}, {Feature: unit(r)}}
				e, err := g.Enroll(ctx, gallery.Person{Name: fmt.Sprint(w)}, samples...)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, f := range e.Faces {
					enrolled[f] = true
				}
				mu.Unlock()
				if gone, err := meddle(t, g, r, e); err == nil {
					mu.Lock()
					delete(enrolled, gone)
					mu.Unlock()
				} else if !errors.Is(err, gallery.ErrNoPerson) && !errors.Is(err, gallery.ErrNoFace) && !errors.Is(err, gallery.ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	people, faces := all(t, s)
	require.Equal(t, slices.Sorted(maps.Keys(enrolled)), slices.Sorted(maps.Keys(faces)))
	owners := map[string]bool{}
	for _, f := range faces {
		owners[f.Person] = true
	}
	require.Equal(t, slices.Sorted(maps.Keys(owners)), slices.Sorted(maps.Keys(people)), "people without faces")
	checkNearest(t, s, rand.New(rand.NewPCG(seed, 8)), o)
}

// meddle changes something about a person and others. It returns the face that it removed.
func meddle(t *testing.T, g *gallery.Gallery, r *rand.Rand, e gallery.Enrollment) (gone string, err error) {
	ctx := t.Context()
	people, err := g.People(ctx, "", 50)
	if err != nil {
		return "", err
	}
	other := people[r.IntN(len(people))].ID
	switch r.IntN(5) {
	case 0:
		return e.Faces[0], g.RemoveFaces(ctx, e.Faces[0])
	case 1:
		return "", g.Move(ctx, other, e.Faces[1])
	case 2:
		if other == e.Person.ID {
			return "", nil
		}
		return "", g.Merge(ctx, e.Person.ID, other)
	case 3:
		_, err := g.Split(ctx, e.Person.ID, gallery.Person{Name: "half"}, e.Faces[2])
		return "", err
	}
	found, err := g.Identify(ctx, gallery.Sample{Feature: unit(r)}, 3)
	if err == nil && len(found.Candidates) == 0 {
		err = errors.New("no candidates")
	}
	return "", err
}

// testRandom does transactions at random, some of which fail, and compares with a model in
// plain maps.
func testRandom(t *testing.T, p Place, o Options) {
	s, r, ctx := open(t, p), rand.New(rand.NewPCG(seed, 9)), t.Context()
	people, faces := map[string]gallery.Person{}, map[string]gallery.Face{}
	broken := errors.New("broken")
	for range 60 {
		newPeople, newFaces := maps.Clone(people), maps.Clone(faces)
		err := s.Update(ctx, func(tx gallery.Tx) error {
			for range 1 + r.IntN(6) {
				if err := step(t, tx, r, newPeople, newFaces); err != nil {
					return err
				}
			}
			if r.IntN(4) == 0 {
				return broken
			}
			return nil
		})
		if err == nil {
			people, faces = newPeople, newFaces
		} else {
			require.ErrorIs(t, err, broken)
		}
		gotPeople, gotFaces := all(t, s)
		require.Equal(t, people, gotPeople)
		require.Equal(t, faces, gotFaces)
	}
	checkNearest(t, s, r, o)
}

// step does one thing in a transaction and in the model.
func step(t *testing.T, tx gallery.Tx, r *rand.Rand, people map[string]gallery.Person, faces map[string]gallery.Face) error {
	ctx, who, what := t.Context(), fmt.Sprint("p", r.IntN(6)), fmt.Sprint("f", r.IntN(20))
	_, there := people[who]
	f, faceThere := faces[what]
	switch n := r.IntN(6); {
	case n == 0 || !there:
		people[who] = person(who)
		return tx.PutPerson(ctx, people[who])
	case n == 1:
		delete(people, who)
		maps.DeleteFunc(faces, func(_ string, f gallery.Face) bool { return f.Person == who })
		return tx.DeletePerson(ctx, who)
	case n == 2 && faceThere:
		delete(faces, what)
		return tx.DeleteFace(ctx, what)
	case n == 3 && faceThere:
		f.Person = who
		faces[what] = f
		return tx.PutFace(ctx, f)
	}
	faces[what] = face(what, who, unit(r))
	return tx.PutFace(ctx, faces[what])
}
