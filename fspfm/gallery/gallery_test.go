package gallery_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
	"github.com/pifr-go/pifr/pose"
)

const seed, length = 42, 64

var models = gallery.Models{Fingerprint: "tests", FeatureLen: length, About: "tests"}

// decided accepts at cosines of 0.5 for frontal and 0.4 for other pairs, and asks for 0.1
// more with every power of ten.
func decided() decision.Decision {
	d := decision.Decision{Crops: decision.One, TurnedDeg: 20}
	for i := range 4 {
		up := 0.1 * float64(i)
		d.Levels = append(d.Levels, decision.Level{FMR: math.Pow10(-2 - i), Frontal: 0.4 + up, Mixed: 0.3 + up, Turned: 0.3 + up})
	}
	d.Frontal, d.Mixed, d.Turned = decision.Threshold{Cosine: 0.5, FMR: 1e-3}, decision.Threshold{Cosine: 0.4, FMR: 1e-3}, decision.Threshold{Cosine: 0.4, FMR: 1e-3}
	return d
}

func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}

func random(r *rand.Rand) []float32 {
	v := make([]float32, length)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return unit(v)
}

// near returns a feature whose cosine with f is about c.
func near(r *rand.Rand, f []float32, c float64) []float32 {
	other, along := random(r), 0.0
	for i := range f {
		along += float64(f[i]) * float64(other[i])
	}
	for i := range f {
		other[i] -= float32(along) * f[i]
	}
	other = unit(other)
	for i := range f {
		other[i] = float32(c*float64(f[i]) + math.Sqrt(1-c*c)*float64(other[i]))
	}
	return unit(other)
}

func open(t testing.TB, o gallery.Options) *gallery.Gallery {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "people.db"), models, sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	if o.Decision.TurnedDeg == 0 {
		o.Decision = decided()
	}
	g, err := gallery.New(s, o)
	require.NoError(t, err)
	return g
}

func sample(feature []float32, yawDeg float64) gallery.Sample {
	return gallery.Sample{Feature: feature, Angles: pose.FromDeg(yawDeg, 0, 0)}
}

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	// ModelsOf(r) and r.Decision() of an fspfm.Recognizer, and SampleOf its results.
	store, err := sqlite.Open(ctx, filepath.Join(dir, "people.db"), gallery.Models{Fingerprint: "of a recognizer", FeatureLen: 2}, sqlite.Options{})
	if err != nil {
		panic(err)
	}
	defer store.Close()
	g, err := gallery.New(store, gallery.Options{Decision: decision.Decision{}.Everywhere(0.5)})
	if err != nil {
		panic(err)
	}
	if _, err := g.Enroll(ctx, gallery.Person{Name: "Ann"}, gallery.Sample{Feature: []float32{1, 0}, Source: "ann.jpg"}); err != nil {
		panic(err)
	}
	found, err := g.Identify(ctx, gallery.Sample{Feature: []float32{0.8, 0.6}}, 5)
	if err != nil {
		panic(err)
	}
	fmt.Println(found.Known(), found.Candidates[0].Person.Name, found.Candidates[0].Comparisons[0].Face.Source)
	// Output: true Ann ann.jpg
}

// TestIdentify enrolls people with several faces, and looks for them and for strangers.
func TestIdentify(t *testing.T) {
	g, r, ctx := open(t, gallery.Options{}), rand.New(rand.NewPCG(seed, 1)), t.Context()
	nobody, err := g.Identify(ctx, sample(random(r), 0), 3)
	require.NoError(t, err)
	require.False(t, nobody.Known())
	var features [][]float32
	var people []string
	for i := range 40 {
		f := random(r)
		e, err := g.Enroll(ctx, gallery.Person{Name: fmt.Sprint("person ", i)}, sample(f, 0), sample(near(r, f, 0.5), 45))
		require.NoError(t, err)
		require.Len(t, e.Faces, 2)
		features, people = append(features, f), append(people, e.Person.ID)
	}
	for i, f := range features {
		found, err := g.Identify(ctx, sample(near(r, f, 0.9), 5), 3)
		require.NoError(t, err)
		require.True(t, found.Known())
		best := found.Candidates[0]
		require.Equal(t, people[i], best.Person.ID)
		require.Len(t, best.Comparisons, 2)
		require.InDelta(t, 0.9, best.Comparisons[0].Cosine, 1e-6)
		require.InDelta(t, (best.Comparisons[0].Margin()+best.Comparisons[1].Margin())/2, best.Margin, 1e-9)
		require.Equal(t, [2]int{40, 80}, [2]int{found.People, found.Faces})
		// 40 people at FPIR 0.01: a false-match rate of 2.5e-4 for each.
		require.InDelta(t, 0.5+0.1*-math.Log10(2.5e-4/1e-3), best.Comparisons[0].Threshold, 1e-9)
		require.True(t, found.Measured)
		require.LessOrEqual(t, len(found.Candidates), 3)
	}
	stranger, err := g.Identify(ctx, sample(random(r), 0), 3)
	require.NoError(t, err)
	require.False(t, stranger.Known())
	require.Len(t, stranger.Candidates, 3)
	require.Less(t, stranger.Candidates[0].Margin, 0.0)
	_, err = g.Identify(ctx, sample(random(r)[1:], 0), 3)
	require.ErrorIs(t, err, gallery.ErrSample)
	_, err = g.Identify(ctx, gallery.Sample{Feature: make([]float32, length)}, 3)
	require.ErrorIs(t, err, gallery.ErrSample, "a vector of zeros")
	_, err = g.Identify(ctx, sample(random(r), 0), 0)
	require.Error(t, err)
}

// TestPoses: of two people with the same cosine, the one counts whose pose makes that
// cosine rarer among strangers.
func TestPoses(t *testing.T) {
	g, r, ctx := open(t, gallery.Options{Review: gallery.ReviewNothing}), rand.New(rand.NewPCG(seed, 2)), t.Context()
	f := random(r)
	frontal, err := g.Enroll(ctx, gallery.Person{Name: "frontal"}, sample(near(r, f, 0.48), 0))
	require.NoError(t, err)
	turned, err := g.Enroll(ctx, gallery.Person{Name: "turned"}, sample(near(r, f, 0.45), 60))
	require.NoError(t, err)
	found, err := g.Identify(ctx, sample(f, 0), 5)
	require.NoError(t, err)
	require.Equal(t, "turned", found.Candidates[0].Person.Name)
	a, err := g.Verify(ctx, frontal.Person.ID, sample(f, 0))
	require.NoError(t, err)
	require.False(t, a.Match, "0.48 of 0.5")
	b, err := g.Verify(ctx, turned.Person.ID, sample(f, 0))
	require.NoError(t, err)
	require.True(t, b.Match, "0.45 of 0.4")
	_, err = g.Verify(ctx, "nobody", sample(f, 0))
	require.ErrorIs(t, err, gallery.ErrNoPerson)
}

func TestRules(t *testing.T) {
	require.Equal(t, [3]int{80, 40, 1}, [3]int{gallery.Best.Chances(40, 80), gallery.Mean.Chances(40, 80), gallery.Mean.Chances(0, 0)})
	margins := []float64{0.2, -0.1, 0}
	require.Equal(t, 0.2, gallery.Best.Combine(margins, nil))
	require.InDelta(t, 0.1/3, gallery.Mean.Combine(margins, nil), 1e-12)
	require.InDelta(t, 0.15/2.5, gallery.Mean.Combine(margins, []float64{1, 0.5, 0}), 1e-12, "0 counts as 1")
	e1, e2 := math.Exp(-3), math.Exp(-2)
	require.InDelta(t, (0.2-0.1*e1)/(1+e1+e2), gallery.Weighted.Combine(margins, nil), 1e-12)
	for _, rule := range []gallery.Rule{gallery.Best, gallery.Mean, gallery.Weighted} {
		require.InDelta(t, 0.3, rule.Combine([]float64{0.3}, []float64{0.2}), 1e-12, rule)
		require.InDelta(t, 0.3, rule.Combine([]float64{0.3, 0.3}, []float64{0.2, 0.9}), 1e-12, rule)
	}
}

func TestEnroll(t *testing.T) {
	g, r, ctx := open(t, gallery.Options{MinQuality: 0.3, Review: gallery.ReviewAll}), rand.New(rand.NewPCG(seed, 3)), t.Context()
	f := random(r)
	bad := sample(near(r, f, 0.95), 0)
	bad.Quality, bad.Flaws = 0.1, []string{"blurred", "too dark"}
	first, err := g.Enroll(ctx, gallery.Person{Name: "Ann", Metadata: map[string]string{"team": "red"}}, sample(f, 0), bad, sample(f, 0), sample(random(r), 0), sample(near(r, f, 0.7), 0))
	require.NoError(t, err)
	require.Len(t, first.Faces, 2)
	var reasons []gallery.Reason
	for _, refusal := range first.Refused {
		reasons = append(reasons, refusal.Reason)
	}
	require.Equal(t, []gallery.Reason{gallery.LowQuality, gallery.Known, gallery.NotAlike}, reasons)
	require.Equal(t, 1, first.Refused[0].Index)
	require.Contains(t, first.Refused[0].Detail, "blurred, too dark")
	require.Equal(t, first.Faces[0], first.Refused[1].Face)

	// Ann's face, for somebody else.
	other, err := g.Enroll(ctx, gallery.Person{Name: "Bea"}, sample(near(r, f, 0.9), 0), sample(random(r), 0))
	require.NoError(t, err)
	require.Len(t, other.Faces, 1)
	require.Equal(t, gallery.SomeoneElse, other.Refused[0].Reason)
	require.Equal(t, first.Person.ID, other.Refused[0].Person)
	require.Contains(t, other.Refused[0].Detail, `"Ann"`)

	_, err = g.Enroll(ctx, gallery.Person{Name: "Cat"}, sample(near(r, f, 0.9), 0), bad)
	require.ErrorIs(t, err, gallery.ErrRefused)
	require.ErrorContains(t, err, "somebody else")
	_, err = g.Enroll(ctx, gallery.Person{Name: "Cat"})
	require.ErrorIs(t, err, gallery.ErrRefused)
	_, err = g.Enroll(ctx, gallery.Person{ID: "nobody"}, sample(random(r), 0))
	require.ErrorIs(t, err, gallery.ErrNoPerson)
	_, err = g.Enroll(ctx, gallery.Person{}, sample(random(r), 0), gallery.Sample{Feature: []float32{1}})
	require.ErrorIs(t, err, gallery.ErrSample)

	again, err := g.Enroll(ctx, gallery.Person{ID: first.Person.ID, Name: "not Ann"}, sample(near(r, f, 0.8), 30))
	require.NoError(t, err)
	require.Equal(t, "Ann", again.Person.Name)
	faces, err := g.Faces(ctx, first.Person.ID)
	require.NoError(t, err)
	require.Len(t, faces, 3)
	require.InDelta(t, 30, faces[2].YawDeg, 1e-9)
	people, count, err := g.Count(ctx)
	require.NoError(t, err)
	require.Equal(t, [2]int{2, 4}, [2]int{people, count})
}

func TestChanges(t *testing.T) {
	g, r, ctx := open(t, gallery.Options{Review: gallery.ReviewNothing}), rand.New(rand.NewPCG(seed, 4)), t.Context()
	enroll := func(p gallery.Person, n int) gallery.Enrollment {
		var samples []gallery.Sample
		for range n {
			samples = append(samples, sample(random(r), 0))
		}
		e, err := g.Enroll(ctx, p, samples...)
		require.NoError(t, err)
		require.Len(t, e.Faces, n)
		return e
	}
	a, b := enroll(gallery.Person{Name: "a", Metadata: map[string]string{"k": "a"}}, 3), enroll(gallery.Person{Name: "b", Metadata: map[string]string{"k": "b", "l": "b"}}, 2)
	owners := func(e gallery.Enrollment) (out []string) {
		for _, id := range e.Faces {
			require.NoError(t, g.Store().View(ctx, func(tx gallery.Tx) error {
				f, err := tx.Face(ctx, id)
				out = append(out, f.Person)
				return err
			}))
		}
		return out
	}

	half, err := g.Split(ctx, a.Person.ID, gallery.Person{Name: "half"}, a.Faces[1], a.Faces[1])
	require.NoError(t, err)
	require.Equal(t, []string{a.Person.ID, half.ID, a.Person.ID}, owners(a))
	_, err = g.Split(ctx, a.Person.ID, gallery.Person{}, a.Faces[0], a.Faces[2])
	require.Error(t, err, "all faces")
	_, err = g.Split(ctx, a.Person.ID, gallery.Person{})
	require.Error(t, err, "no faces")
	_, err = g.Split(ctx, a.Person.ID, gallery.Person{}, b.Faces[0])
	require.ErrorIs(t, err, gallery.ErrNoFace)

	require.NoError(t, g.Move(ctx, a.Person.ID, a.Faces[1]))
	_, err = g.Person(ctx, half.ID)
	require.ErrorIs(t, err, gallery.ErrNoPerson, "who has no face is gone")
	require.ErrorIs(t, g.Move(ctx, "nobody", a.Faces[0]), gallery.ErrNoPerson)
	require.ErrorIs(t, g.Move(ctx, a.Person.ID, b.Faces[0], "none"), gallery.ErrNoFace)
	require.Equal(t, []string{b.Person.ID, b.Person.ID}, owners(b), "nothing happened")

	require.NoError(t, g.Describe(ctx, a.Person.ID, "", map[string]string{"k": "a"}))
	require.Error(t, g.Merge(ctx, a.Person.ID, a.Person.ID))
	require.ErrorIs(t, g.Merge(ctx, a.Person.ID, b.Person.ID, "nobody"), gallery.ErrNoPerson)
	require.NoError(t, g.Merge(ctx, a.Person.ID, b.Person.ID, b.Person.ID))
	merged, err := g.Person(ctx, a.Person.ID)
	require.NoError(t, err)
	require.Equal(t, "b", merged.Name, "a has no name")
	require.Equal(t, map[string]string{"k": "a", "l": "b"}, merged.Metadata)
	faces, err := g.Faces(ctx, a.Person.ID)
	require.NoError(t, err)
	require.Len(t, faces, 5)

	require.ErrorIs(t, g.RemoveFaces(ctx, a.Faces[0], "none"), gallery.ErrNoFace)
	require.NoError(t, g.RemoveFaces(ctx, append(a.Faces, b.Faces[0])...))
	require.NoError(t, g.RemoveFaces(ctx, b.Faces[1]))
	_, err = g.Person(ctx, a.Person.ID)
	require.ErrorIs(t, err, gallery.ErrNoPerson)
	require.ErrorIs(t, g.Remove(ctx, a.Person.ID), gallery.ErrNoPerson)
	c := enroll(gallery.Person{Name: "c"}, 2)
	require.NoError(t, g.Remove(ctx, c.Person.ID))
	people, count, err := g.Count(ctx)
	require.NoError(t, err)
	require.Zero(t, people+count)
}

func TestExport(t *testing.T) {
	a, b, r, ctx := open(t, gallery.Options{}), open(t, gallery.Options{}), rand.New(rand.NewPCG(seed, 5)), t.Context()
	require.NoError(t, a.Store().Update(ctx, func(tx gallery.Tx) error {
		for i := range 300 { // more than a page
			id := fmt.Sprint("p", i)
			require.NoError(t, tx.PutPerson(ctx, gallery.Person{ID: id, Name: fmt.Sprint(i), Metadata: map[string]string{"n": id}, Created: time.Unix(1e9, 0).UTC()}))
			require.NoError(t, tx.PutFace(ctx, gallery.Face{ID: "f" + id, Person: id, Feature: random(r), YawDeg: float64(i % 90), Created: time.Unix(1e9, 0).UTC()}))
		}
		return nil
	}))
	var first, again, one bytes.Buffer
	require.NoError(t, a.Export(ctx, &first))
	people, err := b.Import(ctx, bytes.NewReader(first.Bytes()))
	require.NoError(t, err)
	require.Equal(t, 300, people)
	_, err = b.Import(ctx, bytes.NewReader(first.Bytes()))
	require.NoError(t, err)
	require.NoError(t, b.Export(ctx, &again))
	require.Equal(t, first.String(), again.String(), "importing twice adds nothing")
	list, err := a.People(ctx, "", 3)
	require.NoError(t, err)
	require.NoError(t, a.Export(ctx, &one, list[2].ID))
	require.Equal(t, 2, strings.Count(one.String(), "\n"))
	require.ErrorIs(t, a.Export(ctx, &one, "nobody"), gallery.ErrNoPerson)

	lines := strings.SplitAfter(first.String(), "\n")
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"models":  {strings.Replace(first.String(), `"tests"`, `"others"`, 1), gallery.ErrModels},
		"none":    {lines[1], nil},
		"empty":   {"", nil},
		"no face": {lines[0] + `{"person":{"id":"x"}}`, nil},
		"norm":    {lines[0] + `{"person":{"id":"x"},"faces":[{"id":"y","person":"x","feature":[1,2]}]}`, gallery.ErrSample},
		"other":   {lines[0] + strings.Replace(lines[1], `"person":"`, `"person":"x`, 1), nil},
		"cut":     {lines[0] + lines[1][:50], nil},
	} {
		_, err := b.Import(ctx, strings.NewReader(c.text))
		require.Error(t, err, name)
		if c.want != nil {
			require.ErrorIs(t, err, c.want, name)
		}
	}
}

func TestReembed(t *testing.T) {
	g, r, ctx := open(t, gallery.Options{}), rand.New(rand.NewPCG(seed, 6)), t.Context()
	e, err := g.Enroll(ctx, gallery.Person{}, sample(random(r), 0))
	require.NoError(t, err)
	other := gallery.Models{Fingerprint: "others", FeatureLen: 2}
	require.ErrorIs(t, g.Reembed(ctx, other, func(gallery.Face) ([]float32, error) { return []float32{1, 1}, nil }), gallery.ErrSample)
	require.Error(t, g.Reembed(ctx, gallery.Models{}, nil))
	require.NoError(t, g.Reembed(ctx, other, func(gallery.Face) ([]float32, error) { return []float32{0.6, 0.8}, nil }))
	found, err := g.Identify(ctx, gallery.Sample{Feature: []float32{0.6, 0.8}}, 1)
	require.NoError(t, err)
	require.Equal(t, e.Person.ID, found.Candidates[0].Person.ID)
}

func TestNew(t *testing.T) {
	g := open(t, gallery.Options{})
	for name, o := range map[string]gallery.Options{
		"FPIR": {FPIR: 2}, "quality": {MinQuality: -1}, "rule": {Rule: "worst"}, "review": {Review: "some"},
		"decision": {Decision: decision.Decision{TurnedDeg: -3}},
	} {
		_, err := gallery.New(g.Store(), o)
		require.Error(t, err, name)
	}
}

func TestSampleOf(t *testing.T) {
	s := gallery.SampleOf(fspfm.Result{Feature: []float32{1}, Pose: pose.Estimate{Angles: pose.FromDeg(30, 0, 0)}, Doubt: fspfm.DoubtShape}, "a.jpg")
	require.Equal(t, gallery.Sample{Feature: []float32{1}, Angles: pose.FromDeg(30, 0, 0), Flaws: []string{"landmarks do not fit a face"}, Source: "a.jpg"}, s)
}
