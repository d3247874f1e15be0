package gallerytest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// testWords keeps texts that mean something to databases, shells and terminals.
func testWords(t *testing.T, p Place, _ Options) {
	s, r, ctx := open(t, p), rand.New(rand.NewPCG(seed, 1)), t.Context()
	for i, word := range []string{
		"", "Ann", "'; DROP TABLE people; --", "Robert\"); DELETE FROM faces;", "Ζωή 王 😀 ẞ", "a\nb\tc\r", "%_\\", "$1 ?1 :id", "{}", "null",
		"\u202eright to left", strings.Repeat("long ", 20_000),
	} {
		who := person(fmt.Sprint("p", i))
		who.Name, who.Metadata = word, map[string]string{word: word, "other": ""}
		f := face(fmt.Sprint("f", i), who.ID, unit(r))
		f.Source, f.Metadata = word, who.Metadata
		put(t, s, who, f)
		require.NoError(t, s.View(ctx, func(tx gallery.Tx) error {
			gotPerson, err := tx.Person(ctx, who.ID)
			require.NoError(t, err)
			require.Equal(t, who, gotPerson)
			gotFace, err := tx.Face(ctx, f.ID)
			require.NoError(t, err)
			require.Equal(t, f, gotFace)
			_, err = tx.Person(ctx, word)
			require.ErrorIs(t, err, gallery.ErrNoPerson)
			return nil
		}))
	}
	without := gallery.Person{ID: "without metadata", Created: noon}
	put(t, s, without, gallery.Face{ID: "without", Person: without.ID, Feature: unit(r), Created: noon})
	people, faces := all(t, s)
	require.Equal(t, without, people[without.ID])
	require.Nil(t, faces["without"].Metadata)
}

func testMissing(t *testing.T, p Place, _ Options) {
	s, r, ctx := open(t, p), rand.New(rand.NewPCG(seed, 2)), t.Context()
	put(t, s, person("a"), face("a1", "a", unit(r)))
	for name, c := range map[string]struct {
		want error
		do   func(tx gallery.Tx) error
	}{
		"person": {gallery.ErrNoPerson, func(tx gallery.Tx) error { _, err := tx.Person(ctx, "b"); return err }},
		"face":   {gallery.ErrNoFace, func(tx gallery.Tx) error { _, err := tx.Face(ctx, "b"); return err }},
		"delete": {gallery.ErrNoPerson, func(tx gallery.Tx) error { return tx.DeletePerson(ctx, "b") }},
		"drop":   {gallery.ErrNoFace, func(tx gallery.Tx) error { return tx.DeleteFace(ctx, "b") }},
		"put":    {gallery.ErrNoPerson, func(tx gallery.Tx) error { return tx.PutFace(ctx, face("b1", "b", unit(r))) }},
		"length": {gallery.ErrSample, func(tx gallery.Tx) error { return tx.PutFace(ctx, face("a2", "a", unit(r)[1:])) }},
	} {
		require.ErrorIs(t, s.Update(ctx, c.do), c.want, name)
	}
	require.NoError(t, s.View(ctx, func(tx gallery.Tx) error {
		none, err := tx.Faces(ctx, "b", "c")
		require.NoError(t, err)
		require.Empty(t, none)
		none, err = tx.Faces(ctx)
		require.NoError(t, err)
		require.Empty(t, none)
		return nil
	}))
	_, faces := all(t, s)
	require.Len(t, faces, 1)
}

func testUpdate(t *testing.T, p Place, _ Options) {
	s, r, ctx := open(t, p), rand.New(rand.NewPCG(seed, 3)), t.Context()
	put(t, s, person("a"), face("a1", "a", unit(r)), face("a2", "a", unit(r)))
	before, beforeFaces := all(t, s)

	broken := errors.New("broken")
	err := s.Update(ctx, func(tx gallery.Tx) error {
		require.NoError(t, tx.PutPerson(ctx, person("b")))
		require.NoError(t, tx.PutFace(ctx, face("b1", "b", unit(r))))
		require.NoError(t, tx.DeleteFace(ctx, "a1"))
		_, err := tx.Face(ctx, "a1")
		require.ErrorIs(t, err, gallery.ErrNoFace, "a transaction sees what it did")
		require.NoError(t, tx.DeletePerson(ctx, "a"))
		return broken
	})
	require.ErrorIs(t, err, broken)
	for name, change := range map[string]func(tx gallery.Tx) error{
		"put person": func(tx gallery.Tx) error { return tx.PutPerson(ctx, person("b")) },
		"put face":   func(tx gallery.Tx) error { return tx.PutFace(ctx, face("a3", "a", unit(r))) },
		"delete":     func(tx gallery.Tx) error { return tx.DeletePerson(ctx, "a") },
		"drop":       func(tx gallery.Tx) error { return tx.DeleteFace(ctx, "a1") },
	} {
		require.Error(t, s.View(ctx, change), name)
	}
	people, faces := all(t, s)
	require.Equal(t, before, people)
	require.Equal(t, beforeFaces, faces)

	changed := face("a1", "a", unit(r))
	changed.Source, changed.Quality = "elsewhere", 0.5
	put(t, s, gallery.Person{ID: "a", Name: "another", Created: noon}, changed)
	people, faces = all(t, s)
	require.Equal(t, "another", people["a"].Name)
	require.Equal(t, changed, faces["a1"])
	require.NoError(t, s.Update(ctx, func(tx gallery.Tx) error { return tx.DeletePerson(ctx, "a") }))
	people, faces = all(t, s)
	require.Empty(t, people)
	require.Empty(t, faces)
}

func testPages(t *testing.T, p Place, _ Options) {
	s, r, ctx := open(t, p), rand.New(rand.NewPCG(seed, 4)), t.Context()
	var want []string
	for i := range 25 {
		id := fmt.Sprintf("%c%02d", "aBz"[i%3], i) // by bytes: B, a, z
		want = append(want, id)
		put(t, s, person(id), face(id+"2", id, unit(r)), face(id+"1", id, unit(r)))
	}
	slices.Sort(want)
	var got []string
	require.NoError(t, s.View(ctx, func(tx gallery.Tx) error {
		for after := ""; ; {
			page, err := tx.People(ctx, after, 7)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), 7)
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				got = append(got, p.ID)
			}
			after = page[len(page)-1].ID
		}
		faces, err := tx.Faces(ctx, want[3], want[1], "nobody")
		require.NoError(t, err)
		var ids []string
		for _, f := range faces {
			ids = append(ids, f.ID)
		}
		require.Equal(t, []string{want[1] + "1", want[1] + "2", want[3] + "1", want[3] + "2"}, ids)
		return nil
	}))
	require.Equal(t, want, got)
}

// checkNearest holds Nearest against all cosines.
func checkNearest(t *testing.T, s gallery.Store, r *rand.Rand, o Options) {
	t.Helper()
	_, faces := all(t, s)
	features := [][]float32{unit(r), unit(r), unit(r)}
	near, err := s.Nearest(t.Context(), features, 9)
	require.NoError(t, err)
	require.Len(t, near, len(features))
	found, wanted := 0, 0
	for i, list := range near {
		var cosines []float64
		for _, f := range faces {
			cosines = append(cosines, dot(features[i], f.Feature))
		}
		slices.Sort(cosines)
		slices.Reverse(cosines)
		n := min(9, len(cosines))
		wanted += n
		require.LessOrEqual(t, len(list), n)
		seen := map[string]bool{}
		for k, hit := range list {
			f, ok := faces[hit.Face]
			require.True(t, ok && !seen[hit.Face], "face %s", hit.Face)
			seen[hit.Face] = true
			require.Equal(t, f.Person, hit.Person)
			require.InDelta(t, dot(features[i], f.Feature), hit.Cosine, o.CosineError)
			if k > 0 {
				require.GreaterOrEqual(t, list[k-1].Cosine, hit.Cosine)
			}
			if dot(features[i], f.Feature) >= cosines[n-1]-o.CosineError {
				found++
			}
		}
	}
	require.GreaterOrEqual(t, float64(found), o.Recall*float64(wanted))
}

func testNearest(t *testing.T, p Place, o Options) {
	s, r, ctx := open(t, p), rand.New(rand.NewPCG(seed, 5)), t.Context()
	checkNearest(t, s, r, o)
	for i := range 20 {
		id := fmt.Sprint("p", i)
		put(t, s, person(id), face(id+"a", id, unit(r)), face(id+"b", id, unit(r)))
	}
	checkNearest(t, s, r, o)
	require.NoError(t, s.Update(ctx, func(tx gallery.Tx) error {
		require.NoError(t, tx.DeletePerson(ctx, "p3"))
		require.NoError(t, tx.DeleteFace(ctx, "p4a"))
		require.NoError(t, tx.PutFace(ctx, face("p5a", "p6", unit(r)))) // moved, and another feature
		require.NoError(t, tx.PutFace(ctx, face("p7c", "p7", unit(r))))
		return tx.DeleteFace(ctx, "p7c") // within one transaction
	}))
	checkNearest(t, s, r, o)
	_, err := s.Nearest(ctx, [][]float32{unit(r)[1:]}, 3)
	require.ErrorIs(t, err, gallery.ErrSample)
	none, err := s.Nearest(ctx, nil, 3)
	require.NoError(t, err)
	require.Empty(t, none)
}

func testReopen(t *testing.T, p Place, o Options) {
	r, ctx := rand.New(rand.NewPCG(seed, 6)), t.Context()
	s, err := p(ctx, models)
	require.NoError(t, err)
	put(t, s, person("a"), face("a1", "a", unit(r)), face("a2", "a", unit(r)))
	people, faces := all(t, s)
	require.NoError(t, s.Close())
	_, err = p(ctx, gallery.Models{Fingerprint: "another", FeatureLen: length, About: "other tests"})
	require.ErrorIs(t, err, gallery.ErrModels)
	require.ErrorContains(t, err, `"tests"`)
	require.ErrorContains(t, err, `"other tests"`)
	s, err = p(ctx, gallery.Models{}) // whatever is there
	require.NoError(t, err)
	require.Equal(t, models, s.Models())
	require.NoError(t, s.Close())
	s = open(t, p)
	again, againFaces := all(t, s)
	require.Equal(t, people, again)
	require.Equal(t, faces, againFaces)
	checkNearest(t, s, r, o)
}

func testReplace(t *testing.T, p Place, o Options) {
	r, ctx := rand.New(rand.NewPCG(seed, 7)), t.Context()
	s, err := p(ctx, models)
	require.NoError(t, err)
	for _, id := range []string{"a", "b", "c"} {
		put(t, s, person(id), face(id+"1", id, unit(r)), face(id+"2", id, unit(r)))
	}
	people, faces := all(t, s)
	other, broken := gallery.Models{Fingerprint: "others", FeatureLen: length, About: "new"}, errors.New("broken")
	count := 0
	err = s.Replace(ctx, other, func(f gallery.Face) ([]float32, error) {
		if count++; count == 3 {
			return nil, broken
		}
		return unit(r), nil
	})
	require.ErrorIs(t, err, broken)
	require.Equal(t, models, s.Models())
	same, sameFaces := all(t, s)
	require.Equal(t, people, same)
	require.Equal(t, faces, sameFaces)

	want := map[string][]float32{}
	require.NoError(t, s.Replace(ctx, other, func(f gallery.Face) ([]float32, error) {
		require.Equal(t, faces[f.ID], f)
		if f.ID == "a1" || f.Person == "b" {
			return nil, nil // their photos are gone
		}
		want[f.ID] = unit(r)
		return want[f.ID], nil
	}))
	require.Equal(t, other, s.Models())
	people, faces = all(t, s)
	require.Len(t, people, 2)
	require.Len(t, faces, 3)
	for id, f := range faces {
		require.Equal(t, want[id], f.Feature)
	}
	checkNearest(t, s, r, o)
	require.NoError(t, s.Close())
	_, err = p(ctx, models)
	require.ErrorIs(t, err, gallery.ErrModels)
	s, err = p(ctx, other)
	require.NoError(t, err)
	checkNearest(t, s, r, o)
	require.NoError(t, s.Close())
}

func testClosed(t *testing.T, p Place, _ Options) {
	s, err := p(t.Context(), models)
	require.NoError(t, err)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	nothing := func(gallery.Tx) error { return nil }
	require.ErrorIs(t, s.Update(stopped, nothing), context.Canceled)
	require.ErrorIs(t, s.View(stopped, nothing), context.Canceled)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	ctx := t.Context()
	require.ErrorIs(t, s.View(ctx, nothing), gallery.ErrClosed)
	require.ErrorIs(t, s.Update(ctx, nothing), gallery.ErrClosed)
	_, err = s.Nearest(ctx, nil, 1)
	require.ErrorIs(t, err, gallery.ErrClosed)
	_, _, err = s.Count(ctx)
	require.ErrorIs(t, err, gallery.ErrClosed)
	require.ErrorIs(t, s.Replace(ctx, models, nil), gallery.ErrClosed)
}
