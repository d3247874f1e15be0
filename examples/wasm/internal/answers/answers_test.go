package answers_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/examples/wasm/internal/answers"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// archive has the models of the pack that are not compiled in.
func archive(t *testing.T) []byte {
	t.Helper()
	p := packtest.Pack(t, pack.Default)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, role := range []pack.Role{pack.Detector, pack.Recognizer} {
		e, err := p.Entry(role)
		require.NoError(t, err)
		data, err := p.Read(role)
		require.NoError(t, err)
		f, err := w.Create(e.File.Name)
		require.NoError(t, err)
		_, err = f.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// TestProgram asks about a photo without a face, and what cannot be answered. Photos with
// faces are for the test in the browser.
func TestProgram(t *testing.T) {
	models := archive(t)
	for _, name := range []string{"HOME", "XDG_CACHE_HOME"} { // what comes with the archive is enough
		t.Setenv(name, "")
	}
	p, err := answers.Open(t.Context(), pack.Default, models)
	require.NoError(t, err)
	defer p.Close()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 80, 60))))
	text, err := p.Faces(t.Context(), "grey", b.Bytes())
	require.NoError(t, err)
	var photo answers.Photo
	require.NoError(t, json.Unmarshal(text, &photo))
	require.Equal(t, []int{80, 60}, []int{photo.Width, photo.Height})
	require.Len(t, photo.Records, 1)
	require.Zero(t, photo.Records[0].Faces)
	_, err = p.Compare("grey", 0, "grey", 0)
	require.ErrorContains(t, err, `no face 0 in photo "grey"`)
	_, err = p.Faces(t.Context(), "no photo", []byte("text"))
	require.Error(t, err)
	_, err = answers.Open(t.Context(), pack.Default, []byte("no archive"))
	require.ErrorContains(t, err, "archive of models")
}
