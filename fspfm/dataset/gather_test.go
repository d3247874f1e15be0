package dataset

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// torn fails at one of its pictures.
type torn struct {
	Source
	bad int
}

func (c *torn) At(ctx context.Context, i int) (Sample, error) {
	if i == c.bad {
		return Sample{}, errors.New("no such photo")
	}
	return c.Source.At(ctx, i)
}

// TestGather: a gathered set has the faces, labels and names of the set that it was made
// of; an error of the set, and the end of the context, are its own.
func TestGather(t *testing.T) {
	samples := make([]Sample, 37)
	for i := range samples {
		samples[i] = Sample{Label: Label{Identity: i / 10, Key: string(rune('a' + i))}, Pix: make([]uint8, PixelLen)}
		samples[i].Pix[i] = uint8(i)
	}
	set, err := NewMemory(samples, []string{"w", "x", "y", "z"})
	require.NoError(t, err)
	done := 0
	got, err := Gather(t.Context(), &torn{Source: set, bad: -1}, func(n, all int) {
		require.Greater(t, n, done)
		require.Equal(t, 37, all)
		done = n
	})
	require.NoError(t, err)
	require.Equal(t, 37, done)
	require.Equal(t, Fingerprint(set), Fingerprint(got))
	require.Equal(t, "z", got.IdentityName(3))
	for i := range samples {
		s, err := got.At(t.Context(), i)
		require.NoError(t, err)
		require.Equal(t, samples[i].Label, s.Label)
		require.Equal(t, samples[i].Pix, s.Pix)
	}
	_, err = Gather(t.Context(), &torn{Source: set, bad: 20}, nil)
	require.ErrorContains(t, err, "no such photo")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Gather(ctx, set, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// TestGatherSkipping: a face that cannot be read is left out, named, and counted.
func TestGatherSkipping(t *testing.T) {
	samples := make([]Sample, 37)
	for i := range samples {
		samples[i] = Sample{Label: Label{Identity: i / 10, Key: string(rune('a' + i))}, Pix: make([]uint8, PixelLen)}
	}
	set, err := NewMemory(samples, []string{"w", "x", "y", "z"})
	require.NoError(t, err)
	for _, bad := range []int{0, 15, 36} {
		skips := &Skips{Limit: 1}
		got, err := GatherSkipping(t.Context(), &torn{Source: set, bad: bad}, skips, nil)
		require.NoError(t, err)
		require.Equal(t, 36, got.Len())
		require.Equal(t, 1, skips.Len())
		for i := range got.Len() {
			s, err := got.At(t.Context(), i)
			require.NoError(t, err)
			require.NotEqual(t, samples[bad].Label.Key, s.Label.Key)
		}
	}
}
