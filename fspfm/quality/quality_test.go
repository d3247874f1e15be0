package quality

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// portrait renders somebody with the surroundings of the head, and says where the face is.
func portrait(t testing.TB, change func(*sim.Shot)) (image.Image, face.Face, pose.Angles) {
	t.Helper()
	shot := sim.Shot{Camera: sim.Camera{Wide: true, Head: 0.6, Width: 320, Height: 320}, Seed: 42}
	if change != nil {
		change(&shot)
	}
	photo, label := sim.Render(sim.NewIdentity(4001), shot)
	f := face.At(label.Box, label.Landmarks)
	f.Score = 0.95
	return photo, f, label.Angles
}

func assess(t testing.TB, photo image.Image, f face.Face, angles pose.Angles, o Options) Assessment {
	t.Helper()
	a, err := Assess(photo, f, angles, o)
	require.NoError(t, err)
	require.GreaterOrEqual(t, a.Score, 0.0)
	require.LessOrEqual(t, a.Score, 1.0)
	return a
}

func TestAssess_good(t *testing.T) {
	photo, f, angles := portrait(t, nil)
	a := assess(t, photo, f, angles, Options{})
	require.Empty(t, a.Reasons)
	require.InDelta(t, math.Sqrt(f.Box.W*f.Box.H), a.Side, 1e-9)
	require.Zero(t, a.Outside)
}

// TestAssess_reasons gives a face each fault, which has to be the only reason, and to cost
// some of the score, or at least to gain none.
func TestAssess_reasons(t *testing.T) {
	whole, good, front := portrait(t, nil)
	best := assess(t, whole, good, front, Options{}).Score
	for _, c := range []struct {
		reason Reason
		shot   func(*sim.Shot)
		photo  func(image.Image, face.Face) (image.Image, face.Face)
		o      Options
	}{
		{reason: TooSmall, shot: func(s *sim.Shot) { s.Camera.Width, s.Camera.Height = 44, 44 }},
		{reason: Blurred, photo: blurred},
		{reason: TooDark, photo: func(m image.Image, f face.Face) (image.Image, face.Face) { return scaled(m, 0.12), f }},
		{reason: TooBright, photo: func(m image.Image, f face.Face) (image.Image, face.Face) { return scaled(m, 4), f }},
		{reason: TurnedFar, shot: func(s *sim.Shot) { s.Angles = pose.FromDeg(-85, 0, 0) }},
		{reason: TurnedFar, shot: func(s *sim.Shot) { s.Angles = pose.FromDeg(0, 55, 0) }},
		{reason: CutOff, photo: cut},
		{reason: Landmarks, o: Options{Doubt: "landmarks and pose network disagree"}},
		{reason: Several, o: Options{Several: true}},
	} {
		photo, f, angles := portrait(t, c.shot)
		if c.photo != nil {
			photo, f = c.photo(photo, f)
		}
		a := assess(t, photo, f, angles, c.o)
		require.True(t, a.Has(c.reason), "%s: %v, %+v", c.reason, a.Reasons, a.Measures)
		if c.reason != TooSmall { // small faces are blurred as well
			require.Equal(t, []Reason{c.reason}, a.Reasons, "%+v", a.Measures)
		}
		require.LessOrEqual(t, a.Score, best, c.reason)
	}
}

// blurred is a photo out of focus.
func blurred(m image.Image, f face.Face) (image.Image, face.Face) {
	const r = 7
	b := m.Bounds()
	out := image.NewRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			var sum [3]int
			n := 0
			for dy := -r; dy <= r; dy++ {
				for dx := -r; dx <= r; dx++ {
					if p := image.Pt(x+dx, y+dy); p.In(b) {
						cr, cg, cb, _ := m.At(p.X, p.Y).RGBA()
						sum[0], sum[1], sum[2], n = sum[0]+int(cr>>8), sum[1]+int(cg>>8), sum[2]+int(cb>>8), n+1
					}
				}
			}
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return out, f
}

// scaled multiplies a photo's light.
func scaled(m image.Image, by float64) image.Image {
	b := m.Bounds()
	out := image.NewRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, c, _ := m.At(x, y).RGBA()
			light := func(v uint32) uint8 { return uint8(min(255, by*float64(v>>8))) }
			out.SetRGBA(x, y, color.RGBA{light(r), light(g), light(c), 255})
		}
	}
	return out
}

// cut is a photo whose left edge goes through the face.
func cut(m image.Image, f face.Face) (image.Image, face.Face) {
	at := int(f.Box.X + 0.35*f.Box.W)
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()-at, b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() - at {
			out.Set(x, y, m.At(b.Min.X+at+x, b.Min.Y+y))
		}
	}
	f.Box.X -= float64(at)
	for i := range f.Landmarks {
		f.Landmarks[i][0] -= float64(at)
	}
	return out, f
}

// TestAssess_sharper holds that less blur is never less sharp, and that light does not
// matter to it.
func TestAssess_sharper(t *testing.T) {
	photo, f, angles := portrait(t, nil)
	sharp := assess(t, photo, f, angles, Options{})
	dim := assess(t, scaled(photo, 0.5), f, angles, Options{})
	require.InDelta(t, sharp.Sharpness, dim.Sharpness, 0.03)
	before := sharp.Sharpness
	for _, blur := range []float64{1, 2, 4} {
		photo, f, angles := portrait(t, func(s *sim.Shot) { s.Quality.Blur = blur })
		a := assess(t, photo, f, angles, Options{})
		require.Less(t, a.Sharpness, before, "blur %g", blur)
		before = a.Sharpness
	}
	moved, f, angles := portrait(t, func(s *sim.Shot) { s.Quality.Motion = 15 })
	require.Less(t, assess(t, moved, f, angles, Options{}).Sharpness, sharp.Sharpness)
}

// TestScore_property holds that no measure that gets worse makes a score better, and that
// scores stay between 0 and 1.
func TestScore_property(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 0))
	w := Weights{1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 1, 0.5}
	for range 2000 {
		m := Measures{Side: 200 * rng.Float64(), Sharpness: rng.Float64(), Highlight: rng.Float64(), Clipped: rng.Float64(), Contrast: 0.6 * rng.Float64(),
			YawDeg: 100 * rng.Float64(), PitchDeg: 90 * rng.Float64(), Outside: rng.Float64(), Misfit: 3 * rng.Float64(), Spread: 0.2 * rng.Float64(), Detector: rng.Float64()}
		score := m.Score(w, false)
		require.GreaterOrEqual(t, score, 0.0)
		require.LessOrEqual(t, score, 1.0)
		worse := m
		by := rng.Float64()
		switch rng.IntN(6) {
		case 0:
			worse.Side *= by
		case 1:
			worse.Sharpness *= by
		case 2:
			worse.Detector *= by
		case 3:
			worse.YawDeg += 30 * by
		case 4:
			worse.Outside += by
		default:
			worse.Spread += by
		}
		require.LessOrEqual(t, worse.Score(w, false), score)
		require.LessOrEqual(t, m.Score(w, true), score)
	}
}

func TestAssess_errors(t *testing.T) {
	photo, f, angles := portrait(t, nil)
	_, err := Assess(image.NewRGBA(image.Rectangle{}), f, angles, Options{})
	require.ErrorIs(t, err, face.ErrNoPixels)
	flat := f
	flat.Box.W = 0
	_, err = Assess(photo, flat, angles, Options{})
	require.ErrorIs(t, err, ErrFace)
	nowhere := f
	nowhere.Box.X = math.NaN()
	_, err = Assess(photo, nowhere, angles, Options{})
	require.ErrorIs(t, err, ErrFace)
	_, err = Assess(photo, f, pose.Angles{Yaw: math.Inf(1)}, Options{})
	require.ErrorIs(t, err, ErrFace)
	for _, l := range []Limits{{MinSide: -1}, {MaxYawDeg: math.NaN()}, {MaxMisfit: math.Inf(1)}} {
		_, err = Assess(photo, f, angles, Options{Limits: l})
		require.ErrorIs(t, err, ErrLimits)
	}
	same := f
	for i := range same.Landmarks {
		same.Landmarks[i] = [2]float64{5, 5}
	}
	_, err = Assess(photo, same, angles, Options{})
	require.Error(t, err)
	none := f
	none.Landmarks = [5][2]float64{}
	a := assess(t, photo, none, angles, Options{})
	require.Zero(t, a.Misfit, "a face without landmarks is judged by its box")
}

// TestAssess_limits holds that a limit of the caller's takes the place of the default.
func TestAssess_limits(t *testing.T) {
	photo, f, angles := portrait(t, nil)
	a := assess(t, photo, f, angles, Options{Limits: Limits{MinSide: 1000}})
	require.Equal(t, []Reason{TooSmall}, a.Reasons)
}
