package lossgraph

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/loss"
)

// Orientation is loss.Orientation: predicted matrices and rotations, both [batch, 9];
// scalar. No gradient goes to the rotations.
func Orientation(predicted, rotations *graph.Node) *graph.Node {
	wantSame("predicted matrices and rotations", predicted, rotations)
	if n := predicted.Shape().Dimensions[1]; n != loss.OrientationLen {
		panic(fmt.Errorf("lossgraph: want matrices of %d elements, got %s", loss.OrientationLen, predicted.Shape()))
	}
	return FeatureL2(loss.FeatureL2{}, rotations, predicted)
}
