package lossgraph

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/loss"
)

// Matching is loss.Matching.Loss: features of pairs a and b, both [batch, d], and whom
// each pair shows, integers [batch]; scalar.
func Matching(c loss.Matching, a, b, people *graph.Node) *graph.Node {
	c = must(c.Resolve())
	wantSame("features a and b", a, b)
	batch := a.Shape().Dimensions[0]
	wantLabels(people, batch)
	g := a.Graph()
	z := graph.MulScalar(Cosines(a, b), c.Scale)
	rows := graph.BroadcastToDims(graph.InsertAxes(people, -1), batch, batch)
	columns := graph.BroadcastToDims(graph.InsertAxes(people, 0), batch, batch)
	passed := graph.LogicalAnd(graph.Equal(rows, columns), graph.LogicalNot(graph.Diagonal(g, batch)))
	z = graph.Where(passed, graph.BroadcastToShape(graph.Scalar(g, z.DType(), passedOver), z.Shape()), z)
	own := graph.Iota(g, shapes.Make(dtypes.Int32, batch), 0)
	both := graph.Add(SoftmaxCrossEntropy(z, own), SoftmaxCrossEntropy(graph.Transpose(z, 0, 1), own))
	return graph.MulScalar(both, 0.5)
}

// passedOver is the logit of a photo that is neither right nor wrong: its exponential is
// zero beside any other.
const passedOver = -1e30
