package recipe

import (
	"bytes"
	"context"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/turned"
	"github.com/pifr-go/pifr/pose/landmark"
)

// portraits writes one photo of each of some rendered people, as anybody's photos are.
func portraits(t *testing.T, people int) string {
	t.Helper()
	dir := t.TempDir()
	photos, err := turned.Rendered(people, 7, false)
	require.NoError(t, err)
	for i := range people {
		img, err := photos.Read(t.Context(), i)
		require.NoError(t, err)
		f, err := os.Create(filepath.Join(dir, photos.Names[i]+".jpg"))
		require.NoError(t, err)
		require.NoError(t, jpeg.Encode(f, img, nil))
		require.NoError(t, f.Close())
	}
	return dir
}

// TestTurned trains a head on photos and on rendered portraits, turned, in two stages;
// what comes out fits the pack, and moves features little. A second run looks at no photo.
func TestTurned(t *testing.T) {
	packtest.Pack(t, pack.Default)
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	r, err := Load("turned")
	require.NoError(t, err)
	require.Equal(t, train.ObjectiveMatch, r.Head.Objective)
	r.Turned = &Turned{Config: turned.Config{Each: 2, ToDeg: 50}, Rendered: 3, Whole: 2}
	r.Head.Plan = train.Plan{Batch: 8, Epochs: 2}
	r.Pairs = &train.PairsConfig{HeadConfig: train.HeadConfig{Plan: train.Plan{Batch: 4, Epochs: 1}, Objective: train.ObjectiveMatch, Match: r.Head.Match}, ProfileDeg: 20}
	var report, log bytes.Buffer
	o := Options{Dir: t.TempDir(), Recognizer: pack.Default, Photos: []string{portraits(t, 3)}, Report: &report, Log: &log}
	require.NoError(t, Run(t.Context(), engine, r, Sets{}, o), log.String())
	require.Contains(t, report.String(), "nothing was evaluated")
	require.Contains(t, log.String(), "rendered 44: 12 faces of 3 people")
	file := filepath.Join(o.Dir, "head.safetensors")
	rec, err := fspfm.Open(t.Context(), fspfm.WithEngine(engine), fspfm.WithHeadFile(file))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rec.Close()) })
	_, usage := rec.Head()
	require.Equal(t, head.Gating{FromDeg: 15, ToDeg: 30}, usage.Gating)
	photos, err := turned.Open(o.Photos[0])
	require.NoError(t, err)
	photo, err := photos.Read(t.Context(), 0)
	require.NoError(t, err)
	result, err := rec.Frontalize(t.Context(), photo)
	require.NoError(t, err)
	require.Greater(t, head.Cosine(result.Feature, result.Frontalized), 0.9)

	first, err := os.ReadFile(file)
	require.NoError(t, err)
	log.Reset()
	again := *r
	require.NoError(t, Run(t.Context(), engine, &again, Sets{}, o))
	second, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.NotContains(t, log.String(), " of 3\n", "nothing was looked at anew")
}

// TestReader trains a reader of landmarks on what the recognizer reads on turned people
// and portraits, from the weights of a landmark network, and measures it.
func TestReader(t *testing.T) {
	packtest.Pack(t, pack.Default)
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	r, err := Load("reader")
	require.NoError(t, err)
	r.Turned.Each, r.Turned.Occluded = 2, 24
	r.Landmarks.Batch, r.Landmarks.Epochs = 8, 1
	var report, log bytes.Buffer
	o := Options{Dir: t.TempDir(), Photos: []string{portraits(t, 3)}, Report: &report, Log: &log,
		Start: filepath.Join("..", "..", "pack", "shipped", "landmark-light.safetensors")}
	require.NoError(t, Run(t.Context(), engine, r, Sets{}, o), log.String())
	require.Contains(t, log.String(), "rendered 50: ")
	require.Contains(t, report.String(), "median error on unseen people")
	data, err := os.ReadFile(filepath.Join(o.Dir, landmarkWeights))
	require.NoError(t, err)
	reader, err := landmark.OpenReader(engine, data)
	require.NoError(t, err)
	reader.Close()
	o.Measure, o.Start = true, ""
	report.Reset()
	require.NoError(t, Run(t.Context(), engine, r, Sets{}, o), log.String())
	require.Contains(t, report.String(), "median error on unseen people")
}

// TestTurned_refuses says what is missing, or too much.
func TestTurned_refuses(t *testing.T) {
	r := &Recipe{Name: "own", Turned: &Turned{}, Head: &train.HeadConfig{}}
	o := Options{Dir: t.TempDir(), Recognizer: "tiny"}
	_, err := r.Turned.sets(nil)
	require.ErrorContains(t, err, "nobody to turn")
	_, err = r.Turned.sets([]string{t.TempDir()})
	require.ErrorIs(t, err, turned.ErrNoPhotos)
	o.PoseNet = "tiny"
	require.ErrorContains(t, Run(context.Background(), nil, r, Sets{}, o), "neither aligned faces nor a pose network")
	o.Photos = []string{"photos"}
	require.ErrorContains(t, Run(t.Context(), nil, &Recipe{Name: "other", Head: &train.HeadConfig{}}, Sets{}, o), "turns no photos")
}
