package fspfm

import (
	"context"
	"image"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
)

func TestOpen_options(t *testing.T) {
	engine := openGonum(t)
	for name, opts := range map[string][]Option{
		"two packs":      {WithPack("sface"), WithPackDir("x")},
		"two engines":    {WithEngine(engine), WithEngineName("gonum")},
		"two limits":     {WithMaxSide(100), WithDetector(face.Options{MaxSide: 100})},
		"no cosine":      {WithThreshold(1.5)},
		"not a number":   {WithThreshold(math.NaN())},
		"choice of none": {WithChoice(nil)},
		"no faces":       {WithMaxFaces(-1)},
	} {
		_, err := Open(t.Context(), opts...)
		require.ErrorIs(t, err, ErrOptions, name)
	}
	_, err := Open(t.Context(), WithPack("unheard of"))
	require.ErrorIs(t, err, pack.ErrUnknown)
	_, err = Open(t.Context(), WithPackDir(filepath.Join("testdata", "none")))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestOpen_engine(t *testing.T) {
	models := packtest.Pack(t, pack.Default)
	_, err := Open(t.Context(), WithModels(models), WithEngineName("abacus"))
	require.ErrorIs(t, err, ErrEngine)
	require.ErrorIs(t, err, backend.ErrUnknown)
	t.Setenv(backend.Env, "gonum:float64")
	r := openRecognizer(t, WithModels(models))
	require.Equal(t, "gonum", r.Engine())
}

// TestOpen_thresholds checks that the pack's threshold is taken, that the caller's goes
// first, and that there may be none.
func TestOpen_thresholds(t *testing.T) {
	photo := image.NewGray(image.Rect(0, 0, 64, 64))
	engine := openGonum(t)
	r := openRecognizer(t, WithModels(packtest.Pack(t, "faceplugin")), WithEngine(engine))
	_, err := r.Verify(t.Context(), photo, photo)
	require.ErrorIs(t, err, ErrNoThreshold)
	r = openRecognizer(t, WithModels(packtest.Pack(t, "faceplugin")), WithEngine(engine), WithThreshold(0.2))
	_, err = r.Verify(t.Context(), photo, photo)
	require.ErrorIs(t, err, ErrNoFace)
	require.Equal(t, 0.2, r.decision.Frontal.Cosine)
}

// fixed answers always the same.
type fixed struct{ answers int }

func (f fixed) FeatureLen() int { return 1 }

func (f fixed) Estimate(context.Context, ...pose.Subject) ([]pose.Estimate, error) {
	return make([]pose.Estimate, f.answers), nil
}

func TestOpen_pose(t *testing.T) {
	photo := find(t, demoPhotos(t), "person_a_1.jpg")
	engine, models := openGonum(t), packtest.Pack(t, "faceplugin")
	r := openRecognizer(t, WithModels(models), WithEngine(engine), WithPose(fixed{1}))
	one, err := r.Embed(t.Context(), photo)
	require.NoError(t, err)
	require.Zero(t, one.Pose.Angles)
	require.Equal(t, 1, r.PoseLen())
	r = openRecognizer(t, WithModels(models), WithEngine(engine), WithPose(fixed{2}))
	_, err = r.Embed(t.Context(), photo)
	require.ErrorContains(t, err, "2 estimates for 1 faces")
}

// TestOpen_dir takes a folder of the user's own, whose manifest may say nonsense.
func TestOpen_dir(t *testing.T) {
	dir, models := t.TempDir(), packtest.Pack(t, pack.Default)
	for _, role := range models.Roles() {
		entry, err := models.Entry(role)
		require.NoError(t, err)
		data, err := models.Read(role)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, entry.File.Name), data, 0o600))
	}
	engine := openGonum(t)
	r := openRecognizer(t, WithPackDir(dir), WithEngine(engine))
	require.Equal(t, 128, r.FeatureLen())
	require.Equal(t, 192, r.PoseLen())
	require.NotNil(t, r.head)
	require.Equal(t, openRecognizer(t, WithModels(models), WithEngine(engine)).Decision(), r.Decision(), "the recognizer is known by its hash")

	for text, want := range map[string]string{
		`{"role": "detector", "kind": "yunet", "files": ["face_detection_yunet_2023mar_int8bq.onnx"], "input": {}}`:            "fed as published",
		`{"role": "recognizer", "kind": "sface", "files": ["none.onnx"], "input": {}}`:                                         "none.onnx is there",
		`{"role": "detector", "kind": "yunet", "files": ["face_detection_yunet_2023mar_int8bq.onnx"], "input": {"bgr": true}}`: "no such model",
	} {
		manifest := `{"name": "mine", "title": "t", "licence": "l", "models": [` + text + `]}`
		require.NoError(t, os.WriteFile(filepath.Join(dir, "pack.json"), []byte(manifest), 0o600))
		_, err := Open(t.Context(), WithPackDir(dir), WithEngine(engine))
		require.ErrorContains(t, err, want)
	}
}
