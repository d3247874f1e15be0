package head

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCosine(t *testing.T) {
	require.InDelta(t, 0.96, Cosine([]float32{3, 4}, []float32{4, 3}), 1e-12)
	require.Equal(t, 1., Cosine([]float32{0.1, 0.7}, []float32{0.1, 0.7}))
	require.Equal(t, -1., Cosine([]float32{1, 0}, []float32{-2, 0}))
	require.True(t, math.IsNaN(Cosine([]float32{0}, []float32{1})))
	require.Panics(t, func() { Cosine([]float32{1}, []float32{1, 2}) })
}
