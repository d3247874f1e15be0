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

// pointsLayer is the name of the last layer, which says where the points are.
const pointsLayer = "points"

// Net is a network from a window around a face to its points, as data. Its value is [batch, 4 Count]:
// for each point x and y in units of the window's side from its middle, a number that
// loss.Landmarks makes a log sigma of, and the logit of being seen.
type Net struct{ *backbone.Net }

// Light returns the network that ships, for images [batch, 80, 80, 3]: 0.35 million parameters and
// 0.026 GMAC, of this project's own design (backbone.Mini).
func Light() (*Net, error) {
	trunk, err := backbone.Mini{Channels: []int{32, 64, 96}, Blocks: []int{1, 2, 1}, Size: 80, Pooled: true}.Net()
	if err != nil {
		return nil, fmt.Errorf("landmark: %w", err)
	}
	return WithTrunk(trunk)
}

// WithTrunk puts the layer of points onto a trunk that ends in a GlobalAvgPool, whose place it takes:
// a mean over the image would forget where things are. The trunk is left as it is, and takes a
// square image with three channels.
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
	net.Layers = append([]backbone.Layer{}, trunk.Layers[:last]...)
	net.Layers = append(net.Layers,
		backbone.Layer{Kind: backbone.Flatten, Name: "flatten", From: trunk.Layers[last].From},
		backbone.Layer{Kind: backbone.Linear, Name: pointsLayer, From: last, Out: loss.LandmarkWidth * Count, Bias: true})
	if _, err := net.Shapes(); err != nil {
		return nil, fmt.Errorf("landmark: %w", err)
	}
	return &Net{&net}, nil
}

// Forward builds the network's graph on x [batch, size, size, 3], RGB normalised by ImageNet's mean and
// deviation; its value is [batch, 4 Count]. It takes the parameters below scope, and panics as
// backbone.Net.Forward does.
func (n *Net) Forward(scope *model.Scope, x *graph.Node) *graph.Node { return n.Net.Forward(scope, x) }
