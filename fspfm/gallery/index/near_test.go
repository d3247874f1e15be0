package index_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery/index"
	"github.com/pifr-go/pifr/fspfm/people"
)

// TestNeighbors finds what people.Exact finds.
func TestNeighbors(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 11))
	var features [][]float32
	for range 2500 {
		features = append(features, unit(r, 24))
	}
	for _, c := range []struct {
		first, k int
		least    float32
	}{{0, 5, 0.2}, {2000, 32, -1}, {2499, 1, 0.5}, {0, 3, 2}} {
		want, err := people.Exact().Near(t.Context(), features, c.first, c.least, c.k)
		require.NoError(t, err)
		got, err := index.Neighbors{}.Near(t.Context(), features, c.first, c.least, c.k)
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for i := range want {
			require.Len(t, got[i], len(want[i]), "%+v, face %d", c, i)
			for j := range want[i] {
				// Which of two that are as alike but for rounding comes first is open.
				require.InDelta(t, want[i][j].Cosine, got[i][j].Cosine, 1e-6)
				require.InDelta(t, dot(features[c.first+i], features[got[i][j].Index]), got[i][j].Cosine, 1e-6)
				require.NotEqual(t, c.first+i, got[i][j].Index)
			}
		}
	}
	none, err := index.Neighbors{}.Near(t.Context(), features, len(features), 0, 3)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = index.Neighbors{}.Near(t.Context(), [][]float32{{1, 0}, {1}}, 0, 0, 3)
	require.ErrorIs(t, err, index.ErrLength)
}

// BenchmarkNeighbors is the search for the neighbors of 20,000 faces among themselves.
func BenchmarkNeighbors(b *testing.B) {
	r := rand.New(rand.NewPCG(seed, 12))
	var features [][]float32
	for range 20_000 {
		features = append(features, unit(r, 128))
	}
	for name, n := range map[string]people.Neighbors{"exact": people.Exact(), "index": index.Neighbors{}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := n.Near(b.Context(), features, 0, 0.2, 32); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
