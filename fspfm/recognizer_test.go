package fspfm

import (
	"context"
	"errors"
	"image"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
)

// TestPhotos holds the six photos together: one face in each, and every pair of one
// person above every pair of two.
func TestPhotos(t *testing.T) {
	photos := demoPhotos(t)
	engine := openGonum(t)
	for _, name := range []string{"sface", "faceplugin"} {
		t.Run(name, func(t *testing.T) {
			opts := []Option{WithModels(packtest.Pack(t, name)), WithEngine(engine)}
			if name == "sface" {
				// how well the light network does is measured where it is trained
				opts = append(opts, WithPose(pose.PnP{}))
			}
			r := openRecognizer(t, opts...)
			var people []string
			var features [][]float32
			for _, p := range photos {
				results, err := r.Faces(t.Context(), p.image)
				require.NoError(t, err)
				require.Len(t, results, 1, p.name)
				require.Len(t, results[0].Feature, r.FeatureLen())
				require.Len(t, results[0].Pose.Feature, r.PoseLen())
				// All six look about into the camera.
				require.Less(t, pose.Degrees(pose.Geodesic(results[0].Pose.Angles, pose.Angles{})), 20., p.name)
				people = append(people, p.person)
				features = append(features, results[0].Feature)
			}
			same, different := pairs(people, features)
			require.Len(t, same, 2)
			require.Len(t, different, 13)
			t.Logf("one person: %.3f; two: at most %.3f", same, slices.Max(different))
			require.Greater(t, slices.Min(same), slices.Max(different))
		})
	}
}

// pairs returns the cosines of all pairs of photos, those of one person apart from those
// of two.
func pairs(people []string, features [][]float32) (same, different []float64) {
	for i := range people {
		for j := range i {
			c := head.Cosine(features[i], features[j])
			if people[i] == people[j] {
				same = append(same, c)
			} else {
				different = append(different, c)
			}
		}
	}
	return same, different
}

func TestVerify(t *testing.T) {
	photos := demoPhotos(t)
	r := openDefault(t)
	a1, a2, other := find(t, photos, "person_a_1.jpg"), find(t, photos, "person_a_2.jpg"), find(t, photos, "impostor_1.jpg")
	v, err := r.Verify(t.Context(), a1, a2)
	require.NoError(t, err)
	require.True(t, v.Same)
	require.Equal(t, r.Decision().Frontal.Cosine, v.Threshold)
	require.Equal(t, 1e-3, v.FMR)
	require.False(t, v.Head, "the head did harm to real photos")
	require.NotNil(t, v.Frontalized)
	require.InDelta(t, head.Cosine(v.A.Feature, v.B.Feature), v.Cosine, 1e-9)
	one, err := r.Embed(t.Context(), a1)
	require.NoError(t, err)
	require.Equal(t, one, v.A)
	v, err = r.Verify(t.Context(), a1, other)
	require.NoError(t, err)
	require.False(t, v.Same)

	blank := image.NewGray(image.Rect(0, 0, 64, 48))
	_, err = r.Verify(t.Context(), a1, blank)
	require.ErrorIs(t, err, ErrNoFace)
	require.ErrorContains(t, err, "photo b")
	none, err := r.Faces(t.Context(), blank)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = r.Embed(t.Context(), image.NewGray(image.Rectangle{}))
	require.ErrorIs(t, err, face.ErrNoPixels)
	_, err = r.Embed(t.Context(), nil)
	require.ErrorIs(t, err, face.ErrNoPixels)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Faces(canceled, a1)
	require.ErrorIs(t, err, context.Canceled)
}

// TestEmbed_isItsParts does by hand what Embed does. Package face holds the parts to
// OpenCV's results.
func TestEmbed_isItsParts(t *testing.T) {
	photo, engine, models := find(t, demoPhotos(t), "impostor_1.jpg"), openGonum(t), packtest.Pack(t, pack.Default)
	data, err := models.Read(pack.Detector)
	require.NoError(t, err)
	detector, err := face.FromONNX(engine, data, face.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, detector.Close()) }()
	data, err = models.Read(pack.Recognizer)
	require.NoError(t, err)
	network, err := backbone.FromONNX(data)
	require.NoError(t, err)
	for _, flip := range []bool{false, true} {
		extractor, err := backbone.NewExtractor(engine, network, backbone.ExtractorConfig{Pixels: backbone.SFacePixels(), FlipSum: flip})
		require.NoError(t, err)
		defer extractor.Close()
		faces, err := detector.Detect(t.Context(), photo)
		require.NoError(t, err)
		aligned, err := face.Align(photo, faces[0])
		require.NoError(t, err)
		features, err := extractor.Extract(t.Context(), aligned)
		require.NoError(t, err)
		fit, err := pose.PnP{}.Fit(faces[0].Landmarks)
		require.NoError(t, err)

		opts := []Option{WithModels(models), WithEngine(engine), WithPose(pose.PnP{}), WithCrops(decision.One)}
		if flip {
			opts = append(opts, WithCrops(decision.Mirrored))
		}
		got, err := openRecognizer(t, opts...).Embed(t.Context(), photo)
		require.NoError(t, err)
		require.Equal(t, faces[0], got.Face)
		require.Equal(t, features[0], got.Feature)
		require.InDelta(t, 0, pose.Geodesic(fit.Angles, got.Pose.Angles), 1e-6)
	}
}

// TestSeveralFaces puts three photos side by side: all faces are found where they were,
// and WithChoice picks among them.
func TestSeveralFaces(t *testing.T) {
	photos := demoPhotos(t)
	small := find(t, photos, "person_a_1.jpg")
	side := small.Bounds().Dx()
	row := image.NewRGBA(image.Rect(0, 0, 3*side, small.Bounds().Dy()))
	for x := range row.Bounds().Dx() {
		for y := range row.Bounds().Dy() {
			row.Set(x, y, small.At(x%side, y))
		}
	}
	rightmost := func(faces []face.Face, _ image.Rectangle) (face.Face, error) {
		return slices.MaxFunc(faces, func(a, b face.Face) int { return int(a.Box.X - b.Box.X) }), nil
	}
	r := openRecognizer(t, WithModels(packtest.Pack(t, pack.Default)), WithEngine(openGonum(t)), WithChoice(rightmost))
	one, err := r.Faces(t.Context(), small)
	require.NoError(t, err)
	all, err := r.Faces(t.Context(), row)
	require.NoError(t, err)
	require.Len(t, all, 3)
	for _, f := range all {
		require.Greater(t, head.Cosine(one[0].Feature, f.Feature), 0.9)
	}
	chosen, err := r.Embed(t.Context(), row)
	require.NoError(t, err)
	require.Greater(t, chosen.Face.Box.X, float64(2*side))
	for most, refused := range map[int]bool{2: true, 3: false} {
		r := openRecognizer(t, WithModels(packtest.Pack(t, pack.Default)), WithEngine(openGonum(t)), WithMaxFaces(most))
		_, err := r.Faces(t.Context(), row)
		require.Equal(t, refused, errors.Is(err, ErrManyFaces), "%d: %v", most, err)
		_, err = r.Embed(t.Context(), row)
		require.Equal(t, refused, errors.Is(err, ErrManyFaces), "%d: %v", most, err)
	}
}

// TestTogether uses one Recognizer from 16 goroutines on photos of different sizes: the
// same bits come out. Its networks are the ones that take least under -race, where this
// test belongs.
func TestTogether(t *testing.T) {
	photos := demoPhotos(t)[:4]
	opts := []Option{WithModels(packtest.Pack(t, "faceplugin")), WithEngine(openGonum(t)), WithMaxSide(128)}
	r := openRecognizer(t, opts...)
	want := make([][]Result, len(photos))
	for i, p := range photos {
		var err error
		want[i], err = r.Faces(t.Context(), p.image)
		require.NoError(t, err)
		require.Len(t, want[i], 1)
	}
	r = openRecognizer(t, opts...) // a fresh one, so that the goroutines meet while networks are compiled
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			i := g % len(photos)
			got, err := r.Faces(t.Context(), photos[i].image)
			if err != nil || !slices.EqualFunc(got, want[i], sameBits) {
				t.Errorf("%s in goroutine %d: %v, %v", photos[i].name, g, got, err)
			}
		})
	}
	wg.Wait()
}

func sameBits(a, b Result) bool {
	return a.Face == b.Face && a.Pose.Angles == b.Pose.Angles && slices.Equal(a.Pose.Feature, b.Pose.Feature) && slices.Equal(a.Feature, b.Feature) &&
		slices.Equal(a.Frontalized, b.Frontalized)
}

// TestClose closes under load: every call either answers in full or says that it came too
// late.
func TestClose(t *testing.T) {
	photo := find(t, demoPhotos(t), "person_a_1.jpg")
	r, err := Open(t.Context(), WithModels(packtest.Pack(t, "faceplugin")), WithEngineName("gonum"), WithThreshold(0.3))
	require.NoError(t, err)
	_, err = r.Embed(t.Context(), photo)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				if _, err := r.Embed(t.Context(), photo); err != nil {
					require.ErrorIs(t, err, ErrClosed)
					return
				}
			}
		})
	}
	require.NoError(t, r.Close())
	wg.Wait()
	require.NoError(t, r.Close(), "again")
	_, err = r.Verify(t.Context(), photo, photo)
	require.ErrorIs(t, err, ErrClosed)
}

// demoPhoto is one of the six, and whom it shows.
type demoPhoto struct {
	name, person string
	image        image.Image
}

func demoPhotos(t testing.TB) []demoPhoto {
	t.Helper()
	p := packtest.Pack(t, "demo-photos")
	var photos []demoPhoto
	for _, f := range p.Extras() {
		path, err := p.File(f.Name)
		require.NoError(t, err)
		img, err := face.ReadFile(path)
		require.NoError(t, err)
		person := f.Name
		if strings.HasPrefix(f.Name, "person_") {
			person = f.Name[:len("person_a")]
		}
		photos = append(photos, demoPhoto{f.Name, person, img})
	}
	require.Len(t, photos, 6)
	return photos
}

func find(t testing.TB, photos []demoPhoto, name string) image.Image {
	t.Helper()
	i := slices.IndexFunc(photos, func(p demoPhoto) bool { return p.name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return photos[i].image
}

func openGonum(t testing.TB) compute.Backend {
	t.Helper()
	b, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

func openRecognizer(t testing.TB, opts ...Option) *Recognizer {
	t.Helper()
	r, err := Open(context.Background(), opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

func openDefault(t testing.TB) *Recognizer {
	t.Helper()
	return openRecognizer(t, WithModels(packtest.Pack(t, pack.Default)), WithEngine(openGonum(t)))
}
