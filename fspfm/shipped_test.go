package fspfm

import (
	"image"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
)

// TestShippedHead_onPhotos holds that the head that ships, which is not certain to do real
// profiles no harm, changes no answer on photos of real people: answers are those of a
// recognizer without a head, bit for bit, and all of them are right. What the head would
// do is logged.
func TestShippedHead_onPhotos(t *testing.T) {
	packtest.Pack(t, pack.Default)
	engine := openGonum(t)
	r, without := openRecognizer(t, WithEngine(engine)), openRecognizer(t, WithEngine(engine), WithoutHead())
	decides, why := r.HeadDecides()
	require.False(t, decides)
	require.Contains(t, why, "CFP")
	photos := demoPhotos(t)
	results, plain := make([]Result, len(photos)), make([]Result, len(photos))
	for i, photo := range photos {
		var err error
		results[i], err = r.Frontalize(t.Context(), photo.image)
		require.NoError(t, err, photo.name)
		plain[i], err = without.Embed(t.Context(), photo.image)
		require.NoError(t, err, photo.name)
		require.Equal(t, plain[i].Feature, results[i].Feature)
		require.Empty(t, results[i].Doubt, photo.name)
	}
	lowest, highest := [3]float64{1, 1, 1}, [3]float64{-1, -1, -1} // the answer, as gated, frontalized without the gate
	for a := range results {
		for b := range a {
			v, err := r.Compare(results[a], results[b])
			require.NoError(t, err)
			same := photos[a].person == photos[b].person
			require.Equal(t, same, v.Same, "%s and %s: %.3f", photos[a].name, photos[b].name, v.Cosine)
			w, err := without.Compare(plain[a], plain[b])
			require.NoError(t, err)
			require.Equal(t, [3]any{w.Cosine, w.Threshold, w.Same}, [3]any{v.Cosine, v.Threshold, v.Same})
			for k, cosine := range [3]float64{v.Cosine, v.Frontalized.Cosine, head.Cosine(results[a].Frontalized, results[b].Frontalized)} {
				if same {
					lowest[k] = min(lowest[k], cosine)
				} else {
					highest[k] = max(highest[k], cosine)
				}
			}
		}
	}
	t.Logf("the answer: one person from %.3f, two people up to %.3f; frontalized: from %.3f, up to %.3f; without the gate: from %.3f, up to %.3f",
		lowest[0], highest[0], lowest[1], highest[1], lowest[2], highest[2])
}

// TestShippedPose_onPhotos measures the pose network that ships on photos whose poses
// nobody knows, by what must be so: a mirrored photo turns yaw and roll around, a turned
// photo turns the roll (pose.Angles.Turn), and the detector's box may be somewhat smaller
// or larger. The bounds are what the network kept when it was trained, with a little to
// spare; its card has the figures.
func TestShippedPose_onPhotos(t *testing.T) {
	packtest.Pack(t, pack.Default)
	r := openRecognizer(t, WithEngine(openGonum(t)), WithoutHead())
	var mirror, turned []float64
	var crop [3][]float64 // yaw, pitch, roll
	for _, demo := range demoPhotos(t) {
		photo := demo.image
		at, err := r.Embed(t.Context(), photo)
		require.NoError(t, err)
		m := moved(t, r, photo, at.Face, -1, 0)
		mirror = append(mirror, deg(m.Yaw+at.Pose.Yaw), deg(m.Roll+at.Pose.Roll))
		for _, by := range []float64{-30, -15, 15, 30} {
			got, want := moved(t, r, photo, at.Face, 1, by), at.Pose.Turn(pose.Radians(by))
			turned = append(turned, deg(pose.Wrap(got.Roll-want.Roll)))
		}
		for _, by := range []float64{0.8, 1.2} {
			f := at.Face
			x, y := f.Box.Center()
			f.Box = face.Box{X: x - by*f.Box.W/2, Y: y - by*f.Box.H/2, W: by * f.Box.W, H: by * f.Box.H}
			cut, err := r.Look(t.Context(), photo, f)
			require.NoError(t, err)
			a, b := cut[0].Pose, at.Pose
			for i, change := range []float64{a.Yaw - b.Yaw, a.Pitch - b.Pitch, a.Roll - b.Roll} {
				crop[i] = append(crop[i], deg(change))
			}
		}
	}
	t.Logf("degrees, mean (largest): mirrored %.1f (%.1f), turned %.1f (%.1f)", mean(mirror), largest(mirror), mean(turned), largest(turned))
	require.Less(t, mean(mirror), 2.0)
	require.Less(t, mean(turned), 2.0)
	for i, angle := range []string{"yaw", "pitch", "roll"} {
		t.Logf("cropped, change of %s: %.1f (%.1f)", angle, mean(crop[i]), largest(crop[i]))
		require.Less(t, mean(crop[i]), 3.0)
	}
}

func deg(rad float64) float64 { return math.Abs(pose.Degrees(rad)) }

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func largest(v []float64) float64 {
	most := 0.0
	for _, x := range v {
		most = max(most, x)
	}
	return most
}

// moved estimates the pose in a photo that is mirrored if flip is -1, and turned
// clockwise about its middle. The face is where it was, in a box of the same size: a
// detector may not find it any more.
func moved(t *testing.T, r *Recognizer, photo image.Image, f face.Face, flip, clockwiseDeg float64) pose.Angles {
	t.Helper()
	m := imaging.FromImage(photo)
	s, c := math.Sincos(pose.Radians(clockwiseDeg))
	x, y := float64(m.Width-1)/2, float64(m.Height-1)/2
	back := imaging.Affine{{flip * c, flip * s, x - flip*(c*x+s*y)}, {-s, c, y + s*x - c*y}}
	there, err := back.Inverse()
	require.NoError(t, err)
	u, v := there.Apply(f.Box.Center())
	f.Box.X, f.Box.Y = u-f.Box.W/2, v-f.Box.H/2
	for i, p := range f.Landmarks {
		f.Landmarks[i][0], f.Landmarks[i][1] = there.Apply(p[0], p[1])
	}
	found, err := r.Look(t.Context(), m.Warp(back, m.Width, m.Height), f)
	require.NoError(t, err)
	return found[0].Pose.Angles
}
