package main

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
	"github.com/pifr-go/pifr/fspfm/ownhead"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// TestOwn_gallery trains a head for the people of a gallery, and prints the verdict.
func TestOwn_gallery(t *testing.T) {
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	defer engine.Finalize()
	r, err := fspfm.Open(t.Context(), fspfm.WithPack("tiny"), fspfm.WithEngine(engine), fspfm.WithoutHead())
	require.NoError(t, err)
	defer r.Close()
	dir := t.TempDir()
	file, out := filepath.Join(dir, "people.db"), filepath.Join(dir, "head")
	store, err := sqlite.Open(t.Context(), file, gallery.ModelsOf(r), sqlite.Options{})
	require.NoError(t, err)
	g, err := gallery.New(store, gallery.Options{Decision: r.Decision(), Review: gallery.ReviewNothing})
	require.NoError(t, err)
	for person := range ownhead.LeastPeople {
		var samples []gallery.Sample
		for _, yawDeg := range []float64{0, 5, -50, 60} {
			photo, label := sim.Render(sim.NewIdentity(uint64(person)), sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Head: 0.6}})
			results, err := r.Look(t.Context(), photo, face.At(label.Box, label.Landmarks))
			require.NoError(t, err)
			samples = append(samples, gallery.SampleOf(results[0], fmt.Sprint(yawDeg)))
		}
		_, err := g.Enroll(t.Context(), gallery.Person{Name: fmt.Sprint(person)}, samples...)
		require.NoError(t, err)
	}
	require.NoError(t, store.Close())

	var told, notes bytes.Buffer
	require.NoError(t, command(t.Context(), []string{"own", file, "-pack", "tiny", "-out", out, "-draws", "20", "-folds", "4"}, &told, &notes), notes.String())
	require.Contains(t, told.String(), "with this head: ")
	require.Contains(t, notes.String(), "80 faces of 20 people; seed 42")
	for _, name := range []string{ownhead.HeadFile, ownhead.DecisionFile, ownhead.VerdictFile} {
		require.FileExists(t, filepath.Join(out, name))
	}

	err = command(t.Context(), []string{"own", file, "-out", out}, &told, &notes)
	require.Error(t, err, "made with other models")
	require.ErrorContains(t, command(t.Context(), []string{"own", "-out", out}, &told, &notes), "want a folder")
}

// TestOwn_folder: photos are found and looked at, and too few people are said to be.
func TestOwn_folder(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir := t.TempDir()
	for person := range 2 {
		folder := filepath.Join(dir, fmt.Sprint("person ", person), "holidays")
		require.NoError(t, os.MkdirAll(folder, 0o755))
		photo, _ := sim.Render(sim.NewIdentity(uint64(person)), sim.Shot{Camera: sim.Camera{Wide: true, Head: 0.6}})
		f, err := os.Create(filepath.Join(folder, "a.png"))
		require.NoError(t, err)
		require.NoError(t, png.Encode(f, photo))
		require.NoError(t, f.Close())
	}
	var told, notes bytes.Buffer
	err := command(t.Context(), []string{"own", dir, "-out", filepath.Join(dir, "head")}, &told, &notes)
	require.ErrorIs(t, err, ownhead.ErrFew)
	require.ErrorContains(t, err, "at least 20 such people are needed")
	require.Contains(t, notes.String(), "2 faces of 2 people")
}
