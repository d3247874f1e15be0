package landmark

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/loss"
)

// Count is the number of points: those of pose.Landmarks, in their order.
const Count = 5

// The layers of a Net that have values outside.
const (
	heatLayer = "heat_flat" // scores of where each point is: [Count * cells * cells]
	sureLayer = "sure"      // for all points a raw log sigma each, then for all a logit of being seen: [2 * Count]
)

// reach is the side of the square that the cells of the scores stand for, in units of the
// window's side: points may lie a little outside of the window.
const reach = 1.15

// Net is a network from a window around a face to its points, as data. On the trunk's
// last image stand scores, one image of cells per point: their softmax says how likely
// the point is in each cell, and the mean of the cells' places under it is the point (Sun
// et al., "Integral Human Pose Regression", ECCV 2018). What it says of its certainty
// comes from the mean over the trunk's image.
type Net struct {
	*backbone.Net
	cells int // along each side of the trunk's last image
}

// Light returns the network that ships, for images [batch, 80, 80, 3]: 0.23 million
// parameters and 0.03 GMAC, of this project's own design (backbone.Mini), with scores in
// 10 x 10 cells.
func Light() (*Net, error) {
	trunk, err := backbone.Mini{Channels: []int{32, 64}, Blocks: []int{1, 3}, Size: 80, Pooled: true}.Net()
	if err != nil {
		return nil, fmt.Errorf("landmark: %w", err)
	}
	return WithTrunk(trunk)
}

// WithTrunk puts the layers of points onto a trunk that ends in a GlobalAvgPool. The
// trunk is left as it is, and takes a square image with three channels.
func WithTrunk(trunk *backbone.Net) (*Net, error) {
	if trunk.Height != trunk.Width || trunk.Channels != 3 {
		return nil, fmt.Errorf("landmark: trunk %s: want a square image with 3 channels, it takes %dx%dx%d",
			trunk.Name, trunk.Height, trunk.Width, trunk.Channels)
	}
	last := len(trunk.Layers) - 1
	if last < 1 || trunk.Layers[last].Kind != backbone.GlobalAvgPool {
		return nil, fmt.Errorf("landmark: trunk %s: want a %s as the last layer", trunk.Name, backbone.GlobalAvgPool)
	}
	net := *trunk
	net.Name = "Landmark-" + trunk.Name
	net.Layers = append([]backbone.Layer{}, trunk.Layers...)
	net.Layers = append(net.Layers,
		backbone.Layer{Kind: backbone.Conv, Name: "heat", From: trunk.Layers[last].From, Out: Count, Kernel: 1, Stride: 1, Groups: 1, Bias: true},
		backbone.Layer{Kind: backbone.Flatten, Name: heatLayer, From: last + 1},
		backbone.Layer{Kind: backbone.Linear, Name: sureLayer, From: last, Out: 2 * Count, Bias: true})
	shapes, err := net.Shapes()
	if err != nil {
		return nil, fmt.Errorf("landmark: %w", err)
	}
	return &Net{Net: &net, cells: shapes[last+1][0]}, nil
}

// place is where the middle of a cell lies, in units of the window's side from its
// middle.
func (n *Net) place(cell int) float64 { return reach * ((float64(cell)+0.5)/float64(n.cells) - 0.5) }

// Forward builds the network's graph on x [batch, size, size, 3], RGB normalized by
// ImageNet's mean and deviation. Its value is what loss.Landmarks takes, [batch, 4
// Count]: for each point x and y in units of the window's side from its middle, a raw log
// sigma, and the logit of being seen. It takes the parameters below scope, and panics as
// backbone.Net.Forward does.
func (n *Net) Forward(scope *model.Scope, x *graph.Node) *graph.Node {
	v := n.ForwardLayers(scope, x, heatLayer, sureLayer)
	batch := v[0].Shape().Dim(0)
	likely := graph.Softmax(graph.Reshape(v[0], batch, Count, n.cells*n.cells), -1)
	places := [2][]float64{}
	for i := range n.cells * n.cells {
		places[0] = append(places[0], n.place(i%n.cells))
		places[1] = append(places[1], n.place(i/n.cells))
	}
	mean := func(places []float64) *graph.Node {
		at := graph.ConvertDType(graph.Const(x.Graph(), places), likely.DType())
		return graph.ReduceSum(graph.Mul(likely, graph.ExpandLeftToRank(at, 3)), -1)
	}
	sure := graph.Reshape(v[1], batch, 2, Count)
	part := func(i int) *graph.Node {
		return graph.Squeeze(graph.Slice(sure, graph.AxisRange(), graph.AxisElem(i), graph.AxisRange()), 1)
	}
	all := graph.Stack([]*graph.Node{mean(places[0]), mean(places[1]), part(0), part(1)}, -1)
	return graph.Reshape(all, batch, loss.LandmarkWidth*Count)
}
