package fspfm

import (
	"image"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
)

// TestDoubtOf holds landmarks that cannot be a face's to be in doubt, and those of heads
// not.
func TestDoubtOf(t *testing.T) {
	for _, yaw := range []float64{-85, -45, 0, 30, 70} {
		_, f := renderedFace(3, yaw)
		seen := pose.Estimate{Angles: pose.FromDeg(yaw, 0, 0)}
		require.Empty(t, doubtOf(f, seen, true), "yaw %g", yaw)
		if yaw != 0 {
			other := pose.Estimate{Angles: pose.FromDeg(-yaw, 0, 0)}
			require.Equal(t, DoubtPose, doubtOf(f, other, true), "yaw %g", yaw)
			require.Empty(t, doubtOf(f, other, false), "poses that come from landmarks say nothing about them")
		}
	}
	_, f := renderedFace(3, 0)
	seen := pose.Estimate{}
	upsideDown := f
	upsideDown.Landmarks[face.Nose] = [2]float64{f.Landmarks[face.Nose][0] + f.Box.W, f.Landmarks[face.Nose][1]}
	require.Equal(t, DoubtShape, doubtOf(upsideDown, seen, true))
	one := f
	one.Landmarks = [5][2]float64{{7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7}}
	require.Equal(t, DoubtShape, doubtOf(one, seen, true))
	lost := f
	lost.Lost = true
	require.Equal(t, DoubtLost, doubtOf(lost, seen, false))
	beside := f
	beside.Box.X += f.Box.W
	require.Equal(t, DoubtBox, doubtOf(beside, seen, true))
	require.Empty(t, doubtOf(face.Face{Box: f.Box}, seen, true), "without landmarks there is nothing to doubt")
}

// TestReconsider gives the recognizer a face whose landmarks are wrong: it reads them
// again, and says so. Where it cannot, it says why they are in doubt.
func TestReconsider(t *testing.T) {
	packtest.Pack(t, pack.Default)
	r := openRecognizer(t, WithEngine(openGonum(t)), WithCrops(decision.One))
	photo := face.Prepare(find(t, demoPhotos(t), "person_a_1.jpg"))
	whole, err := r.Embed(t.Context(), photo)
	require.NoError(t, err)
	require.Empty(t, whole.Doubt)
	require.False(t, whole.Reread)
	wrong := whole.Face
	wrong.Landmarks[face.Nose][0] += wrong.Box.W / 2
	got, err := r.look(t.Context(), []located{{photo, wrong}}, true)
	require.NoError(t, err)
	require.True(t, got[0].Reread)
	require.Empty(t, got[0].Doubt)
	for p, at := range whole.Face.Landmarks {
		require.InDelta(t, at[0], got[0].Face.Landmarks[p][0], 0.06*wrong.Box.W)
		require.InDelta(t, at[1], got[0].Face.Landmarks[p][1], 0.06*wrong.Box.W)
	}
	given, err := r.Look(t.Context(), photo, wrong)
	require.NoError(t, err)
	require.NotEmpty(t, given[0].Doubt, "the caller's landmarks stay what they are")
	require.False(t, got[0].Face.Lost)
	require.Equal(t, wrong, given[0].Face)
	blank, err := r.look(t.Context(), []located{{face.Prepare(image.NewGray(photo.Bounds())), wrong}}, true)
	require.NoError(t, err)
	require.NotEmpty(t, blank[0].Doubt, "there is no better reading")
	require.True(t, blank[0].Face.Lost, "the face itself says that its landmarks are wrong")
}

// TestTurnedPhoto recognizes a person in a photo that lies on its side as in the upright
// one.
func TestTurnedPhoto(t *testing.T) {
	packtest.Pack(t, pack.Default)
	r := openRecognizer(t, WithEngine(openGonum(t)), WithDetector(face.Options{Turns: true}))
	photo := find(t, demoPhotos(t), "person_b_1.jpg")
	upright, err := r.Embed(t.Context(), photo)
	require.NoError(t, err)
	require.Zero(t, upright.Face.Turned)
	turned, _ := face.Face{Turned: 90}.Upright(photo)
	got, err := r.Embed(t.Context(), turned)
	require.NoError(t, err)
	require.Equal(t, 270, got.Face.Turned)
	require.Greater(t, head.Cosine(upright.Feature, got.Feature), 0.999)
	require.InDelta(t, 0, pose.Geodesic(upright.Pose.Angles, got.Pose.Angles), 0.01)
	_, err = openRecognizer(t, WithEngine(openGonum(t))).Embed(t.Context(), turned)
	require.ErrorIs(t, err, ErrNoFace)
}

// TestCrops holds that crops average what each of them gives, and that turned faces get
// more.
func TestCrops(t *testing.T) {
	for yaw, want := range map[float64]int{0: 1, 60: 5} {
		photo, f := renderedFace(5, yaw)
		d := decision.Decision{Crops: decision.FullTurned, TurnedDeg: 20}
		crops, err := cropsOf(photo, f, 112, d.Of(yaw))
		require.NoError(t, err)
		require.Len(t, crops.Images, want)
		require.True(t, crops.Mirrored)
	}
	photo, f := renderedFace(5, 60)
	one := look(t, openTiny(t, WithCrops(decision.One)), photo, f)
	full := look(t, openTiny(t, WithCrops(decision.Full)), photo, f)
	again := look(t, openTiny(t, WithCrops(decision.FullTurned)), photo, f)
	require.Equal(t, full.Feature, again.Feature)
	require.Less(t, head.Cosine(one.Feature, full.Feature), 0.9999)
	require.Greater(t, head.Cosine(one.Feature, full.Feature), 0.8)
	_, err := Open(t.Context(), WithPack("tiny"), WithCrops("most"))
	require.ErrorIs(t, err, ErrOptions)
}

func look(t *testing.T, r *Recognizer, photo image.Image, f face.Face) Result {
	t.Helper()
	results, err := r.Look(t.Context(), photo, f)
	require.NoError(t, err)
	return results[0]
}

// TestFingerprint differs by what results depend on, and by nothing else.
func TestFingerprint(t *testing.T) {
	base := openTiny(t).Fingerprint()
	require.Len(t, base, 64)
	require.Equal(t, base, openTiny(t).Fingerprint())
	require.Equal(t, base, openTiny(t, WithThreshold(0.1)).Fingerprint(), "thresholds change no feature")
	seen := map[string]bool{base: true}
	for name, o := range map[string]Option{"crops": WithCrops(decision.Full), "head": WithoutHead(), "pose": WithPose(pose.PnP{})} {
		other := openTiny(t, o).Fingerprint()
		require.False(t, seen[other], name)
		seen[other] = true
	}
}

// TestMaker: parts and whole agree, and differences are named with both sides.
func TestMaker(t *testing.T) {
	base := openTiny(t).Maker()
	require.Equal(t, openTiny(t).Fingerprint(), base.Fingerprint)
	require.Equal(t, base, openTiny(t, WithThreshold(0.1)).Maker())
	require.Len(t, base.Extractor.SHA256, 64)
	require.Empty(t, base.Differences(base))
	engine := base
	engine.Engine = "another"
	require.True(t, base.Same(engine))
	for says, o := range map[string]Option{"crops": WithCrops(decision.Full), "and none": WithoutHead(), "pose network": WithPose(pose.PnP{}),
		"min score 0.9": WithDetector(face.Options{MinScore: 0.9})} {
		other := openTiny(t, o).Maker()
		if says == "min score 0.9" {
			require.True(t, base.Same(other), "there is no detector")
			continue
		}
		require.False(t, base.Same(other), says)
		require.Contains(t, strings.Join(base.Differences(other), "; "), says)
	}
}
