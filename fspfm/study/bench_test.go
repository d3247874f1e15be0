package study

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/features"
)

// TestEyesKeepNetworksApart: another pose network has the pictures looked at by itself
// alone, another extractor by itself alone, and errors of alignment concern the extractor
// alone.
func TestEyesKeepNetworksApart(t *testing.T) {
	samples := make([]dataset.Sample, 5)
	for i := range samples {
		samples[i] = dataset.Sample{Label: dataset.Label{Identity: i / 2, Key: string(rune('a' + i))}, Pix: make([]uint8, dataset.PixelLen)}
		samples[i].Pix[0] = uint8(10 * i)
	}
	set, err := dataset.NewMemory(samples, []string{"x", "y", "z"})
	require.NoError(t, err)
	looked := map[string]int{}
	network := func(name string, times float32) features.Extract {
		return func(_ context.Context, rgb []uint8) ([][]float32, error) {
			looked[name]++
			out := make([][]float32, len(rgb)/dataset.PixelLen)
			for i := range out {
				out[i] = []float32{times * float32(rgb[i*dataset.PixelLen])}
			}
			return out, nil
		}
	}
	eyes := Networks{Dir: t.TempDir(), Extractor: "e1", PoseNet: "p1", Extract: network("e1", 1), Pose: network("p1", 2)}
	look := func(e Networks) *features.Set {
		f, err := e.look(t.Context(), "five faces", set, set)
		require.NoError(t, err)
		return f
	}
	first := look(eyes)
	require.Equal(t, []float32{0, 10, 20, 30, 40}, first.Values)
	require.Equal(t, []float32{0, 20, 40, 60, 80}, first.Poses)
	require.Equal(t, first, look(eyes))
	require.Equal(t, map[string]int{"e1": 1, "p1": 1}, looked)

	other := eyes
	other.PoseNet, other.Pose = "p2", network("p2", 3)
	require.Equal(t, []float32{0, 30, 60, 90, 120}, look(other).Poses)
	other.Extractor, other.Extract = "e2", network("e2", 4)
	require.Equal(t, []float32{0, 40, 80, 120, 160}, look(other).Values)
	require.Equal(t, map[string]int{"e1": 1, "p1": 1, "e2": 1, "p2": 1}, looked)

	other.Misaligned = 1
	look(other)
	require.Equal(t, map[string]int{"e1": 1, "p1": 1, "e2": 2, "p2": 1}, looked)

	faces, err := eyes.look(t.Context(), "five faces", set, nil)
	require.NoError(t, err)
	require.Empty(t, faces.Poses)
}
