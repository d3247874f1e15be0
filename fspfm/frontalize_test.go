package fspfm

import (
	"bytes"
	"context"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// These tests hold the way that weights take from the pack to the user, whatever the
// weights are: how good they are is measured where they are trained.

// randomModule is a module that changes every feature.
func randomModule(t testing.TB, cfg head.Config) *head.Module {
	t.Helper()
	cfg.RandomStart = true
	m, err := head.New(cfg)
	require.NoError(t, err)
	store := model.NewStore()
	require.NoError(t, m.Init(store.RootScope(), dtypes.Float32, 7))
	require.NoError(t, m.Read(store.RootScope()))
	return m
}

// length is the Euclidean norm.
func length(v []float32) float64 {
	squares := 0.0
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	return math.Sqrt(squares)
}

// renderedFace is a photo of a head that is turned, with the face that a detector would
// find.
func renderedFace(person uint64, yawDeg float64) (image.Image, face.Face) {
	photo, label := sim.Render(sim.NewIdentity(person), sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Head: 0.6}})
	return photo, face.At(label.Box, label.Landmarks)
}

func openTiny(t testing.TB, opts ...Option) *Recognizer {
	t.Helper()
	return openRecognizer(t, append(opts, WithModels(packtest.Pack(t, "tiny")), WithEngine(openGonum(t)))...)
}

// TestTiny uses the pack that is compiled in, which has no detector.
func TestTiny(t *testing.T) {
	r := openTiny(t)
	photo, f := renderedFace(1, 70)
	for name, err := range map[string]error{
		"faces":      second(r.Faces(t.Context(), photo)),
		"embed":      second(r.Embed(t.Context(), photo)),
		"frontalize": second(r.Frontalize(t.Context(), photo)),
		"all":        second(r.FrontalizeAll(t.Context(), photo)),
		"verify":     second(r.Verify(t.Context(), photo, photo)),
	} {
		require.ErrorIs(t, err, ErrNoDetector, name)
	}
	results, err := r.Look(t.Context(), photo, f, f)
	require.NoError(t, err)
	require.Len(t, results, 2)
	for _, res := range results {
		require.Equal(t, f, res.Face)
		require.Len(t, res.Pose.Feature, 192)
		require.InDelta(t, 1, length(res.Feature), 1e-5)
		require.InDelta(t, 1, length(res.Frontalized), 1e-5)
	}
	require.InDelta(t, 1, head.Cosine(results[0].Feature, results[1].Feature), 1e-6)
	v, err := r.Compare(results[0], results[1])
	require.NoError(t, err)
	require.True(t, v.Same)
	require.NotNil(t, v.Frontalized)
	require.True(t, v.Frontalized.Same)
	require.InDelta(t, 1, v.Frontalized.Cosine, 1e-6)

	none, err := r.Look(t.Context(), photo)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = r.Look(t.Context(), nil, f)
	require.ErrorIs(t, err, face.ErrNoPixels)
	_, err = r.Look(t.Context(), photo, face.Face{Box: f.Box})
	require.ErrorIs(t, err, face.ErrNoLandmarks)
	_, err = r.Compare(results[0], Result{})
	require.ErrorContains(t, err, "length")
}

func second[T any](_ T, err error) error { return err }

// TestFrontalize_isItsParts does by hand what a head does behind an extractor.
func TestFrontalize_isItsParts(t *testing.T) {
	photo, f := renderedFace(1, 25)
	plain := openTiny(t, WithoutHead())
	raw, err := plain.Look(t.Context(), photo, f)
	require.NoError(t, err)
	require.Nil(t, raw[0].Frontalized)
	m, u := plain.Head()
	require.Nil(t, m)
	require.Zero(t, u)

	yaw, pitch, _ := raw[0].Pose.Deg()
	turned := max(yaw, -yaw, pitch, -pitch)
	for name, cfg := range map[string]head.Config{"feature": {FeatureLen: 128, PoseLen: 192}, "angles": {FeatureLen: 128, PoseInput: head.PoseAngles}} {
		t.Run(name, func(t *testing.T) {
			module := randomModule(t, cfg)
			p := raw[0].Pose.Feature
			if cfg.PoseInput == head.PoseAngles {
				p = []float32{float32(raw[0].Pose.Yaw), float32(raw[0].Pose.Pitch), float32(raw[0].Pose.Roll)}
			}
			want := make([]float32, 128)
			require.NoError(t, module.Frontalize(want, raw[0].Feature, p))
			require.Less(t, head.Cosine(want, raw[0].Feature), 0.999, "the module changes something")
			for _, gating := range []head.Gating{{}, {ToDeg: turned / 2}, {FromDeg: turned / 2, ToDeg: turned * 2}, {FromDeg: turned * 2, ToDeg: 180}} {
				about, err := head.Usage{Gating: gating}.About()
				require.NoError(t, err)
				r := openTiny(t, WithHead(module, about))
				got, err := r.Look(t.Context(), photo, f)
				require.NoError(t, err)
				require.Equal(t, raw[0].Feature, got[0].Feature)
				require.InDelta(t, 1, head.Cosine(want, got[0].Frontalized), 1e-6)
				require.InDelta(t, 1, length(got[0].Frontalized), 1e-6)
				other := got[0]
				other.Feature, other.Frontalized = got[0].Frontalized, got[0].Feature
				v, err := r.Compare(got[0], other)
				require.NoError(t, err)
				require.Equal(t, gating.Cosine(got[0].Feature, got[0].Frontalized, got[0].Pose.Angles, other.Feature, other.Frontalized, other.Pose.Angles),
					v.Frontalized.Cosine)
				if gating.FromDeg > turned {
					require.Equal(t, v.Cosine, v.Frontalized.Cosine, "frontal faces are compared as without a head")
				}
			}
		})
	}
}

// TestOpen_head holds that heads that were made for something else are refused.
func TestOpen_head(t *testing.T) {
	engine, tiny := openGonum(t), packtest.Pack(t, "tiny")
	good := randomModule(t, head.Config{FeatureLen: 128, PoseLen: 192})
	untrained, err := head.New(head.Config{FeatureLen: 128, PoseLen: 192})
	require.NoError(t, err)
	other := strings.Repeat("0a", 32)
	for name, c := range map[string]struct {
		module *head.Module
		about  map[string]string
		text   string
	}{
		"feature length": {randomModule(t, head.Config{FeatureLen: 64, PoseLen: 192}), nil, "length 64"},
		"pose length":    {randomModule(t, head.Config{FeatureLen: 128, PoseLen: 9}), nil, "length 9"},
		"no weights":     {untrained, nil, "no weights"},
		"pose network":   {good, map[string]string{"pose_sha256": other}, "another" /* replaced below */},
		"extractor":      {good, map[string]string{"extractor_sha256": other}, "behind an extractor"},
		"nonsense":       {good, map[string]string{"gate": "x"}, "gate"},
	} {
		if name == "pose network" {
			c.text = "with a pose network with SHA-256 " + other
		}
		_, err := Open(t.Context(), WithModels(tiny), WithEngine(engine), WithHead(c.module, c.about))
		require.ErrorIs(t, err, head.ErrMismatch, name)
		require.ErrorContains(t, err, c.text, name)
	}
	_, err = Open(t.Context(), WithModels(tiny), WithEngine(engine), WithHead(good, nil), WithoutHead())
	require.ErrorIs(t, err, ErrOptions)
	// Angles mean the same from every estimator; and a file of several extractors fits
	// each of them.
	entry, err := tiny.Entry(pack.Recognizer)
	require.NoError(t, err)
	r := openRecognizer(t, WithModels(tiny), WithEngine(engine), WithHead(randomModule(t, head.Config{FeatureLen: 128, PoseInput: head.PoseAngles}),
		map[string]string{"pose_sha256": other, "extractor_sha256": other + " " + entry.File.SHA256}))
	require.NotNil(t, r.head)
	// An estimator of the caller's has another feature than the pack's: the pack's head
	// cannot take it.
	r = openRecognizer(t, WithModels(tiny), WithEngine(engine), WithPose(fixed{1}))
	require.Nil(t, r.head)
	photo, _ := renderedFace(1, 0)
	_, err = r.Frontalize(t.Context(), photo)
	require.ErrorIs(t, err, ErrNoHead)
}

// TestWithHeadFile holds that the head of a file, or of another pack, is used as WithHead
// uses it, and that a head that names the networks of a Recognizer fits it.
func TestWithHeadFile(t *testing.T) {
	photo, f := renderedFace(1, 40)
	r := openTiny(t)
	networks := r.Networks()
	_, shipped := r.Head()
	require.Equal(t, shipped.PoseSHA256, networks.PoseSHA256)
	require.Equal(t, shipped.ExtractorSHA256[:1], networks.ExtractorSHA256)
	about, err := networks.About()
	require.NoError(t, err)
	module, path := randomModule(t, head.Config{FeatureLen: 128, PoseLen: 192}), filepath.Join(t.TempDir(), "head.safetensors")
	require.NoError(t, module.SaveFile(path, about))
	want, err := openTiny(t, WithHead(module, about)).Look(t.Context(), photo, f)
	require.NoError(t, err)
	own := openTiny(t, WithHeadFile(path))
	got, err := own.Look(t.Context(), photo, f)
	require.NoError(t, err)
	require.Equal(t, want, got)
	decides, _ := own.HeadDecides()
	require.True(t, decides)

	pack, err := openTiny(t, WithHeadFile("tiny")).Look(t.Context(), photo, f)
	require.NoError(t, err)
	want, err = r.Look(t.Context(), photo, f)
	require.NoError(t, err)
	require.Equal(t, want, pack)

	for _, opts := range [][]Option{{WithHeadFile(path), WithHead(module, nil)}, {WithHeadFile(path), WithoutHead()}} {
		_, err = Open(t.Context(), append(opts, WithPack("tiny"))...)
		require.ErrorIs(t, err, ErrOptions)
	}
	_, err = Open(t.Context(), WithPack("tiny"), WithEngine(openGonum(t)), WithHeadFile(filepath.Join(t.TempDir(), "missing.safetensors")))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestOpen_headFile refuses files of heads in a pack that do not belong there.
func TestOpen_headFile(t *testing.T) {
	engine, tiny, dir := openGonum(t), packtest.Pack(t, "tiny"), t.TempDir()
	for _, role := range tiny.Roles() {
		entry, err := tiny.Entry(role)
		require.NoError(t, err)
		data, err := tiny.Read(role)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, entry.File.Name), data, 0o600))
	}
	openRecognizer(t, WithPackDir(dir), WithEngine(engine))
	path := filepath.Join(dir, "tiny-fspfm.safetensors")
	var file bytes.Buffer
	require.NoError(t, randomModule(t, head.Config{FeatureLen: 128, PoseLen: 192}).Save(&file, nil))
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o600))
	_, err := Open(t.Context(), WithPackDir(dir), WithEngine(engine))
	require.ErrorIs(t, err, head.ErrMismatch, "it does not say whose feature it takes")
	require.NoError(t, os.WriteFile(path, []byte("no head"), 0o600))
	_, err = Open(t.Context(), WithPackDir(dir), WithEngine(engine))
	require.ErrorIs(t, err, head.ErrFile)
	require.ErrorContains(t, err, path)
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tiny-mini.safetensors"), file.Bytes(), 0o600))
	_, err = Open(t.Context(), WithPackDir(dir), WithEngine(engine))
	require.ErrorContains(t, err, "tensors do not fit the network")
}

// TestCompare_thresholds holds which threshold counts, and for which features.
func TestCompare_thresholds(t *testing.T) {
	photo, f := renderedFace(1, 30)
	module := randomModule(t, head.Config{FeatureLen: 128, PoseLen: 192})
	about := map[string]string{"thresholds": `[{"yaw_from_deg":0,"yaw_to_deg":180,"cosine":0.77,"fmr":0.01}]`}
	entry, err := openTiny(t).Pack().Entry(pack.Recognizer)
	require.NoError(t, err)
	own := entry.Threshold
	_, usage := openTiny(t).Head()
	shipped, ok := usage.Threshold(pose.FromDeg(30, 0, 0), pose.Angles{})
	require.True(t, ok)
	three := decision.Decision{TurnedDeg: 20, Frontal: decision.Threshold{Cosine: 0.4, FMR: 1e-3}, Mixed: decision.Threshold{Cosine: 0.3}, Turned: decision.Threshold{Cosine: 0.5, FMR: 1e-2}}
	for name, c := range map[string]struct {
		opts            []Option
		answer, frontal float64
		fmr, frontalFMR float64
		head            bool
	}{
		"calibrated":      {[]Option{WithHead(module, about)}, 0.77, 0.77, 0.01, 0.01, true},
		"not":             {[]Option{WithHead(module, nil)}, own, own, 0, 0, true},
		"caller's":        {[]Option{WithHead(module, about), WithThreshold(0.9)}, 0.9, 0.9, 0, 0, true},
		"pack's head":     {nil, own, shipped.Cosine, 0, shipped.FMR, false},
		"asked for":       {[]Option{WithHeadDeciding()}, shipped.Cosine, shipped.Cosine, shipped.FMR, shipped.FMR, true},
		"decision, twice": {[]Option{WithHead(module, nil), WithDecision(three)}, 0.5, 0.5, 1e-2, 1e-2, true},
		"decision":        {[]Option{WithDecision(three)}, 0.5, shipped.Cosine, 1e-2, shipped.FMR, false},
	} {
		r := openTiny(t, c.opts...)
		results, err := r.Look(t.Context(), photo, f)
		require.NoError(t, err)
		v, err := r.Compare(results[0], results[0])
		require.NoError(t, err)
		require.InDelta(t, c.answer, v.Threshold, 5e-4, name)
		require.InDelta(t, c.fmr, v.FMR, 1e-5, name)
		require.InDelta(t, c.frontal, v.Frontalized.Threshold, 5e-4, name)
		require.InDelta(t, c.frontalFMR, v.Frontalized.FMR, 1e-5, name)
		require.Equal(t, c.head, v.Head, name)
		require.True(t, v.Same && v.Frontalized.Same, name)
	}
}

// TestHeadDecides holds a head to what its file says of real photos.
func TestHeadDecides(t *testing.T) {
	evidence := func(low float64) *decision.Evidence {
		return &decision.Evidence{Set: "CFP", People: "1-250", Figure: "points", Value: low + 0.2, Low: low, High: low + 0.4, Command: "evaluate"}
	}
	for name, c := range map[string]struct {
		real *decision.Evidence
		s    settings
		want bool
		why  string
	}{
		"nothing known": {nil, settings{}, false, "does not say"},
		"no worse":      {evidence(-0.1), settings{}, true, "no worse"},
		"uncertain":     {evidence(-0.11), settings{}, false, "may be worse on real photos: CFP, people 1-250"},
		"worse":         {evidence(-0.5), settings{}, false, "was worse on real photos: CFP, people 1-250"},
		"forced":        {evidence(-15), settings{headDecides: true}, true, "asked for"},
		"caller's":      {nil, settings{head: &head.Module{}}, true, "caller's"},
	} {
		h := &frontalizer{usage: head.Usage{Real: c.real}}
		h.judge(c.s)
		require.Equal(t, c.want, h.decides, name)
		require.Contains(t, h.reason, c.why, name)
	}
	r := openTiny(t, WithoutHead())
	decides, why := r.HeadDecides()
	require.False(t, decides)
	require.Equal(t, "there is no head", why)
}

// TestFrontalize_photos goes through the default pack: all forms agree, and a photo
// without a face spoils no other.
func TestFrontalize_photos(t *testing.T) {
	photos := demoPhotos(t)
	r := openDefault(t)
	m, _ := r.Head()
	require.NotNil(t, m)
	blank := image.NewGray(image.Rect(0, 0, 64, 48))
	var all []image.Image
	for _, p := range photos[:2] {
		all = append(all, p.image)
	}
	all = append(all, blank, nil)
	results, err := r.FrontalizeAll(t.Context(), all...)
	require.ErrorIs(t, err, ErrNoFace)
	require.ErrorIs(t, err, face.ErrNoPixels)
	var failed *PhotoError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 2, failed.Index)
	require.Len(t, results, len(all))
	require.Zero(t, results[2])
	require.Zero(t, results[3])
	for i := range 2 {
		one, err := r.Frontalize(t.Context(), all[i])
		require.NoError(t, err)
		require.InDelta(t, 1, length(one.Frontalized), 1e-5)
		require.Equal(t, one.Face, results[i].Face)
		require.InDelta(t, 1, head.Cosine(one.Feature, results[i].Feature), 1e-6)
		require.InDelta(t, 1, head.Cosine(one.Frontalized, results[i].Frontalized), 1e-6)
	}
	v, err := r.Verify(t.Context(), all[0], all[1])
	require.NoError(t, err)
	_, usage := r.Head()
	require.InDelta(t, usage.Gating.Cosine(v.A.Feature, v.A.Frontalized, v.A.Pose.Angles, v.B.Feature, v.B.Frontalized, v.B.Pose.Angles),
		v.Frontalized.Cosine, 1e-9)
	_, err = r.Frontalize(t.Context(), blank)
	require.ErrorIs(t, err, ErrNoFace)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.FrontalizeAll(canceled, all...)
	require.ErrorIs(t, err, context.Canceled)
	none, err := r.FrontalizeAll(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
}

// TestTiny_together uses one Recognizer with a head from eight goroutines: the same bits
// come out.
func TestTiny_together(t *testing.T) {
	opts := []Option{WithHead(randomModule(t, head.Config{FeatureLen: 128, PoseLen: 192}), map[string]string{"gate": `{"from_deg":0,"to_deg":90}`})}
	photos, faces, want := make([]image.Image, 3), make([]face.Face, 3), make([][]Result, 3)
	r := openTiny(t, opts...)
	for i := range photos {
		photos[i], faces[i] = renderedFace(uint64(i), 35*float64(i))
		var err error
		want[i], err = r.Look(t.Context(), photos[i], faces[i])
		require.NoError(t, err)
	}
	r = openTiny(t, opts...)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			i := g % len(photos)
			got, err := r.Look(t.Context(), photos[i], faces[i])
			if err != nil || !slices.EqualFunc(got, want[i], sameBits) {
				t.Errorf("goroutine %d: %v", g, err)
			}
		})
	}
	wg.Wait()
	require.NoError(t, r.Close())
	_, err := r.Look(t.Context(), photos[0], faces[0])
	require.ErrorIs(t, err, ErrClosed)
}
