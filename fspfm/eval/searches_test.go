package eval

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSearches has five searches, counted by hand.
func TestSearches(t *testing.T) {
	s := Searches{
		{Person: 1, Own: 0.9, Others: 0.3},
		{Person: 1, Own: 0.4, Others: 0.5}, // somebody else is nearer
		{Person: 2, Own: 0.6, Others: 0.2},
		{Person: 3, Own: 0.25, Others: 0.1},
		{Person: 4, Own: 0.7, Others: 0.7}, // as near as somebody else: not found
	}
	require.InDelta(t, 3.0/5, Rank1(s, nil), 1e-12)
	require.InDelta(t, 2.0/5, FPIR(s, nil, 0.5), 1e-12)
	require.InDelta(t, 2.0/5, TPIR(s, nil, 0.5), 1e-12)
	for fpir, want := range map[float64]float64{
		0:    1.0 / 5, // above 0.7
		0.19: 1.0 / 5,
		0.2:  2.0 / 5, // above 0.5
		0.4:  2.0 / 5, // above 0.3
		0.6:  3.0 / 5, // above 0.2
		1:    3.0 / 5,
	} {
		require.InDelta(t, want, TPIRAt(fpir)(s, nil), 1e-12, "FPIR %g", fpir)
	}
	weights := []float64{0, 0, 2, 2, 1}
	require.InDelta(t, 4.0/5, Rank1(s, weights), 1e-12)
	require.InDelta(t, 1.0/5, FPIR(s, weights, 0.5), 1e-12)
	require.InDelta(t, 4.0/5, TPIRAt(0.2)(s, weights), 1e-12)
}

// TestTPIRAgainstDefinition tries every score as a threshold.
func TestTPIRAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 1))
	for range 300 {
		var s Searches
		var weights []float64
		for range 1 + r.IntN(30) {
			s = append(s, Search{Own: float64(r.IntN(12)), Others: float64(r.IntN(12))})
			weights = append(weights, float64(r.IntN(3)))
		}
		weights[0] = 1
		fpir := r.Float64()
		best := 0.0
		for at := -1.0; at < 14; at += 0.5 {
			if FPIR(s, weights, at) <= fpir {
				best = max(best, TPIR(s, weights, at))
			}
		}
		require.InDelta(t, best, TPIRAt(fpir)(s, weights), 1e-12)
	}
}

func TestBootstrapSearches(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 2))
	var s Searches
	for p := range 200 {
		for range 3 {
			s = append(s, Search{Person: p, Own: r.NormFloat64() + 1, Others: r.NormFloat64()})
		}
	}
	got, err := Bootstrap{Draws: 300}.Searches(t.Context(), s, Rank1, TPIRAt(0.1))
	require.NoError(t, err)
	for k, figure := range []SearchStatistic{Rank1, TPIRAt(0.1)} {
		require.Equal(t, figure(s, nil), got[k].Value)
		require.Less(t, got[k].Low, got[k].Value)
		require.Greater(t, got[k].High, got[k].Value)
	}
	// The spread of a share of 600 searches that do not depend on each other.
	spread := math.Sqrt(got[0].Value * (1 - got[0].Value) / 600)
	require.InDelta(t, 2*1.96*spread, got[0].High-got[0].Low, 0.02)
	other := slices.Clone(s)
	slices.Reverse(other)
	again, err := Bootstrap{Draws: 300}.Searches(t.Context(), other, Rank1, TPIRAt(0.1))
	require.NoError(t, err)
	require.Equal(t, got, again, "the order of searches does not count")
	_, err = Bootstrap{}.Searches(t.Context(), s[:3], Rank1)
	require.ErrorIs(t, err, ErrPeople)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Bootstrap{}.Searches(stopped, s, Rank1)
	require.ErrorIs(t, err, context.Canceled)
}
