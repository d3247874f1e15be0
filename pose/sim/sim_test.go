package sim_test

import (
	"crypto/sha256"
	"encoding/hex"
	"image"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// The labels' landmarks and angles are in one frame: PnP, which knows only landmarks,
// finds the angles again.
func TestLabelsAgreeWithPnP(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 0))
	sum, n := 0.0, 0
	for seed := range uint64(8) {
		id := sim.NewIdentity(seed)
		for range 5 {
			a := pose.FromDeg(160*r.Float64()-80, 50*r.Float64()-25, 50*r.Float64()-25)
			shot := sim.Shot{Angles: a, Camera: sim.Camera{Wide: true, Distance: 2000}}
			_, label := sim.Render(id, shot)
			fit, err := pose.PnP{Distance: 2000}.Fit(label.Landmarks)
			require.NoError(t, err)
			sum += pose.Geodesic(fit.Angles, a)
			n++
			m := a.Matrix()
			for i := range 3 {
				for j := range 3 {
					require.Equal(t, m.At(i, j), label.Rotation[i][j])
				}
			}
		}
	}
	mean := pose.Degrees(sum / float64(n))
	t.Logf("mean geodesic error of PnP: %.1f degrees", mean)
	require.Less(t, mean, 6.0)
}

// Aligned pictures have their landmarks near ArcFace's template.
func TestAlignment(t *testing.T) {
	_, label := sim.Render(sim.NewIdentity(1), sim.Shot{})
	template := pose.Landmarks{{38.7946, 52.1963}, {74.0318, 52.0014}, {56.5252, 72.2366}, {42.0493, 92.8655}, {71.2299, 92.7041}}
	for k, p := range template {
		require.Less(t, math.Hypot(p[0]-label.Landmarks[k][0], p[1]-label.Landmarks[k][1]), 6.0)
		require.True(t, label.Visible[k])
	}
	_, label = sim.Render(sim.NewIdentity(1), sim.Shot{Angles: pose.FromDeg(85, 0, 0)})
	require.True(t, label.Visible[2])
}

func TestRenderIsAFunction(t *testing.T) {
	shot := sim.RandomShot(rand.New(rand.NewPCG(1, 2)), pose.FromDeg(30, 10, -5))
	a, la := sim.Render(sim.NewIdentity(7), shot)
	sim.Render(sim.NewIdentity(8), sim.Shot{Camera: sim.Camera{Wide: true}})
	b, lb := sim.Render(sim.NewIdentity(7), shot)
	require.Equal(t, a.Pix, b.Pix)
	require.Equal(t, la, lb)
	c, _ := sim.Render(sim.NewIdentity(8), shot)
	require.NotEqual(t, a.Pix, c.Pix)
}

func TestNear(t *testing.T) {
	id := sim.NewIdentity(3)
	same, _ := sim.Render(id.Near(9, 0), sim.Shot{})
	img, _ := sim.Render(id, sim.Shot{})
	require.Equal(t, img.Pix, same.Pix)
	other, _ := sim.Render(id.Near(9, 0.2), sim.Shot{})
	require.NotEqual(t, img.Pix, other.Pix)
}

// Angles turn the picture the way that package pose says.
func TestFrame(t *testing.T) {
	id := sim.NewIdentity(4)
	at := func(yaw, pitch, roll float64) pose.Landmarks {
		_, label := sim.Render(id, sim.Shot{Angles: pose.FromDeg(yaw, pitch, roll), Camera: sim.Camera{Wide: true}})
		return label.Landmarks
	}
	front := at(0, 0, 0)
	require.Less(t, front[0][0], front[1][0], "the first eye is on the image's left")
	require.Less(t, at(40, 0, 0)[2][0], front[2][0]-5, "yaw: the nose goes to the image's left")
	require.Less(t, at(0, 30, 0)[2][1], front[2][1]-5, "pitch: the nose goes up")
	rolled := at(0, 0, 20)
	require.Greater(t, rolled[1][1], rolled[0][1]+5, "roll: clockwise, the eye on the right goes down")
}

// What cannot be seen is not visible: the far side of a profile, and what is covered.
func TestVisible(t *testing.T) {
	hidden := map[string]int{}
	const people = 4
	for seed := range uint64(people) {
		id := sim.NewIdentity(seed + 40)
		count := func(name string, s sim.Shot, landmarks ...int) {
			_, label := sim.Render(id, s)
			for _, k := range landmarks {
				if !label.Visible[k] {
					hidden[name]++
				}
			}
		}
		count("far eye", sim.Shot{Angles: pose.FromDeg(80, 0, 0)}, 0)
		count("near eye", sim.Shot{Angles: pose.FromDeg(60, 0, 0)}, 1)
		count("front", sim.Shot{}, 0, 1, 2, 3, 4)
		count("mask", sim.Shot{Occluders: sim.Occluders{Mask: true}}, 2, 3, 4)
		count("above mask", sim.Shot{Occluders: sim.Occluders{Mask: true}}, 0, 1)
		count("glasses", sim.Shot{Occluders: sim.Occluders{Glasses: true}}, 0, 1)
		count("sunglasses", sim.Shot{Occluders: sim.Occluders{Sunglasses: true}}, 0, 1)
		count("from behind", sim.Shot{Angles: pose.Angles{Yaw: math.Pi}, Camera: sim.Camera{Wide: true}}, 0, 1, 2)
	}
	require.Equal(t, people, hidden["far eye"])
	require.Zero(t, hidden["near eye"])
	require.LessOrEqual(t, hidden["front"], 1)
	require.GreaterOrEqual(t, hidden["mask"], 3*people-2)
	require.LessOrEqual(t, hidden["above mask"], 1)
	require.LessOrEqual(t, hidden["glasses"], 1)
	require.GreaterOrEqual(t, hidden["sunglasses"], 2*people-1)
	require.Equal(t, 3*people, hidden["from behind"])
}

// The box holds the landmarks of a frontal face, and is about as large as a face.
func TestBox(t *testing.T) {
	for seed := range uint64(10) {
		_, label := sim.Render(sim.NewIdentity(seed), sim.Shot{Camera: sim.Camera{Wide: true, Height: 300}})
		b := label.Box
		for _, p := range label.Landmarks {
			require.True(t, p[0] > b.MinX && p[0] < b.MaxX && p[1] > b.MinY && p[1] < b.MaxY)
		}
		eyes := label.Landmarks[1][0] - label.Landmarks[0][0]
		require.InDelta(t, 2.1, b.Dx()/eyes, 0.6)
		require.Greater(t, b.Dy(), b.Dx())
	}
}

// Many goroutines draw what one draws.
func TestGoroutines(t *testing.T) {
	const n = 12
	draw := func(k int) []uint8 {
		r := rand.New(rand.NewPCG(uint64(k), 3))
		img, _ := sim.Render(sim.NewIdentity(uint64(k/3)), sim.RandomShot(r, pose.FromDeg(float64(10*k-50), 0, 0)))
		return img.Pix
	}
	var got [n][]uint8
	var wg sync.WaitGroup
	for k := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			got[k] = draw(k)
		}()
	}
	wg.Wait()
	for k := range n {
		require.Equal(t, draw(k), got[k])
	}
}

// renderSHA256 is the hash of twelve pictures, each of other things. It changes with
// every change of how heads look, and then every data set does: state it in CARD.md.
const renderSHA256 = "925223cfec9885ee833bcade945861eb5151e606a0f1c6f839e8caf5b750deba"

func TestBits(t *testing.T) {
	h := sha256.New()
	for k := range 12 {
		r := rand.New(rand.NewPCG(uint64(k), 4))
		s := sim.RandomShot(r, pose.FromDeg(float64(15*k-90), float64(5*k-30), float64(20-3*k)))
		s.Quality.JPEG = 0 // the standard library's encoder may change
		s.Background.Kind = sim.BackgroundKind(k % 6)
		s.Occluders = []sim.Occluders{{}, {Glasses: true}, {Sunglasses: true}, {Hat: sim.Beanie}, {Hat: sim.Cap}, {Hat: sim.Brimmed}, {Mask: true}, {Scarf: true}, {}, {}, {}, {}}[k]
		s.Camera.Wide = k%4 == 3
		img, _ := sim.Render(sim.NewIdentity(uint64(k)).Near(uint64(k), 0.3), s)
		h.Write(img.Pix)
	}
	require.Equal(t, renderSHA256, hex.EncodeToString(h.Sum(nil)))
}

// Whether faces are covered changes nothing else of a shot.
func TestConditionsAreIndependent(t *testing.T) {
	draw := func(c sim.Conditions) sim.Shot { return c.Shot(rand.New(rand.NewPCG(9, 9)), pose.Angles{}) }
	a, b := sim.Everyday(), sim.Everyday()
	a.Occluded, b.Occluded = 0, 1
	x, y := draw(a), draw(b)
	require.Zero(t, x.Occluders)
	require.NotZero(t, y.Occluders)
	x.Occluders = y.Occluders
	require.Equal(t, x, y)
	b = a
	b.Worse = 0
	z := draw(b)
	require.Equal(t, x.Light, z.Light)
	require.Zero(t, z.Quality.Blur+z.Quality.Noise+z.Quality.Motion+float64(z.Quality.JPEG))
	zero := draw(sim.Conditions{})
	require.Equal(t, sim.Expression{}, zero.Expression)
	require.Zero(t, zero.Camera.Zoom)
}

// Every style is worn by somebody, and sizes are what is asked for.
func TestHairStyles(t *testing.T) {
	all := map[string]bool{}
	for _, s := range sim.HairStyles() {
		all[s] = true
	}
	require.Len(t, all, 14)
	seen := map[string]bool{}
	for seed := range uint64(80) {
		s := sim.NewIdentity(seed).HairStyle()
		require.True(t, all[s])
		seen[s] = true
	}
	require.GreaterOrEqual(t, len(seen), 9)
}

func TestSizes(t *testing.T) {
	id := sim.NewIdentity(1)
	for _, c := range []struct {
		camera sim.Camera
		w, h   int
	}{
		{sim.Camera{}, 112, 112},
		{sim.Camera{Width: 224}, 224, 224},
		{sim.Camera{Wide: true}, 256, 256},
		{sim.Camera{Wide: true, Width: 101, Height: 77}, 101, 77},
		{sim.Camera{Wide: true, Height: 64}, 64, 64},
		{sim.Camera{Wide: true, Width: 1, Height: 1}, 1, 1},
	} {
		img, _ := sim.Render(id, sim.Shot{Camera: c.camera, Quality: sim.Quality{Blur: 1, Reduce: 2, JPEG: 50}, Background: sim.Background{Kind: sim.Lights, Blur: 1}})
		require.Equal(t, image.Rect(0, 0, c.w, c.h), img.Rect)
	}
}

func BenchmarkRender(b *testing.B) {
	id := sim.NewIdentity(1)
	for name, c := range map[string]sim.Conditions{"plain": {}, "everyday": sim.Everyday()} {
		b.Run(name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				sim.Render(id, c.Shot(r, pose.FromDeg(180*r.Float64()-90, 0, 0)))
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

func BenchmarkIdentity(b *testing.B) {
	sim.NewIdentity(0)
	seed := uint64(0)
	for b.Loop() {
		seed++
		sim.NewIdentity(seed)
	}
}
