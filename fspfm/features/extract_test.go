package features

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// TestMakeSkips leaves out faces that cannot be read, in the mirrored half too, and puts
// no other in their place.
func TestMakeSkips(t *testing.T) {
	var samples []dataset.Sample
	var want []float32
	for i := range 70 { // more than two batches
		s := dataset.Sample{Label: dataset.Label{Identity: i / 10}, Pix: make([]uint8, dataset.PixelLen)}
		for k := range s.Pix {
			s.Pix[k] = uint8(i)
		}
		if i%31 == 5 {
			s.Pix = s.Pix[:7]
		} else {
			want = append(want, float32(i))
		}
		samples = append(samples, s)
	}
	source, err := dataset.NewMemory(samples, nil)
	require.NoError(t, err)
	first := func(_ context.Context, rgb []uint8) (out [][]float32, err error) {
		for ; len(rgb) > 0; rgb = rgb[dataset.PixelLen:] {
			out = append(out, []float32{float32(rgb[0])})
		}
		return out, nil
	}
	skips := &dataset.Skips{Limit: 3, Log: slog.New(slog.DiscardHandler)}
	got, err := Make(t.Context(), source, first, Config{Mirror: true, Skips: skips})
	require.NoError(t, err)
	require.Equal(t, append(want, want...), got.Values)
	for i, id := range got.Identities {
		require.Equal(t, int(got.Values[i])/10, id)
	}
	_, err = Make(t.Context(), source, first, Config{})
	require.ErrorIs(t, err, dataset.ErrSize)
}
