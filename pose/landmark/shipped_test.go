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

// TestShipped finds the points of renders of people who are in no training, from boxes
// that are off by a tenth, with the weights that ship.
func TestShipped(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "fspfm", "pack", "shipped", "landmark-light.safetensors"))
	require.NoError(t, err)
	require.Less(t, len(data), 1_000_000)
	r, err := Open(engine(t), data, Config{})
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
