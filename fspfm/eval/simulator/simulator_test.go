package simulator

import (
	"image"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose/viewstest"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// TestTurn goes from photos to a report: the turned photos are turned as far as the
// profiles are, to the same side, and nobody's profile is without a frontal photo.
func TestTurn(t *testing.T) {
	packtest.Pack(t, pack.Default)
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	dir := t.TempDir()
	viewstest.Write(t, dir, 3)
	set, err := views.Open(dir)
	require.NoError(t, err)
	models, err := crosspose.Open(t.Context(), engine)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, models.Close()) })
	faces, err := models.Measure(t.Context(), set, "", nil)
	require.NoError(t, err)
	r, err := fspfm.Open(t.Context(), fspfm.WithEngine(engine), fspfm.WithoutHead(), fspfm.WithCrops(decision.Mirrored))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	var guard sync.Mutex
	seen := 0
	trials, err := Turn(t.Context(), r, set, faces, Config{Seen: func(turned image.Image, frontal, profile string) {
		guard.Lock()
		defer guard.Unlock()
		seen++
		require.NotEqual(t, frontal, profile)
		require.False(t, turned.Bounds().Empty())
	}})
	require.NoError(t, err)
	require.Equal(t, 5, seen, "the first person's second profile shows no face")
	require.Len(t, trials.All, seen-trials.Missed)
	for _, x := range trials.All {
		require.Greater(t, x.Angles.Yaw*x.Turned.Yaw, 0.0)
	}
	report, err := trials.Report(t.Context(), eval.Bootstrap{Draws: 20})
	require.NoError(t, err)
	require.Equal(t, seen, report.Pictures+report.Missed)
	require.Less(t, math.Abs(report.YawDeg), 20.0)
	require.Greater(t, report.TurnedCosine, report.TurnedStranger)
	_, err = Turn(t.Context(), r, set, faces[1:], Config{})
	require.ErrorContains(t, err, "faces for")
}

// TestPerfect: profiles in the place of turned photos have no gap, no distance, and bring
// as much as they are.
func TestPerfect(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 1))
	unit := func() []float32 {
		v := make([]float32, 8)
		for k := range v {
			v[k] = float32(rng.NormFloat64())
		}
		return v
	}
	trials := &Trials{people: 40}
	for person := range 40 {
		a, b := unit(), unit()
		trials.gallery = append(trials.gallery, galleryFace{person, a})
		trials.All = append(trials.All, Trial{Person: person, FrontalFeature: a, Profile: b, TurnedFeature: b})
	}
	report, err := trials.Report(t.Context(), eval.Bootstrap{Draws: 20})
	require.NoError(t, err)
	require.Zero(t, report.Gap.Value)
	require.InDelta(t, 0, report.Mean, 1e-12)
	require.InDelta(t, 1, report.Angle, 1e-12)
	require.InDelta(t, 0, report.Frechet, 1e-6)
	require.InDelta(t, 1, report.Replaced.Value, 1e-12)
	require.Greater(t, report.Floor, 0.1)
}

// TestFrechet compares with two distributions worked out by hand.
func TestFrechet(t *testing.T) {
	a := normalOf([]float64{-1, 0, 1, 0, 0, -2, 0, 2}, 2) // variances 2/3 and 8/3
	b := normalOf([]float64{2, 0, 4, 0, 3, -1, 3, 1}, 2)  // 2/3 and 2/3, three to the right
	got, err := a.frechet(b)
	require.NoError(t, err)
	gap := math.Sqrt(8.0/3) - math.Sqrt(2.0/3)
	require.InDelta(t, math.Sqrt(9+gap*gap), got, 1e-9)
}
