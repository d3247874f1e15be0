package landmark

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// shipped is a file of weights that ship.
func shipped(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "fspfm", "pack", "shipped", name))
	require.NoError(t, err)
	require.Less(t, len(data), 1_000_000)
	return data
}

// TestShipped finds the points of renders of people who are in no training, from boxes
// that are off by a tenth, with the weights that ship.
func TestShipped(t *testing.T) {
	r, err := Open(engine(t), shipped(t, "landmark-light.safetensors"), Config{})
	require.NoError(t, err)
	defer r.Close()
	rng := rand.New(rand.NewPCG(42, 0))
	var off []float64
	for i := range 30 {
		yaw := float64(i%10)*20 - 90
		shot := sim.RandomShot(rng, pose.FromDeg(yaw, 0, 0))
		shot.Camera.Wide, shot.Camera.Width, shot.Camera.Height = true, 160, 160
		shot.Occluders = sim.Occluders{}
		photo, label := sim.Render(sim.NewIdentity(uint64(900+i)), shot)
		side := max(label.Box.Dx(), label.Box.Dy())
		label.Box.MinX += 0.1 * side
		label.Box.MaxX += 0.1 * side
		got, err := r.Refine(context.Background(), pose.Subject{Photo: photo, Box: label.Box})
		require.NoError(t, err)
		for k, p := range label.Landmarks {
			off = append(off, 100*math.Hypot(got[0].Head[k][0]-p[0], got[0].Head[k][1]-p[1])/side)
		}
	}
	slices.Sort(off)
	t.Logf("percent of the box: median %.2f, 95 of 100 within %.2f", off[len(off)/2], off[len(off)*95/100])
	require.Less(t, off[len(off)/2], 2.5)
	require.Less(t, off[len(off)*95/100], 10.0)
}

// TestShippedReader reads turned renders of people who are in no training, whose heads are
// tilted, from boxes that are off: near to where the heads' points would lie for YuNet, and
// less sure of a box that lies beside the face.
func TestShippedReader(t *testing.T) {
	r, err := OpenReader(engine(t), shipped(t, "landmark-reader.safetensors"))
	require.NoError(t, err)
	defer r.Close()
	rng := rand.New(rand.NewPCG(42, 1))
	var off []float64
	surer := 0
	const heads = 30
	for i := range heads {
		angles := pose.FromDeg(float64(i%2*2-1)*float64(30+2*i%50), 0, float64(i%5*15-30))
		shot := sim.RandomShot(rng, angles)
		shot.Camera.Wide, shot.Camera.Width, shot.Camera.Height = true, 200, 200
		shot.Occluders = sim.Occluders{}
		photo, label := sim.Render(sim.NewIdentity(uint64(930+i)), shot)
		side := max(label.Box.Dx(), label.Box.Dy())
		moved := func(by float64) pose.Subject {
			b := label.Box
			b.MinX, b.MaxX = b.MinX+by*side, b.MaxX+by*side
			return pose.Subject{Photo: photo, Box: b}
		}
		got, err := r.Read(context.Background(), moved(0.05), angles.Roll)
		require.NoError(t, err)
		for k, p := range likeDetector(label.Landmarks) {
			off = append(off, 100*math.Hypot(got.Landmarks[k][0]-p[0], got.Landmarks[k][1]-p[1])/side)
		}
		beside, err := r.Read(context.Background(), moved(0.8), angles.Roll)
		require.NoError(t, err)
		if got.Doubt() < beside.Doubt() {
			surer++
		}
	}
	slices.Sort(off)
	t.Logf("percent of the box: median %.2f, 95 of 100 within %.2f; surer of the right box %d times of %d", off[len(off)/2], off[len(off)*95/100], surer, heads)
	require.Less(t, off[len(off)/2], 3.5)
	require.Less(t, off[len(off)*95/100], 12.0)
	require.Greater(t, surer, heads*8/10)
}
