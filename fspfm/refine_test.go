package fspfm

import (
	"cmp"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
)

// apart is the mean distance of two faces' landmarks, as a share of the box's height.
func apart(a, b face.Face) float64 {
	sum := 0.0
	for k := range a.Landmarks {
		sum += math.Hypot(a.Landmarks[k][0]-b.Landmarks[k][0], a.Landmarks[k][1]-b.Landmarks[k][1])
	}
	return sum / 5 / a.Box.H
}

// TestRefine moves the landmarks of a turned face that are off nearer to where
// they are, says how sure that is, and leaves frontal faces, faces that the caller has
// located, and recognizers that do without alone.
func TestRefine(t *testing.T) {
	packtest.Pack(t, pack.Default)
	engine := openGonum(t)
	r := openRecognizer(t, WithEngine(engine), WithCrops(decision.One))
	photo, truth := renderedFace(7, 65)
	photo = face.Prepare(photo)
	off := truth
	for k := range off.Landmarks {
		off.Landmarks[k][0] += 0.12 * off.Box.W
	}
	got, err := r.look(t.Context(), []located{{photo, off}}, true)
	require.NoError(t, err)
	f := got[0].Face
	require.True(t, f.Refined)
	require.Equal(t, off.Landmarks, f.Detected)
	require.Less(t, apart(f, truth), apart(off, truth))
	for k := range f.Sigma {
		require.Greater(t, f.Sigma[k], 0.0)
		require.Less(t, f.Sigma[k], 0.3*f.Box.H)
	}
	require.Greater(t, f.Visible[face.RightEye], f.Visible[face.LeftEye], "a positive yaw hides the image's left side")

	turned, lying := face.Face{Turned: 90}.Upright(photo)
	require.Zero(t, lying.Turned)
	at := off.Lying(photo, 270) // the photo lies after a quarter, and has to be turned by three more
	side, err := r.look(t.Context(), []located{{face.Prepare(turned), at}}, true)
	require.NoError(t, err)
	require.Equal(t, 270, side[0].Face.Turned)
	_, back := side[0].Face.Upright(turned)
	require.InDelta(t, 0, apart(back, f), 1e-6, "refined as in the upright photo")
	for k, p := range back.Detected {
		require.InDeltaSlice(t, off.Landmarks[k][:], p[:], 1e-6)
	}

	given, err := r.Look(t.Context(), photo, off)
	require.NoError(t, err)
	require.Equal(t, off, given[0].Face)
	front, frontal := renderedFace(7, 5)
	got, err = r.look(t.Context(), []located{{face.Prepare(front), frontal}}, true)
	require.NoError(t, err)
	require.Equal(t, frontal, got[0].Face)
	plain := openRecognizer(t, WithEngine(engine), WithCrops(decision.One), WithDetectorLandmarks())
	got, err = plain.look(t.Context(), []located{{photo, off}}, true)
	require.NoError(t, err)
	require.Equal(t, off, got[0].Face)
	require.NotEqual(t, r.Fingerprint(), plain.Fingerprint())

	// PnP needs no box, and a face whose box lies outside of the photo is left as it is.
	beyond := off
	beyond.Box.X += 10 * beyond.Box.W
	byPoints := openRecognizer(t, WithEngine(engine), WithCrops(decision.One), WithPose(pose.PnP{}))
	got, err = byPoints.look(t.Context(), []located{{photo, beyond}}, true)
	require.NoError(t, err)
	require.Equal(t, beyond.Landmarks, got[0].Face.Landmarks)
	require.NotEmpty(t, got[0].Doubt)

	// It estimates from the refined landmarks, where there are some.
	before, err := pose.PnP{}.Fit(off.Subject(photo).Landmarks)
	require.NoError(t, err)
	got, err = byPoints.look(t.Context(), []located{{photo, off}}, true)
	require.NoError(t, err)
	after, err := pose.PnP{}.Fit(got[0].Face.Subject(photo).Landmarks)
	require.NoError(t, err)
	require.NotEqual(t, before.Angles, after.Angles)
	require.Equal(t, after.Angles, got[0].Pose.Angles)
}

// TestReread: landmarks are the reader's own where it is sure. Where it is in doubt, as of
// a head that it takes for tilted, or of a box beside the face, the detector reads the face
// again, turned as the reader sees it; in more looks if WithCarefulLandmarks asks for it.
func TestReread(t *testing.T) {
	packtest.Pack(t, pack.Default)
	engine := openGonum(t)
	r := openRecognizer(t, WithEngine(engine), WithCrops(decision.One))
	careful := openRecognizer(t, WithEngine(engine), WithCrops(decision.One), WithCarefulLandmarks())
	require.NotEqual(t, r.Fingerprint(), careful.Fingerprint())
	photo, truth := renderedFace(8, 65)
	at := located{face.Prepare(photo), truth}
	several, err := careful.reread(t.Context(), at, 0)
	require.NoError(t, err)
	read := func(roll float64) (landmark.Reading, face.Face) {
		reading, err := r.reader.Read(t.Context(), at.face.Subject(at.photo), roll)
		require.NoError(t, err)
		got, err := r.reread(t.Context(), at, roll)
		require.NoError(t, err)
		return reading, got
	}
	reading, got := read(0)
	require.Less(t, reading.Doubt(), doubtful)
	require.Equal(t, face.At(pose.Rect{}, reading.Landmarks).Landmarks, got.Landmarks)
	require.Equal(t, reading.Sigma, got.Sigma)
	require.NotEqual(t, got.Landmarks, several.Landmarks)
	require.Less(t, apart(got, several), 0.05)

	tilt := 0.0
	for reading.Doubt() < doubtful {
		require.Less(t, tilt, 2.0, "the reader is never in doubt")
		tilt += 0.05
		reading, got = read(tilt)
	}
	again, found, err := r.detector.Upright(t.Context(), at.photo, at.face, landmark.AroundPoints(reading.Landmarks).Turn)
	require.NoError(t, err)
	require.True(t, found)
	refined, err := r.landmarks.Refine(t.Context(), at.face.Subject(at.photo))
	require.NoError(t, err)
	require.Equal(t, face.At(pose.Rect{}, refined[0].Align(again.Subject(nil).Landmarks)).Landmarks, got.Landmarks)
	require.NotEqual(t, several.Landmarks, got.Landmarks)

	at.face.Box.X += 0.8 * truth.Box.W
	reading, got = read(0)
	require.Greater(t, reading.Doubt(), doubtful)
	require.True(t, got.Lost, "the detector sees no face in the box")
	alone := Recognizer{reader: r.reader} // of a pack that has nothing else
	got, err = alone.reread(t.Context(), at, 0)
	require.NoError(t, err)
	require.Equal(t, face.At(pose.Rect{}, reading.Landmarks).Landmarks, got.Landmarks)
}

// TestLocate finds what Faces finds, and makes no features.
func TestLocate(t *testing.T) {
	packtest.Pack(t, pack.Default)
	r := openRecognizer(t, WithEngine(openGonum(t)))
	photo := find(t, demoPhotos(t), "person_b_1.jpg")
	faces, err := r.Faces(t.Context(), photo)
	require.NoError(t, err)
	found, err := r.Locate(t.Context(), photo)
	require.NoError(t, err)
	require.Len(t, found, len(faces))
	for i := range found {
		require.NotEmpty(t, faces[i].Feature)
		require.Empty(t, found[i].Feature)
		require.Equal(t, faces[i].Face, found[i].Face)
		require.Equal(t, faces[i].Pose, found[i].Pose)
		require.Equal(t, faces[i].Doubt, found[i].Doubt)
	}
	_, err = r.Locate(t.Context(), nil)
	require.ErrorIs(t, err, face.ErrNoPixels)
}

// BenchmarkTurned measures what the landmarks of one turned face cost beside the first look
// at its photo, on gonum or the engine that PIFR_BACKEND names: the reader where it is
// certain, and where it looks twice, given a wrong roll; Upright where two readings are
// enough; Steady where it is sure of what it reads, and where it is not, given a wrong
// turn; the landmark network.
func BenchmarkTurned(b *testing.B) {
	packtest.Pack(b, pack.Default)
	engine, err := backend.Open(cmp.Or(os.Getenv("PIFR_BACKEND"), "gonum"))
	if err != nil {
		b.Fatal(err)
	}
	defer engine.Finalize()
	r := openRecognizer(b, WithEngine(engine), WithCrops(decision.One))
	photo := face.Prepare(find(b, demoPhotos(b), "person_b_1.jpg"))
	whole, err := r.Embed(b.Context(), photo)
	if err != nil {
		b.Fatal(err)
	}
	f := whole.Face
	read := func(roll float64) func() error {
		return func() error { _, err := r.reader.Read(b.Context(), f.Subject(photo), roll); return err }
	}
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"find", func() error { _, err := r.detector.Detect(b.Context(), photo); return err }},
		{"upright", func() error { _, _, err := r.detector.Upright(b.Context(), photo, f, 0); return err }},
		{"steady", func() error { _, _, err := r.detector.Steady(b.Context(), photo, f, 0); return err }},
		{"steady-lost", func() error { _, _, err := r.detector.Steady(b.Context(), photo, f, math.Pi/2); return err }},
		{"network", func() error { _, err := r.landmarks.Refine(b.Context(), f.Subject(photo)); return err }},
		{"reader", read(whole.Pose.Roll)},
		{"reader-twice", read(whole.Pose.Roll + 1.2)},
	} {
		if err := part.run(); err != nil { // engines compile
			b.Fatal(err)
		}
		b.Run(part.name, func(b *testing.B) {
			for b.Loop() {
				if err := part.run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
