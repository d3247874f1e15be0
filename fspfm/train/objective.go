package train

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Objective names what a head is trained for.
type Objective string

const (
	// ObjectiveMargin is the margin loss alone.
	ObjectiveMargin Objective = "margin"
	// ObjectiveDistil adds package loss's angular distillation: the teacher's feature of
	// a sample is its class's center, which begins as the mean of the person's frontal
	// features.
	ObjectiveDistil Objective = "distil"
	// ObjectiveStayFrontal adds a penalty on moving frontal features: the mean squared
	// distance that the head moves a feature, over faces turned by less than 10 degrees,
	// fading out until 30. It is this project's own, for extractors that have seen real
	// photos where the head has seen renders only: what works without the head should not
	// suffer from it.
	ObjectiveStayFrontal Objective = "stay-frontal"
	// ObjectiveContrast adds package loss's contrastive loss between a face and two class
	// centers, all of unit length: its own person's, and that of another, whom the face's
	// number chooses.
	ObjectiveContrast Objective = "contrast"
)

// HeadLoss builds the loss of a batch, and what is measured of it.
type HeadLoss func(scope *model.Scope, b HeadBatch) (*graph.Node, []run.Measure)

// loss returns the loss of an objective on a training set, nil for the margin loss alone.
func (o Objective) loss(data *features.Set) (HeadLoss, error) {
	o = cmp.Or(o, ObjectiveMargin)
	build, ok := map[Objective]func(*features.Set) HeadLoss{
		ObjectiveMargin:      func(*features.Set) HeadLoss { return nil },
		ObjectiveDistil:      distil,
		ObjectiveStayFrontal: stayFrontal,
		ObjectiveContrast:    contrast,
		ObjectiveMatch:       func(*features.Set) HeadLoss { return nil }, // of pairs: see trainMatch
	}[o]
	switch {
	case !ok:
		return nil, fmt.Errorf("train: unknown objective %q: want %q, %q, %q, %q or %q", o, ObjectiveMargin, ObjectiveDistil, ObjectiveStayFrontal, ObjectiveContrast, ObjectiveMatch)
	case len(data.Angles) == 0 && (o == ObjectiveDistil || o == ObjectiveStayFrontal):
		return nil, fmt.Errorf("train: %w: objective %s needs angles, and there are none", features.ErrMismatch, o)
	}
	return build(data), nil
}

// distil is ObjectiveDistil.
func distil(data *features.Set) HeadLoss {
	turned := make([]float32, data.Len())
	for i, a := range data.Angles {
		turned[i] = float32(math.Acos(math.Cos(a.Yaw) * math.Cos(a.Pitch))) // between the nose and the camera
	}
	return func(_ *model.Scope, b HeadBatch) (*graph.Node, []run.Measure) {
		g := b.Features.Graph()
		cosines := lossgraph.Cosines(b.Frontalized, b.Weights)
		arcface := lossgraph.SoftmaxCrossEntropy(lossgraph.MarginLogits(b.Margin, cosines, b.Classes), b.Classes)
		centers := graph.StopGradient(b.Weights)
		teacher := rowsOf(centers, b.Classes)
		angle := rowsOf(graph.ConvertDType(graph.Const(g, turned), b.Features.DType()), b.Samples)
		distilled := lossgraph.AngularDistillation(loss.PAD(), b.Frontalized, teacher, centers, angle)
		return graph.Add(arcface, distilled), []run.Measure{{Name: "arcface", Node: arcface}, {Name: "distilled", Node: distilled}}
	}
}

// stayPenalty is the weight of the penalty of ObjectiveStayFrontal. Larger ones keep
// frontal features better still, at the cost of heads that are turned: those of 20 to 40
// degrees first, which lie between what is moved and what is not.
const stayPenalty = 0.3

// stayFrontal is ObjectiveStayFrontal.
func stayFrontal(data *features.Set) HeadLoss {
	frontal := make([]float32, data.Len())
	for i, a := range data.Angles {
		yaw, pitch, _ := a.Deg()
		frontal[i] = float32(min(max((30-max(math.Abs(yaw), math.Abs(pitch)))/20, 0), 1))
	}
	return func(_ *model.Scope, b HeadBatch) (*graph.Node, []run.Measure) {
		arcface := lossgraph.Margin(b.Margin, b.Frontalized, b.Weights, b.Classes)
		w := rowsOf(graph.ConvertDType(graph.Const(b.Features.Graph(), frontal), b.Features.DType()), b.Samples)
		moved := graph.ReduceSum(graph.Square(graph.Sub(b.Frontalized, b.Features)), -1)
		moved = graph.Div(graph.ReduceAllSum(graph.Mul(w, moved)), graph.AddScalar(graph.ReduceAllSum(w), 1e-6))
		return graph.Add(arcface, graph.MulScalar(moved, stayPenalty)), []run.Measure{{Name: "arcface", Node: arcface}, {Name: "moved", Node: moved}}
	}
}

// contrast is ObjectiveContrast.
func contrast(data *features.Set) HeadLoss {
	n := data.Classes()
	return func(_ *model.Scope, b HeadBatch) (*graph.Node, []run.Measure) {
		arcface := lossgraph.Margin(b.Margin, b.Frontalized, b.Weights, b.Classes)
		// Another class: this many after the own, round the circle, as the number says.
		samples := graph.ConvertDType(b.Samples, b.Classes.DType())
		step := graph.AddScalar(graph.Mod(samples, graph.Scalar(samples.Graph(), samples.DType(), float64(n-1))), 1)
		other := graph.Mod(graph.Add(b.Classes, step), graph.Scalar(step.Graph(), step.DType(), float64(n)))
		centers := unit(graph.StopGradient(b.Weights))
		faces := unit(b.Frontalized)
		own := graph.Concatenate([]*graph.Node{graph.OnesLike(b.Classes), graph.ZerosLike(b.Classes)}, 0)
		apart := lossgraph.Contrastive(loss.Contrastive{}, graph.Concatenate([]*graph.Node{faces, faces}, 0),
			graph.Concatenate([]*graph.Node{rowsOf(centers, b.Classes), rowsOf(centers, other)}, 0), own)
		return graph.Add(arcface, apart), []run.Measure{{Name: "arcface", Node: arcface}, {Name: "contrast", Node: apart}}
	}
}

// unit scales rows to unit length; a zero row stays near zero.
func unit(x *graph.Node) *graph.Node {
	squares := graph.ReduceAndKeep(graph.Square(x), graph.ReduceSum, -1)
	return graph.Div(x, graph.Sqrt(graph.AddScalar(squares, 1e-12)))
}
