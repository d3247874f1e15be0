package lossgraph

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/loss"
)

// must returns options that make sense, and panics otherwise.
func must[T any](options T, err error) T {
	if err != nil {
		panic(fmt.Errorf("lossgraph: %w", err))
	}
	return options
}

// wantMatrix panics unless x is a matrix of float32 or float64.
func wantMatrix(what string, x *graph.Node) {
	if x.Rank() != 2 || (x.DType() != dtypes.Float32 && x.DType() != dtypes.Float64) {
		panic(fmt.Errorf("lossgraph: want %s as a float32 or float64 matrix, got %s", what, x.Shape()))
	}
}

// wantSame panics unless all are matrices of one shape and dtype.
func wantSame(what string, all ...*graph.Node) {
	for _, x := range all {
		wantMatrix(what, x)
		if !x.Shape().Equal(all[0].Shape()) {
			panic(fmt.Errorf("lossgraph: want %s of one shape, got %s and %s", what, all[0].Shape(), x.Shape()))
		}
	}
}

// wantWidth panics unless features and weights are matrices of one dtype with rows of one
// length.
func wantWidth(features, weights *graph.Node) {
	wantMatrix("features", features)
	wantMatrix("class weights", weights)
	if f, w := features.Shape(), weights.Shape(); f.DType != w.DType || f.Dimensions[1] != w.Dimensions[1] {
		panic(fmt.Errorf("lossgraph: want features [batch, d] and class weights [classes, d] of one dtype, got %s and %s", f, w))
	}
}

// wantLabels panics unless labels are integers [batch].
func wantLabels(labels *graph.Node, batch int) {
	if labels.Rank() != 1 || labels.Shape().Dimensions[0] != batch || !labels.DType().IsInt() {
		panic(fmt.Errorf("lossgraph: want labels as integers [%d], got %s", batch, labels.Shape()))
	}
}

// wantVector panics unless x is [batch], and returns it in the dtype of like.
func wantVector(what string, x, like *graph.Node) *graph.Node {
	if batch := like.Shape().Dimensions[0]; x.Rank() != 1 || x.Shape().Dimensions[0] != batch {
		panic(fmt.Errorf("lossgraph: want %s [%d], got %s", what, batch, x.Shape()))
	}
	return graph.ConvertDType(x, like.DType())
}

// isLabel is true where the column is the row's label: [batch, classes].
func isLabel(labels *graph.Node, classes int) *graph.Node {
	batch := labels.Shape().Dimensions[0]
	columns := graph.Iota(labels.Graph(), shapes.Make(labels.DType(), 1, classes), 1)
	return graph.Equal(graph.BroadcastToDims(graph.InsertAxes(labels, -1), batch, classes), graph.BroadcastToDims(columns, batch, classes))
}

// pick returns x at the true element of each row of mask, [batch].
func pick(x, mask *graph.Node) *graph.Node {
	return graph.ReduceSum(graph.Where(mask, x, graph.ZerosLike(x)), 1)
}

// perRow makes [batch] a column, to be combined with [batch, d].
func perRow(x *graph.Node) *graph.Node { return graph.InsertAxes(x, -1) }

// withSlope has the value of the second argument, and the slope by x of the third.
func withSlope(x, value, slope *graph.Node) *graph.Node {
	step := graph.Sub(x, graph.StopGradient(x)) // zero
	return graph.Add(graph.StopGradient(value), graph.Mul(graph.StopGradient(slope), step))
}

// unitRows divides every row by its length; rows without direction become zero, and have
// no gradient. The greatest element is divided out first, so that squares neither
// overflow nor underflow. Zero is x times 0, so that NaN stays: to XLA the greatest of
// NaN and 0 is 0.
func unitRows(x *graph.Node) *graph.Node {
	top := graph.StopGradient(graph.ReduceMax(graph.Abs(x), 1))
	zero := graph.LessThan(top, graph.Scalar(x.Graph(), x.DType(), loss.MinNorm))
	one := graph.ScalarOne(x.Graph(), x.DType())
	y := graph.Div(x, perRow(graph.Where(zero, one, top)))
	norm := graph.Sqrt(graph.Where(zero, one, graph.ReduceSum(graph.Square(y), 1)))
	return graph.Where(zero, graph.MulScalar(x, 0), graph.Div(y, perRow(norm)))
}

// sine of the angle within [0, π] that has cosine c, and its inverse as a slope needs it.
// They have no gradient.
func sine(c *graph.Node) (sin, inverse *graph.Node) {
	c = graph.StopGradient(c)
	sin2 := graph.MaxScalar(graph.Mul(graph.OneMinus(c), graph.OnePlus(c)), 0.0)
	sin = graph.Sqrt(sin2)
	return sin, graph.Div(sin, graph.MaxScalar(sin2, loss.MinSin2))
}
