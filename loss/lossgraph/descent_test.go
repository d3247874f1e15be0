package lossgraph_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/internal/cases"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// TestDescent trains, in float32, what equation 3 trains: frontalized features and class
// weights, with all combinations of gradient and overflow. Features start anywhere; all
// end closest to their own class, and close to their frontal targets.
func TestDescent(t *testing.T) {
	b := open(t, "gonum")
	rng := rand.New(rand.NewPCG(42, 6))
	single := func(m *mat.Dense) *tensors.Tensor {
		rows, cols := m.Dims()
		flat := make([]float32, 0, rows*cols)
		for _, x := range m.RawMatrix().Data {
			flat = append(flat, float32(x))
		}
		return tensors.FromFlatDataAndDimensions(flat, rows, cols)
	}
	people, frontal := cases.Normal(rng, 4, 6, 1), cases.Normal(rng, 8, 6, 0.2)
	labels := []int32{0, 1, 2, 3, 0, 1, 2, 3}
	for i, y := range labels {
		for k := range 6 {
			frontal.Set(i, k, frontal.At(i, k)+people.At(int(y), k))
		}
	}
	start := cases.Normal(rng, 8, 6, 1)
	for _, m := range []loss.Margin{
		{Scale: 16, Angle: 0.3}, {Scale: 16, Angle: 0.3, Gradient: loss.StraightThrough},
		{Scale: 16, Angle: 0.3, Overflow: loss.Fallback}, {Scale: 16, Cosine: 0.2},
	} {
		exec, err := graph.NewExec(b, func(profile, weights, frontal, labels *graph.Node) []*graph.Node {
			ada := lossgraph.ADA(loss.ADA{Reduction: loss.Mean}, frontal, graph.OnesLike(frontal), profile)
			total := lossgraph.Total(lossgraph.Margin(m, profile, weights, labels), ada, loss.Lambda)
			by := graph.Gradient(total, profile, weights)
			own := graph.ArgMax(lossgraph.Cosines(profile, weights), 1)
			return []*graph.Node{graph.Sub(profile, graph.MulScalar(by[0], 0.1)), graph.Sub(weights, graph.MulScalar(by[1], 0.1)), ada, own}
		})
		require.NoError(t, err)
		state := []*tensors.Tensor{single(start), single(people)}
		var first float32
		for step := range 300 {
			state, err = exec.Call(state[0], state[1], single(frontal), labels)
			require.NoError(t, err)
			if step == 0 {
				first = state[2].Value().(float32)
				require.NotEqual(t, labels, state[3].Value(), "nothing to learn")
			}
		}
		require.Equal(t, labels, state[3].Value(), "%+v", m)
		require.Less(t, state[2].Value().(float32), first/10, "%+v", m)
		exec.Finalize()
	}
}
