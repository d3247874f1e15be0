package ownhead

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// people are rendered people behind the extractor of the pack tiny.
const people = 40

// biased are the faces as an extractor would see them that takes all heads that are turned
// to one side for a little alike.
func biased(t *testing.T) *Faces {
	t.Helper()
	faces, err := looked()
	require.NoError(t, err)
	out := &Faces{}
	r := rand.New(rand.NewPCG(42, 1))
	aside := make([]float32, len(faces.faces[0].Result.Feature))
	for i := range aside {
		aside[i] = float32(r.NormFloat64() / math.Sqrt(float64(len(aside))))
	}
	for i, f := range faces.faces {
		result := f.Result
		result.Feature = slices.Clone(result.Feature)
		for k, v := range aside {
			result.Feature[k] += v * float32(math.Sin(result.Pose.Yaw))
		}
		unit := float32(1 / math.Sqrt(float64(dot(result.Feature))))
		for k := range result.Feature {
			result.Feature[k] *= unit
		}
		out.Add(faces.set.People[faces.set.Photos[i].Person], result)
	}
	return out
}

func dot(v []float32) (sum float32) {
	for _, x := range v {
		sum += x * x
	}
	return sum
}

// looked are their faces, made once.
var looked = sync.OnceValues(func() (*Faces, error) {
	engine, err := backend.Open("gonum")
	if err != nil {
		return nil, err
	}
	defer engine.Finalize()
	r, err := fspfm.Open(context.Background(), fspfm.WithPack("tiny"), fspfm.WithEngine(engine), fspfm.WithoutHead())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	faces := &Faces{}
	for person := range people {
		for _, yawDeg := range []float64{0, 8, -45, 50, -70, 75} {
			photo, label := sim.Render(sim.NewIdentity(uint64(person)), sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Head: 0.6}})
			results, err := r.Look(context.Background(), photo, face.At(label.Box, label.Landmarks))
			if err != nil {
				return nil, err
			}
			faces.Add(fmt.Sprint("person ", person), results[0])
		}
	}
	return faces, nil
})

func open(t *testing.T, opts ...fspfm.Option) (backend.Backend, *fspfm.Recognizer) {
	t.Helper()
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	r, err := fspfm.Open(t.Context(), append(opts, fspfm.WithPack("tiny"), fspfm.WithEngine(engine))...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return engine, r
}

func config() Config {
	c := Config{Set: "rendered people", Command: "go test ./fspfm/ownhead", FMR: 1e-2, Folds: 4, Stay: 0.3, Draws: eval.Bootstrap{Draws: 100}}
	c.Head.Epochs = 20
	return c
}

// TestTrain: a head takes away what heads turned to one side have in common, and helps
// people whom it has not seen; what is saved is used by fspfm.
func TestTrain(t *testing.T) {
	faces := biased(t)
	engine, r := open(t, fspfm.WithoutHead())
	out, err := Train(t.Context(), engine, r, faces, config())
	require.NoError(t, err)
	t.Log(out.Verdict)
	require.Equal(t, Better, out.Verdict.Judgment())
	require.True(t, out.Verdict.Used())
	require.Contains(t, out.Verdict.String(), "with this head: better: +")
	require.Equal(t, people*15, out.Verdict.Same)
	require.Len(t, out.Usage.Thresholds, 2)
	require.NotNil(t, out.Decision)

	dir := filepath.Join(t.TempDir(), "own")
	require.NoError(t, out.Save(dir))
	data, err := os.ReadFile(filepath.Join(dir, DecisionFile))
	require.NoError(t, err)
	d, err := decision.Parse(data)
	require.NoError(t, err)
	require.NotEmpty(t, d.Mixed.Evidence)
	_, own := open(t, fspfm.WithHeadFile(filepath.Join(dir, HeadFile)), fspfm.WithDecision(d))
	decides, why := own.HeadDecides()
	require.True(t, decides, why)
	require.Contains(t, why, "rendered people")
}

// TestTrain_shuffled: where names say nothing about faces, no head can help, and fspfm does
// not use it.
func TestTrain_shuffled(t *testing.T) {
	faces, err := looked()
	require.NoError(t, err)
	mixed := &Faces{}
	order := rand.New(rand.NewPCG(42, 0)).Perm(faces.Len())
	for i := range faces.faces { // everybody keeps a face of each pose
		from := order[i] - order[i]%6 + i%6
		mixed.Add(faces.set.People[faces.set.Photos[i].Person], faces.faces[from].Result)
	}
	engine, r := open(t, fspfm.WithoutHead())
	out, err := Train(t.Context(), engine, r, mixed, config())
	require.NoError(t, err)
	t.Log(out.Verdict)
	require.NotEqual(t, Better, out.Verdict.Judgment())
	require.Contains(t, out.Verdict.String(), ": not used")

	dir := t.TempDir()
	require.NoError(t, out.Save(dir))
	_, own := open(t, fspfm.WithHeadFile(filepath.Join(dir, HeadFile)))
	decides, why := own.HeadDecides()
	require.False(t, decides, why)
}

// TestTrain_few: the error says how many people are needed.
func TestTrain_few(t *testing.T) {
	faces, err := looked()
	require.NoError(t, err)
	few := &Faces{}
	for i := range 6 * (LeastPeople - 1) {
		few.Add(faces.set.People[faces.set.Photos[i].Person], faces.faces[i].Result)
	}
	engine, r := open(t, fspfm.WithoutHead())
	_, err = Train(t.Context(), engine, r, few, config())
	require.ErrorIs(t, err, ErrFew)
	require.ErrorContains(t, err, "19 people of 19")
	require.ErrorContains(t, err, "at least 20")
	frontal := &Faces{}
	for i, f := range faces.faces {
		if i%6 < 2 {
			frontal.Add(fmt.Sprint(i/6), f.Result)
		}
	}
	_, err = Train(t.Context(), engine, r, frontal, config())
	require.ErrorIs(t, err, ErrFew)
	require.ErrorContains(t, err, "0 people of 40")

	_, err = Train(t.Context(), engine, r, faces, Config{})
	require.ErrorContains(t, err, "a name for the photos")
}

// TestOfGallery: features and angles come back by person, and the head takes angles.
func TestOfGallery(t *testing.T) {
	faces, err := looked()
	require.NoError(t, err)
	_, r := open(t, fspfm.WithoutHead())
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "people.db"), gallery.ModelsOf(r), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	g, err := gallery.New(store, gallery.Options{Decision: r.Decision(), Review: gallery.ReviewNothing})
	require.NoError(t, err)
	for person := range people {
		var samples []gallery.Sample
		for k := range 6 {
			samples = append(samples, gallery.SampleOf(faces.faces[6*person+k].Result, fmt.Sprint(person, k)))
		}
		_, err := g.Enroll(t.Context(), gallery.Person{Name: fmt.Sprint(person)}, samples...)
		require.NoError(t, err)
	}
	got, err := OfGallery(t.Context(), g)
	require.NoError(t, err)
	require.Equal(t, people, got.People())
	require.Equal(t, 6*people, got.Len())
	require.NoError(t, got.check())
	data := got.features()
	require.NoError(t, data.Check())
	require.Zero(t, data.PoseLen)
	module, err := trained(t.Context(), mustEngine(t), data, func() Config { c, _ := config().withDefaults(); c.Head.Epochs = 1; return c }())
	require.NoError(t, err)
	_, err = module.Module()
	require.NoError(t, err)
}

func mustEngine(t *testing.T) backend.Backend {
	engine, _ := open(t)
	return engine
}

// TestFolds: everybody is in one fold, folds are equally large, and who else is there does
// not matter to the order.
func TestFolds(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	got := folds(names, 3, 42)
	require.Equal(t, got, folds(names, 3, 42))
	counts := map[int]int{}
	for _, k := range got {
		counts[k]++
	}
	require.Equal(t, map[int]int{0: 3, 1: 2, 2: 2}, counts)
	require.NotEqual(t, got, folds(names, 3, 43))
}

// TestVerdict says what intervals are called.
func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		low, value, high float64
		want             Judgment
	}{{0.1, 1, 2, Better}, {-0.1, 1, 2, NoDifference}, {-2, -1, -0.1, Worse}, {0, 0, 0, NoDifference}} {
		v := Verdict{Gain: decision.Evidence{Value: c.value, Low: c.low, High: c.high}}
		require.Equal(t, c.want, v.Judgment())
		require.Equal(t, c.want == Better, v.Used())
		require.Contains(t, v.String(), "with this head: "+string(c.want))
	}
}
