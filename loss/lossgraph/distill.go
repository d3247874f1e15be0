package lossgraph

import (
	"errors"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/loss"
)

// AngularDistillation is loss.AngularDistillation.Loss: student and teacher features
// [batch, d], class centers [classes, d] (nil for BetweenPairs), and how far each head is
// turned, in radians [batch]; scalar. No gradient goes to teacher and centers.
func AngularDistillation(c loss.AngularDistillation, student, teacher, centers, turned *graph.Node) *graph.Node {
	c = must(c.Resolve())
	wantSame("student and teacher features", student, teacher)
	own, theirs := student, teacher
	if c.Structure == loss.ToCenters {
		if centers == nil {
			panic(errors.New("lossgraph: want class centers [classes, d], got none"))
		}
		own = graph.StopGradient(centers)
		theirs = own
	}
	squares := graph.Square(graph.Sub(angles(Cosines(student, own)), graph.StopGradient(angles(Cosines(teacher, theirs)))))
	rows, terms := squares.Shape().Dimensions[0], squares.Shape().Dimensions[1]
	if c.Structure == loss.BetweenPairs {
		squares = graph.Where(graph.Diagonal(squares.Graph(), rows), graph.ZerosLike(squares), squares)
		terms = max(terms-1, 1)
	}
	turned = graph.StopGradient(wantVector("turns of the head", turned, student))
	weights := graph.OnePlus(graph.MulScalar(graph.OneMinus(graph.Cos(turned)), c.PoseWeight))
	perSample := graph.DivScalar(graph.ReduceSum(squares, 1), float64(terms))
	return graph.Div(graph.ReduceAllSum(graph.Mul(weights, perSample)), graph.ReduceAllSum(weights))
}

// angles is acos, with the slope -1/sin θ.
func angles(cosines *graph.Node) *graph.Node {
	sin, inverse := sine(cosines)
	return withSlope(cosines, graph.Atan2(sin, graph.StopGradient(cosines)), graph.Neg(inverse))
}
