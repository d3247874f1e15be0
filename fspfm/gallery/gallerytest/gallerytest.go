// Package gallerytest holds stores of a gallery to what gallery.Store says. A store's own
// tests call Run:
//
//	gallerytest.Run(t, func(t *testing.T) gallerytest.Place {
//		path := filepath.Join(t.TempDir(), "people.db")
//		return func(ctx context.Context, m gallery.Models) (gallery.Store, error) {
//			return sqlite.Open(ctx, path, m, sqlite.Options{})
//		}
//	}, gallerytest.Options{})
package gallerytest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// Place opens the store of one place: the same people each time, none at first. Tests
// close what they open.
type Place func(ctx context.Context, models gallery.Models) (gallery.Store, error)

// Options say what a store may do differently.
type Options struct {
	// CosineError is by how much cosines of Nearest may be wrong; 0 stands for 1e-5.
	CosineError float64

	// Recall is the share of the nearest that Nearest has to find; 0 stands for all.
	Recall float64
}

// length is that of the features of these tests.
const length = 32

const seed = 42

var models = gallery.Models{Fingerprint: "of the tests", FeatureLen: length, About: "tests"}

// Run runs the tests; place makes a new place for each.
func Run(t *testing.T, place func(t *testing.T) Place, o Options) {
	if o.CosineError == 0 {
		o.CosineError = 1e-5
	}
	if o.Recall == 0 {
		o.Recall = 1
	}
	for name, test := range map[string]func(t *testing.T, p Place, o Options){
		"Words": testWords, "Missing": testMissing, "Update": testUpdate, "Pages": testPages, "Nearest": testNearest,
		"Reopen": testReopen, "Replace": testReplace, "Closed": testClosed, "Together": testTogether, "Random": testRandom,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t), o) })
	}
}

func open(t *testing.T, p Place) gallery.Store {
	s, err := p(t.Context(), models)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.Equal(t, models, s.Models())
	return s
}

// unit returns a random feature.
func unit(r *rand.Rand) []float32 {
	f, sum := make([]float32, length), 0.0
	for i := range f {
		f[i] = float32(r.NormFloat64())
		sum += float64(f[i]) * float64(f[i])
	}
	for i := range f {
		f[i] = float32(float64(f[i]) / math.Sqrt(sum))
	}
	return f
}

func dot(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// noon is a time to the microsecond, which is what databases keep.
var noon = time.Date(2026, 2, 3, 12, 0, 0, 123456000, time.UTC)

func person(id string) gallery.Person {
	return gallery.Person{ID: id, Name: "name of " + id, Metadata: map[string]string{"key": "value"}, Created: noon}
}

func face(id, person string, feature []float32) gallery.Face {
	return gallery.Face{
		ID: id, Person: person, Feature: feature, YawDeg: -12.5, PitchDeg: 3.25, RollDeg: 1, Quality: 0.75, Source: id + ".jpg",
		Metadata: map[string]string{"camera": "one"}, Created: noon,
	}
}

// put adds a person with faces.
func put(t *testing.T, s gallery.Store, p gallery.Person, faces ...gallery.Face) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(tx gallery.Tx) error {
		if err := tx.PutPerson(t.Context(), p); err != nil {
			return err
		}
		for _, f := range faces {
			if err := tx.PutFace(t.Context(), f); err != nil {
				return err
			}
		}
		return nil
	}))
}

// all reads everything, and checks that the store agrees with itself.
func all(t *testing.T, s gallery.Store) (people map[string]gallery.Person, faces map[string]gallery.Face) {
	t.Helper()
	people, faces = map[string]gallery.Person{}, map[string]gallery.Face{}
	ctx := t.Context()
	require.NoError(t, s.View(ctx, func(tx gallery.Tx) error {
		list, err := tx.People(ctx, "", 1_000_000)
		if err != nil {
			return err
		}
		for _, p := range list {
			people[p.ID] = p
			own, err := tx.Faces(ctx, p.ID)
			if err != nil {
				return err
			}
			for _, f := range own {
				if f.Person != p.ID {
					return fmt.Errorf("face %s of %s is one of %s", f.ID, f.Person, p.ID)
				}
				faces[f.ID] = f
			}
		}
		return nil
	}))
	np, nf, err := s.Count(ctx)
	require.NoError(t, err)
	require.Equal(t, [2]int{len(people), len(faces)}, [2]int{np, nf})
	return people, faces
}
