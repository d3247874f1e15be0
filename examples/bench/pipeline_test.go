package main

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// onePhoto is the pipeline's task for the smallest photo.
func onePhoto(t *testing.T) *task {
	t.Helper()
	packtest.Pack(t, pack.Default)
	packtest.Pack(t, "demo-photos")
	work, err := pipelineTasks(t.Context())
	require.NoError(t, err)
	require.Len(t, work, 4)
	require.Len(t, work[0].photos.Paths, 6)
	one := *work[0]
	first := *one.photos
	first.Paths = first.Paths[:1]
	one.images, one.photos = 1, &first
	return &one
}

func TestPipeline(t *testing.T) {
	text, r := quick(t, "pipeline", []*task{onePhoto(t)}, "gonum", "gonum:float64")
	require.Contains(t, text, "find, align and embed a face")
	checkRows(t, r, 1, 2)
	require.Positive(t, r.Rows[1].Diff)
}

// TestPipeline_output checks what is compared: features of unit length.
func TestPipeline_output(t *testing.T) {
	e, err := openEngine(t.Context(), "gonum")
	require.NoError(t, err)
	defer e.close()
	w, err := e.load(t.Context(), onePhoto(t))
	require.NoError(t, err)
	defer w.close()
	out := w.output()
	require.Equal(t, []int{1, 128}, out.dims)
	norm := 0.
	for _, v := range out.data {
		norm += float64(v) * float64(v)
	}
	require.InDelta(t, 1, math.Sqrt(norm), 1e-5)
}

// TestPipeline_peer checks what OpenCV is asked for, and that other peers are not.
func TestPipeline_peer(t *testing.T) {
	one := onePhoto(t)
	request, err := (&peer{label: opencvName, dir: t.TempDir(), threads: 2}).request(one)
	require.NoError(t, err)
	line, err := json.Marshal(request)
	require.NoError(t, err)
	var got struct {
		Photos struct {
			Detector, Recognizer string
			Paths                []string
		}
		Output  string
		Threads int
	}
	require.NoError(t, json.Unmarshal(line, &got))
	require.Equal(t, one.photos.Paths, got.Photos.Paths)
	require.FileExists(t, got.Photos.Detector)
	require.FileExists(t, got.Photos.Recognizer)
	require.Equal(t, 2, got.Threads)
	_, err = (&peer{label: onnxruntimeName}).load(t.Context(), one)
	require.ErrorIs(t, err, errUnsupported)
}
