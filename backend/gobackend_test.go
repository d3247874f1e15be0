package backend_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
)

// TestGoEnds runs convolutions that are all ready at once on GoMLX's engine, which by
// default may wait for ever for workers that wait as well.
func TestGoEnds(t *testing.T) {
	b, err := backend.Open("go")
	require.NoError(t, err)
	defer b.Finalize()
	for range 20 {
		out, err := graph.CallOnce(b, func(x *graph.Node) *graph.Node {
			sum := graph.ScalarZero(x.Graph(), x.DType())
			for i := range 16 {
				kernel := graph.AddScalar(graph.Zeros(x.Graph(), shapes.Make(dtypes.Float32, 3, 3, 4, 4)), float64(i))
				sum = graph.Add(sum, graph.ReduceAllSum(graph.Convolve(x, kernel).Done()))
			}
			return sum
		}, tensors.FromFlatDataAndDimensions(make([]float32, 24*24*4), 1, 24, 24, 4))
		require.NoError(t, err)
		require.Zero(t, tensors.ToScalar[float32](out))
	}
}
