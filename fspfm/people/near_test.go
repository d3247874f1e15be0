package people

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestExact holds blocks to the plain loop, with more features than two blocks have.
func TestExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 12))
	features := make([][]float32, 2*block+37)
	for i := range features {
		features[i] = direction(rng)
	}
	const least, k = 0.1, 5
	for _, first := range []int{0, 1, block - 1, block + 40, len(features) - 3, len(features)} {
		got, err := exact{}.Near(t.Context(), features, first, least, k)
		require.NoError(t, err)
		require.Len(t, got, len(features)-first)
		for i, list := range got {
			var want []Neighbor
			for n, f := range features {
				if c := dot(features[first+i], f); n != first+i && c >= least {
					want = append(want, Neighbor{n, float32(c)})
				}
			}
			slices.SortFunc(want, func(a, b Neighbor) int { return cmp.Compare(b.Cosine, a.Cosine) })
			want = want[:min(k, len(want))]
			require.Len(t, list, len(want))
			for n := range list {
				require.Equal(t, want[n].Index, list[n].Index)
				require.InDelta(t, want[n].Cosine, list[n].Cosine, 1e-6)
			}
		}
	}
}
