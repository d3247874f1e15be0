package eval

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func discards() Discards {
	var d Discards
	d.Add(true, 1, 0.1)
	d.Add(false, 1, 0.9)
	d.Add(true, 2, 0.2)
	d.Add(false, 2, 0.8)
	return d
}

// TestDiscard_byHand has two errors in four comparisons, both at the lowest qualities.
func TestDiscard_byHand(t *testing.T) {
	got, err := Bootstrap{Draws: 10}.Discard(t.Context(), discards(), 0, 0.25, 0.5, 0.75)
	require.NoError(t, err)
	for k, want := range []float64{0.5, 1.0 / 3, 0, 0} {
		require.InDelta(t, want, got[k].Value, 1e-12, "share %d", k)
		require.Len(t, got[k].Draws, 10)
	}
	// Half of a comparison can be discarded: 2 - 0.5 errors stay in 3.5.
	got, err = Bootstrap{Draws: 2}.Discard(t.Context(), discards(), 0.125)
	require.NoError(t, err)
	require.InDelta(t, 1.5/3.5, got[0].Value, 1e-12)
}

func TestDiscard_ties(t *testing.T) {
	d := discards()
	for i := range d.Quality {
		d.Quality[i] = 1
	}
	got, err := Bootstrap{Draws: 4}.Discard(t.Context(), d, 0, 0.3, 0.6)
	require.NoError(t, err)
	for _, r := range got {
		require.InDelta(t, 0.5, r.Value, 1e-12, "a quality that says nothing discards nothing in particular")
	}
}

func TestDiscard_pairs(t *testing.T) {
	good, bad := discards(), discards()
	for i := range bad.Quality {
		bad.Quality[i] = -bad.Quality[i]
	}
	a, err := Bootstrap{Draws: 50}.Discard(t.Context(), good, 0.25)
	require.NoError(t, err)
	b, err := Bootstrap{Draws: 50}.Discard(t.Context(), bad, 0.25)
	require.NoError(t, err)
	gap, err := a[0].Minus(b[0])
	require.NoError(t, err)
	require.InDelta(t, 1.0/3-2.0/3, gap.Value, 1e-12)
	for _, v := range gap.Draws {
		require.Negative(t, v)
	}
	bad.Missed[0] = false
	c, err := Bootstrap{Draws: 50}.Discard(t.Context(), bad, 0.25)
	require.NoError(t, err)
	_, err = a[0].Minus(c[0])
	require.ErrorIs(t, err, ErrPairs, "other comparisons")
}

func TestDiscard_errors(t *testing.T) {
	b := Bootstrap{Draws: 2}
	_, err := b.Discard(t.Context(), Discards{}, 0.1)
	require.ErrorIs(t, err, ErrDiscard)
	d := discards()
	_, err = b.Discard(t.Context(), d, 1)
	require.ErrorIs(t, err, ErrDiscard)
	d.Quality[2] = math.NaN()
	_, err = b.Discard(t.Context(), d, 0.1)
	require.ErrorIs(t, err, ErrDiscard)
	d = discards()
	d.People = []int{1, 1, 1, 1}
	_, err = b.Discard(t.Context(), d, 0.1)
	require.ErrorIs(t, err, ErrPeople)
}
