package sim_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// The labels' landmarks and angles are in one frame: PnP, which knows only landmarks, finds the angles again.
func TestLabelsAgreeWithPnP(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 0))
	sum, n := 0.0, 0
	for seed := range uint64(12) {
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

func BenchmarkRender(b *testing.B) {
	id := sim.NewIdentity(1)
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		sim.Render(id, sim.RandomShot(r, pose.FromDeg(180*r.Float64()-90, 0, 0)))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

func BenchmarkIdentity(b *testing.B) {
	sim.NewIdentity(0)
	seed := uint64(0)
	for b.Loop() {
		seed++
		sim.NewIdentity(seed)
	}
}
