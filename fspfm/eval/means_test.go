package eval

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMean: people are drawn as a whole, so that many equal values of one person make the
// interval no narrower.
func TestMean(t *testing.T) {
	few, err := Bootstrap{}.Mean(t.Context(), []int{0, 1, 2, 3}, []float64{1, 2, 3, 6})
	require.NoError(t, err)
	require.Equal(t, 3.0, few.Value)
	require.Less(t, few.Low, 2.0)
	require.Greater(t, few.High, 4.5)
	var people []int
	var values []float64
	for i, v := range []float64{1, 2, 3, 6} {
		for range 50 {
			people, values = append(people, i), append(values, v)
		}
	}
	many, err := Bootstrap{}.Mean(t.Context(), people, values)
	require.NoError(t, err)
	require.InDelta(t, few.Low, many.Low, 1e-9)
	require.InDelta(t, few.High, many.High, 1e-9)

	// Who has more values counts more.
	uneven, err := Bootstrap{}.Mean(t.Context(), []int{7, 7, 7, 9}, []float64{1, 1, 1, 5})
	require.NoError(t, err)
	require.Equal(t, 2.0, uneven.Value)
	require.Equal(t, [2]float64{1, 5}, [2]float64{uneven.Low, uneven.High})
}

func TestMean_refuses(t *testing.T) {
	_, err := Bootstrap{}.Mean(t.Context(), nil, nil)
	require.ErrorIs(t, err, ErrMeans)
	_, err = Bootstrap{}.Mean(t.Context(), []int{1}, []float64{1, 2})
	require.ErrorIs(t, err, ErrMeans)
	_, err = Bootstrap{}.Mean(t.Context(), []int{1, 1}, []float64{1, 2})
	require.ErrorIs(t, err, ErrPeople)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Bootstrap{}.Mean(ctx, []int{1, 2}, []float64{1, 2})
	require.ErrorIs(t, err, context.Canceled)
}
