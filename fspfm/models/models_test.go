package models_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/landmark"
)

func open(t *testing.T) backend.Backend {
	t.Helper()
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	return engine
}

func find(t *testing.T, role pack.Role, name string) *models.File {
	t.Helper()
	f, err := models.Find(t.Context(), role, name)
	require.NoError(t, err)
	return f
}

// TestExtractor opens the recognizer that is compiled in, by the pack's name and by its
// file, and refuses files that are something else than they are said to be.
func TestExtractor(t *testing.T) {
	engine, file := open(t), find(t, pack.Recognizer, "tiny")
	p, err := models.Pack(t.Context(), "tiny")
	require.NoError(t, err)
	entry, err := p.Entry(pack.Recognizer)
	require.NoError(t, err)
	require.Equal(t, entry.Where(), file.Where)
	pixels := make([]uint8, dataset.PixelLen)
	for i := range pixels {
		pixels[i] = uint8(i)
	}
	path := filepath.Join(t.TempDir(), "mini.safetensors")
	require.NoError(t, os.WriteFile(path, file.Data, 0o600))
	var features [2][][]float32
	for i, f := range []*models.File{file, find(t, pack.Recognizer, path)} {
		require.Equal(t, file.SHA256, f.SHA256)
		e, err := f.Extractor(engine, backbone.ExtractorConfig{})
		require.NoError(t, err)
		require.Equal(t, entry.Embedding, e.Len())
		features[i], err = e.ExtractPixels(t.Context(), pixels)
		require.NoError(t, err)
		e.Close()
	}
	require.Equal(t, features[0], features[1])

	refuses := func(change func(*models.File)) {
		t.Helper()
		f := *file
		change(&f)
		_, err := f.Extractor(engine, backbone.ExtractorConfig{})
		require.ErrorContains(t, err, "models: "+f.Where)
	}
	refuses(func(f *models.File) { f.Model.Kind = pack.SFace })
	refuses(func(f *models.File) { f.Model.Kind = pack.ArcFace })
	refuses(func(f *models.File) { f.Data = f.Data[:1000] })
	refuses(func(f *models.File) { f.Data = find(t, pack.Head, "tiny").Data })
}

// TestAnotherRole: a file of one role makes no network of another.
func TestAnotherRole(t *testing.T) {
	engine := open(t)
	pose, head := find(t, pack.Pose, "tiny"), find(t, pack.Head, "tiny")
	_, err := pose.Extractor(engine, backbone.ExtractorConfig{})
	require.ErrorIs(t, err, models.ErrRole)
	_, err = pose.Detector(engine, face.Options{})
	require.ErrorIs(t, err, models.ErrRole)
	_, err = pose.Landmarks(engine, landmark.Config{})
	require.ErrorIs(t, err, models.ErrRole)
	_, _, err = pose.Head()
	require.ErrorIs(t, err, models.ErrRole)
	_, err = head.PoseNet(engine, hopenet.Config{})
	require.ErrorIs(t, err, models.ErrRole)
	_, _, _, err = head.PoseWeights()
	require.ErrorIs(t, err, models.ErrRole)
	_, err = models.Find(t.Context(), pack.Detector, "tiny")
	require.ErrorIs(t, err, pack.ErrRole)
}

// TestFind: names are packs, folders or files.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	_, err := models.Find(t.Context(), pack.Pose, filepath.Join(dir, "missing.safetensors"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = models.Find(t.Context(), pack.Pose, "nothing-of-this-name")
	require.ErrorIs(t, err, pack.ErrUnknown)
	_, err = models.Find(t.Context(), pack.Pose, dir)
	require.ErrorIs(t, err, pack.ErrDir)
	other := filepath.Join(dir, "head.onnx")
	require.NoError(t, os.WriteFile(other, []byte("no network"), 0o600))
	_, err = models.Find(t.Context(), pack.Head, other)
	require.ErrorIs(t, err, models.ErrRole)
	_, err = find(t, pack.Recognizer, other).Extractor(open(t), backbone.ExtractorConfig{})
	require.ErrorContains(t, err, other)
}

// TestPoseNet estimates the same from the network that is made ready and from its
// weights.
func TestPoseNet(t *testing.T) {
	file := find(t, pack.Pose, "tiny")
	e, err := file.PoseNet(open(t), hopenet.Config{})
	require.NoError(t, err)
	defer e.Close()
	net, _, free, err := file.PoseWeights()
	require.NoError(t, err)
	defer free()
	require.Equal(t, e.FeatureLen(), net.FeatureLen())
}

// TestDefaultPack opens every network of the default pack.
func TestDefaultPack(t *testing.T) {
	packtest.Pack(t, pack.Default)
	engine := open(t)
	d, err := find(t, pack.Detector, pack.Default).Detector(engine, face.Options{})
	require.NoError(t, err)
	require.NoError(t, d.Close())
	e, err := find(t, pack.Recognizer, pack.Default).Extractor(engine, backbone.ExtractorConfig{})
	require.NoError(t, err)
	e.Close()
	l, err := find(t, pack.Landmarks, pack.Default).Landmarks(engine, landmark.Config{})
	require.NoError(t, err)
	l.Close()
	wrong := *find(t, pack.Detector, pack.Default)
	wrong.Model.Input.BGR = false
	_, err = wrong.Detector(engine, face.Options{})
	require.ErrorIs(t, err, pack.ErrManifest)
}
