package face

import (
	"context"
	"encoding/json"
	"image"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
)

// found is a face in the fixtures, which Python writes.
type found struct {
	Box       [4]float64    `json:"box"`
	Landmarks [5][2]float64 `json:"landmarks"`
	Score     float64       `json:"score"`
	Aligned   []float64     `json:"aligned_rgb_blocks"`
	Sums      []float64     `json:"sums"` // of the feature, with random signs
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, into))
}

func engine(t *testing.T) backend.Backend {
	t.Helper()
	b, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

// load reads a network of testdata.
func load(t *testing.T, b backend.Backend, name string, o Options) *Detector {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	d, err := FromONNX(b, data, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func scene(t *testing.T) image.Image {
	t.Helper()
	m, err := ReadFile(filepath.Join("testdata", "scene.png"))
	require.NoError(t, err)
	return m
}

// requireFaces compares with faces that another implementation found, within a distance
// in pixels.
func requireFaces(t *testing.T, want []found, got []Face, pixels, score float64) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		g := got[i]
		require.InDelta(t, w.Score, g.Score, score, "score of face %d", i)
		for k, v := range [4]float64{g.Box.X, g.Box.Y, g.Box.W, g.Box.H} {
			require.InDelta(t, w.Box[k], v, pixels, "box of face %d, number %d", i, k)
		}
		for p := range w.Landmarks {
			require.InDelta(t, w.Landmarks[p][0], g.Landmarks[p][0], pixels, "x of landmark %d of face %d", p, i)
			require.InDelta(t, w.Landmarks[p][1], g.Landmarks[p][1], pixels, "y of landmark %d of face %d", p, i)
		}
	}
}

// TestDetect_asPublished runs small networks with the outputs of the published ones, and
// compares with the published decoding of what ONNX Runtime computes
// (testdata/networks.py).
func TestDetect_asPublished(t *testing.T) {
	var wants map[string][]found
	readJSON(t, "networks.json", &wants)
	require.Len(t, wants, 3)
	b := engine(t)
	for name, want := range wants {
		t.Run(name, func(t *testing.T) {
			d := load(t, b, name, Options{})
			got, err := d.Detect(context.Background(), scene(t))
			require.NoError(t, err)
			requireFaces(t, want, got, 2e-3, 1e-5)
			require.Equal(t, name != "scrfd_without_points.onnx", got[0].HasLandmarks())
			if !got[0].HasLandmarks() {
				_, err := Align(scene(t), got[0])
				require.ErrorIs(t, err, ErrNoLandmarks)
			}
		})
	}
}

func TestDetect_together(t *testing.T) {
	d := load(t, engine(t), "scrfd.onnx", Options{})
	photo := scene(t)
	want, err := d.Detect(context.Background(), photo)
	require.NoError(t, err)
	require.NotEmpty(t, want)
	var wg sync.WaitGroup
	got := make([][]Face, 16)
	errs := make([]error, len(got))
	for i := range got {
		wg.Go(func() { got[i], errs[i] = d.Detect(context.Background(), photo) })
	}
	wg.Wait()
	for i := range got {
		require.NoError(t, errs[i])
		require.Equal(t, want, got[i])
	}
}

func TestFromONNX_refuses(t *testing.T) {
	b := engine(t)
	_, err := FromONNX(b, []byte("no network"), Options{})
	require.Error(t, err)
	other, err := os.ReadFile(filepath.Join("testdata", "classifier.onnx"))
	require.NoError(t, err)
	_, err = FromONNX(b, other, Options{})
	require.ErrorIs(t, err, ErrUnknownNetwork)
	data, err := os.ReadFile(filepath.Join("testdata", "scrfd.onnx"))
	require.NoError(t, err)
	_, err = FromONNX(b, data, Options{MinScore: 2})
	require.ErrorContains(t, err, "options out of range")
}
