package hopenet

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/pose"
)

// The layers of a Net that have values outside, by the names that deep-head-pose gives
// them.
const (
	featureLayer = "avgpool"
	yawLayer     = "fc_yaw"
	pitchLayer   = "fc_pitch"
	rollLayer    = "fc_roll"
	// orientationLayer is the layer that WithOrientation adds.
	orientationLayer = "fc_orientation"
)

// Net is a network of HopeNet's kind as data: a trunk that ends in the mean over its last
// image, which is the universal pose feature, and on it three linear layers that give the
// scores of yaw, pitch and roll. All of it is one backbone.Net, so that what works for
// those (Init, Params, MACs, Fold, reading and writing weights) works here;
// "fc_yaw/weight" stands beside "conv1/weight".
//
// To train it as Ruiz, Chong and Rehg do (Fine-Grained Head Pose Estimation Without
// Keypoints, 2018), start from a trunk trained on ImageNet, set FixedStatistics, call
// FreezeStem, and give the three last layers five times the trunk's learning rate.
type Net struct {
	*backbone.Net
	Bins pose.Bins
}

// ResNet50 returns HopeNet: the trunk of torchvision's ResNet-50 and a feature of 2048
// values, for images [batch, 224, 224, 3]; 23.9 million parameters, 4.1 GMAC.
func ResNet50() (*Net, error) { return assemble(backbone.ResNet{Depth: 50}) }

// Light returns a network for CPUs, with a feature of 192 values, for images [batch, 64,
// 64, 3]: 1.07 million parameters and 0.05 GMAC, of this project's own design
// (backbone.Mini).
func Light() (*Net, error) {
	return assemble(backbone.Mini{Channels: []int{40, 96, 192}, Blocks: []int{2, 3, 1}, Size: 64, Pooled: true})
}

func assemble(config interface{ Net() (*backbone.Net, error) }) (*Net, error) {
	trunk, err := config.Net()
	if err != nil {
		return nil, fmt.Errorf("hopenet: %w", err)
	}
	return WithTrunk(trunk, pose.HopeNetBins())
}

// WithTrunk puts the three layers of scores, bins.N each, onto another trunk, which is
// left as it is. The trunk takes a square image with three channels, and its last layer
// is a GlobalAvgPool called "avgpool".
func WithTrunk(trunk *backbone.Net, bins pose.Bins) (*Net, error) {
	if trunk.Height != trunk.Width || trunk.Channels != 3 {
		return nil, fmt.Errorf("hopenet: trunk %s: want a square image with 3 channels, it takes %dx%dx%d", trunk.Name, trunk.Height, trunk.Width, trunk.Channels)
	}
	last := len(trunk.Layers) - 1
	if last < 0 || trunk.Layers[last].Kind != backbone.GlobalAvgPool || trunk.Layers[last].Name != featureLayer {
		return nil, fmt.Errorf("hopenet: trunk %s: want a %s called %q as the last layer", trunk.Name, backbone.GlobalAvgPool, featureLayer)
	}
	net := *trunk
	net.Name = "HopeNet-" + trunk.Name
	net.Layers = append([]backbone.Layer{}, trunk.Layers...)
	for _, name := range []string{yawLayer, pitchLayer, rollLayer} {
		net.Layers = append(net.Layers, backbone.Layer{Kind: backbone.Linear, Name: name, From: last, Out: bins.N, Bias: true})
	}
	if _, err := net.Shapes(); err != nil {
		return nil, fmt.Errorf("hopenet: %w", err)
	}
	return &Net{Net: &net, Bins: bins}, nil
}

// WithOrientation returns the network with a fourth layer on the pooled feature,
// "fc_orientation", that says the rotation matrix of the head, row by row
// (pose.Angles.Matrix; nothing makes it a rotation). It is there to train with, beside
// loss.HopeNet: see loss.Orientation. The network that it is made from finds its own
// variables among those of the result, and needs the layer no more.
func (n *Net) WithOrientation() (*Net, error) {
	if n.has(orientationLayer) {
		return nil, fmt.Errorf("hopenet: %s has a layer %q already", n.Name, orientationLayer)
	}
	net := *n.Net
	net.Layers = append([]backbone.Layer{}, n.Layers...)
	pooled := slices.IndexFunc(net.Layers, func(l backbone.Layer) bool { return l.Name == featureLayer })
	net.Layers = append(net.Layers, backbone.Layer{Kind: backbone.Linear, Name: orientationLayer, From: pooled, Out: loss.OrientationLen, Bias: true})
	if _, err := net.Shapes(); err != nil {
		return nil, fmt.Errorf("hopenet: %w", err)
	}
	return &Net{Net: &net, Bins: n.Bins}, nil
}

func (n *Net) has(layer string) bool {
	return slices.ContainsFunc(n.Layers, func(l backbone.Layer) bool { return l.Name == layer })
}

// FeatureLen returns the length of the pooled feature.
func (n *Net) FeatureLen() int {
	shapes, err := n.Shapes()
	if err != nil {
		return 0
	}
	for i, l := range n.Layers {
		if l.Name == featureLayer {
			return shapes[i][0]
		}
	}
	return 0
}

// Output is what comes out of a Net: scores [batch, bins] per angle, which are logits,
// and the pooled feature [batch, FeatureLen].
type Output struct {
	Yaw, Pitch, Roll, Feature *graph.Node
	// Orientation is [batch, 9], nil for networks without that layer: see
	// Net.WithOrientation.
	Orientation *graph.Node
}

// Forward builds the network's graph on x [batch, size, size, 3], RGB normalized by
// ImageNet's mean and deviation unless trained otherwise. It takes the parameters below
// scope, and panics as backbone.Net.Forward does.
func (n *Net) Forward(scope *model.Scope, x *graph.Node) Output {
	names := []string{yawLayer, pitchLayer, rollLayer, featureLayer}
	if n.has(orientationLayer) {
		names = append(names, orientationLayer)
	}
	v := n.ForwardLayers(scope, x, names...)
	out := Output{Yaw: v[0], Pitch: v[1], Roll: v[2], Feature: v[3]}
	if len(v) > 4 {
		out.Orientation = v[4]
	}
	return out
}

// Angles decodes the scores to yaw, pitch and roll in radians, [batch, 3].
func (n *Net) Angles(out Output) *graph.Node {
	return graph.Stack([]*graph.Node{Decode(out.Yaw, n.Bins), Decode(out.Pitch, n.Bins), Decode(out.Roll, n.Bins)}, -1)
}

// Decode is pose.Bins.Decode as a graph: the mean of the bins' lower edges under the
// softmax of scores [batch, bins.N], in radians, [batch].
func Decode(scores *graph.Node, bins pose.Bins) *graph.Node {
	if scores.Rank() != 2 || scores.Shape().Dim(1) != bins.N {
		panic(fmt.Errorf("hopenet: decode: want scores [batch, %d], got %s", bins.N, scores.Shape()))
	}
	edges := make([]float64, bins.N)
	for i := range edges {
		edges[i] = pose.Radians(bins.MinDeg + float64(i)*bins.WidthDeg)
	}
	weights := graph.ConvertDType(graph.Const(scores.Graph(), edges), scores.DType())
	return graph.ReduceSum(graph.Mul(graph.Softmax(scores, -1), graph.ExpandLeftToRank(weights, 2)), -1)
}

// FreezeStem takes the first convolution and its normalization out of training, to which
// the original gives a learning rate of zero. The variables must exist below scope.
func (n *Net) FreezeStem(scope *model.Scope) error {
	for _, path := range []string{"conv1/weight", "bn1/weight", "bn1/bias"} {
		v := scope.Store().GetVariable(model.JoinPath(scope.Scope(), path))
		if v == nil {
			return fmt.Errorf("hopenet: freeze the stem of %s: no variable %s below %s", n.Name, path, scope.Scope())
		}
		v.SetTrainable(false)
	}
	return nil
}
