package study

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// coarse is an extractor that needs no weights: the mean colors of 8x8 squares of the
// face, apart from their mean.
func coarse(_ context.Context, rgb []uint8) ([][]float32, error) {
	const side = 8
	var out [][]float32
	for at := 0; at < len(rgb); at += dataset.PixelLen {
		f, mean := make([]float32, 3*side*side), float32(0)
		for y := 28; y < 108; y++ {
			for x := 16; x < 96; x++ {
				for c := range 3 {
					v := float32(rgb[at+3*(y*dataset.Size+x)+c])
					f[3*((y-28)/10*side+(x-16)/10)+c] += v
					mean += v / float32(len(f))
				}
			}
		}
		for i := range f {
			f[i] -= mean
		}
		out = append(out, f)
	}
	return out, nil
}

// TestTurned makes the row of image rotation on a part of the benchmark: with the poses
// that landmarks show, faces that look aside are recognized better when they are turned
// to the front, even by their colors.
func TestTurned(t *testing.T) {
	ctx := t.Context()
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	defer engine.Finalize()
	set, err := posesimv.New(posesimv.Config{People: 20, Shots: 2})
	require.NoError(t, err)
	test := &Test{Buckets: []posesimv.Bucket{posesimv.Frontal, "yaw-40-60"}, Probes: make([][]int, 2)}
	var pictures []int
	for i := range 12 * 14 {
		switch m := set.Image(i); {
		case m.Bucket == posesimv.Frontal && m.Shot == 0:
			test.Template = append(test.Template, len(pictures))
		case m.Bucket == posesimv.Frontal:
			test.Probes[0] = append(test.Probes[0], len(pictures))
		case m.Bucket == "yaw-40-60":
			test.Probes[1] = append(test.Probes[1], len(pictures))
		default:
			continue
		}
		pictures = append(pictures, i)
	}
	eyes := Networks{Dir: t.TempDir(), Extractor: "coarse", Extract: coarse}
	look := func(what string, from dataset.Source) *features.Set {
		part, err := dataset.Subset(from, pictures)
		require.NoError(t, err)
		f, err := eyes.look(ctx, what, part, nil)
		require.NoError(t, err)
		return f
	}
	test.Features = look("as they are", set)
	bench := &Bench{Engine: engine, Test: test, Seeds: []uint64{42}, Bootstrap: eval.Bootstrap{Draws: 20}}
	_, err = ScoreMethod(ctx, bench, ImageRotation(), nil)
	require.ErrorContains(t, err, "no pictures that are turned")
	require.ErrorContains(t, eyes.Turn(ctx, set.Config(), test), "no pose estimator")
	test.Turned = look("turned", rendered.TurnedToFront(set, pose.PnP{}, turnedFromDeg))

	plain, err := ScoreMethod(ctx, bench, Baseline("none"), nil)
	require.NoError(t, err)
	row, err := ScoreMethod(ctx, bench, ImageRotation(), nil)
	require.NoError(t, err)
	for b, bucket := range test.Buckets {
		t.Logf("%s: area %.3f, turned %.3f", bucket, plain.Scores[b].AUC.Mean, row.Scores[b].AUC.Mean)
	}
	require.Greater(t, row.Scores[1].AUC.Mean, plain.Scores[1].AUC.Mean+0.05)
	alone := 0
	for _, i := range append(test.Template, test.Probes[0]...) {
		if d := test.Features.FeatureLen; slices.Equal(test.Features.Values[i*d:(i+1)*d], test.Turned.Values[i*d:(i+1)*d]) {
			alone++
		}
	}
	require.Greater(t, alone, 20, "of 24 faces from the front nearly all are left alone")
}

// TestFrontal turns heads to the front: what comes out looks more like the same head from
// the front than the picture did, and than what turning the other way makes of it.
func TestFrontal(t *testing.T) {
	set, err := posesimv.New(posesimv.Config{People: 20, Shots: 1})
	require.NoError(t, err)
	near, far, wrong := 0.0, 0.0, 0.0
	for i := range 3 * 7 {
		if b := set.Image(i).Bucket; b != "yaw-40-60" && b != "pitch-20-40" {
			continue
		}
		id, shot := set.Moment(i)
		front := shot
		front.Angles = pose.Angles{}
		picture, _ := sim.Render(id, front)
		want := imaging.FromImage(picture).Pix
		pix := func(s dataset.Source) []uint8 {
			sample, err := s.At(t.Context(), i)
			require.NoError(t, err)
			return sample.Pix
		}
		far += apart(t, pix(set), want)
		near += apart(t, pix(rendered.TurnedToFront(set, pose.PnP{}, turnedFromDeg)), want)
		wrong += apart(t, pix(rendered.TurnedToFront(set, mirror{}, turnedFromDeg)), want)
	}
	t.Logf("distance to the front: %.0f as it was, %.0f turned, %.0f turned away", far, near, wrong)
	require.Less(t, near, 0.75*far)
	require.Less(t, near, 0.75*wrong)
}

// mirror estimates poses the wrong way round.
type mirror struct{ pose.PnP }

func (m mirror) Estimate(ctx context.Context, s ...pose.Subject) ([]pose.Estimate, error) {
	out, err := m.PnP.Estimate(ctx, s...)
	for i := range out {
		out[i].Yaw, out[i].Pitch = -out[i].Yaw, -out[i].Pitch
	}
	return out, err
}

// apart is the distance of two faces' coarse features.
func apart(t *testing.T, a, b []uint8) float64 {
	t.Helper()
	f, err := coarse(t.Context(), append(slices.Clone(a), b...))
	require.NoError(t, err)
	sum := 0.0
	for i := range f[0] {
		sum += math.Pow(float64(f[0][i]-f[1][i])/100, 2)
	}
	return math.Sqrt(sum)
}
