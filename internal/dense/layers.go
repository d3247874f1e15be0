package dense

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Layers builds layers from the variables of one network.
type Layers struct {
	// Network names the network in messages.
	Network string
	Scope   *model.Scope
}

// Variable is the variable at that path, as a node of the graph of like and in its dtype.
// It panics if there is none.
func (l Layers) Variable(path string, like *graph.Node) *graph.Node {
	v := l.Scope.Store().GetVariable(model.JoinPath(l.Scope.Scope(), path))
	if v == nil {
		panic(fmt.Errorf("%s: no variable %s below %s: initialize or load the network first", l.Network, path, l.Scope.Scope()))
	}
	if v.DType() != like.DType() {
		panic(fmt.Errorf("%s: variable %s is %s, its input %s", l.Network, path, v.DType(), like.DType()))
	}
	return v.NodeValue(like.Graph())
}

// Frozen is the variable at that path, through which no gradient flows, as [1, length].
func (l Layers) Frozen(path string, like *graph.Node) *graph.Node {
	return graph.ExpandLeftToRank(graph.StopGradient(l.Variable(path, like)), 2)
}

// Linear is x weight + bias: x [batch, inputs] -> [batch, outputs].
func (l Layers) Linear(name string, x *graph.Node) *graph.Node {
	w := l.Variable(name+"/weight", x)
	if w.Rank() != 2 || w.Shape().Dimensions[0] != x.Shape().Dim(-1) {
		panic(fmt.Errorf("%s: layer %s: weights %s do not fit input %s", l.Network, name, w.Shape(), x.Shape()))
	}
	return graph.Add(graph.Dot(x, w).Product(), graph.ExpandLeftToRank(l.Variable(name+"/bias", x), 2))
}

// PReLU is x where x > 0, and slope * x elsewhere, with one slope per channel.
func (l Layers) PReLU(name string, x *graph.Node) *graph.Node {
	slope := graph.ExpandLeftToRank(l.Variable(name+"/weight", x), 2)
	return graph.Where(positive(x), x, graph.Mul(x, slope))
}

// ReLU is x where x > 0, and zero elsewhere. Its slope at zero is zero, as in PyTorch;
// that of GoMLX's Max would be one.
func ReLU(x *graph.Node) *graph.Node { return graph.Where(positive(x), x, graph.ZerosLike(x)) }

func positive(x *graph.Node) *graph.Node {
	return graph.GreaterThan(x, graph.ScalarZero(x.Graph(), x.DType()))
}

// scaleEpsilon is added under the root of Spread, so that a zero feature has a finite
// gradient.
const scaleEpsilon = 1e-12

// Spread scales every feature to the norm sqrt(d), at which its elements are of order one
// whatever the extractor's own scale. It returns the scaled features [batch, d] and the
// factors back [batch, 1]: spread * back = f.
func Spread(f *graph.Node) (spread, back *graph.Node) {
	d := float64(f.Shape().Dim(-1))
	sum := graph.ReduceAndKeep(graph.Square(f), graph.ReduceSum, -1)
	back = graph.Sqrt(graph.DivScalar(graph.AddScalar(sum, scaleEpsilon), d))
	return graph.Div(f, back), back
}

// SpreadFactor is Spread's factor back for one feature of length d with that sum of
// squares.
func SpreadFactor(sumOfSquares float64, d int) float64 {
	return math.Sqrt((sumOfSquares + scaleEpsilon) / float64(d))
}

// MeanNorm is the mean Euclidean norm of the rows of x, without gradient.
func MeanNorm(x *graph.Node) *graph.Node {
	return graph.ReduceAllMean(graph.Sqrt(graph.ReduceSum(graph.Square(graph.StopGradient(x)), -1)))
}
