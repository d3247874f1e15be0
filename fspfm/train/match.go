package train

import (
	"cmp"
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// ObjectiveMatch is package loss's matching between the turned and the frontal face of
// each person of a batch, with a penalty on moving: see MatchConfig. It has no class
// weights, and so nothing that pulls a person's faces to one place.
const ObjectiveMatch Objective = "match"

// MatchConfig holds the options of ObjectiveMatch. With M the head, t a turned and f a
// frontal face's feature, the loss is
//
//	Matching(M(t), M(f)) + Penalty mean_i ( |M(t_i) - t_i|² + |M(f_i) - f_i|² )
//
// The penalty is what a head pays for knowing better than the extractor, which has seen
// more real faces than the head ever will.
type MatchConfig struct {
	loss.Matching
	// Penalty is the weight of moving. Zero is none.
	Penalty float64 `json:"penalty,omitempty"`
	// TurnedDeg is the angle in degrees that |yaw|, |pitch| or |roll| of a turned face is
	// above; 0 stands for 20. A frontal face has all three within
	// HeadConfig.FrontalDeg.
	TurnedDeg float64 `json:"turned_deg,omitempty"`
}

// turnedDegDefault is what a zero MatchConfig.TurnedDeg stands for.
const turnedDegDefault = 20

// trainMatch is TrainHead for ObjectiveMatch: batches are pairs, each turned face once
// per epoch.
func trainMatch(ctx context.Context, engine compute.Backend, start *HeadResult, data *features.Set, cfg HeadConfig) (*HeadResult, error) {
	pairs, err := newPairBatches(data, data.Len(), PairsConfig{HeadConfig: cfg, PairsOnly: true, ProfileDeg: cmp.Or(cfg.Match.TurnedDeg, turnedDegDefault)})
	if err != nil {
		return nil, err
	}
	if _, err := cfg.Match.Resolve(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	start.Store.GetVariable(classPath).SetTrainable(false)
	h := start.Head
	objective := func(scope *model.Scope, numbers, tables []*graph.Node) (*graph.Node, []run.Measure) {
		p := pairNodes(numbers, tables)
		at := scope.Store().Scope(HeadScope)
		return cfg.Match.loss(p, h.Forward(at, p.turned, p.turnedPose), h.Forward(at, p.frontal, p.frontalPose))
	}
	return fit(ctx, engine, fitting{head: h, data: data, store: start.Store, scope: HeadScope, cfg: cfg, objective: objective,
		batches: pairs, perEpoch: pairs.perEpoch(), recipe: cfg})
}

// pairOf are the nodes of a batch of pairs; poses are nil for a head that takes none.
type pairOf struct{ frontal, frontalPose, turned, turnedPose, classes *graph.Node }

// pairNodes gathers a batch of pairs, whose frontal faces' numbers come first.
func pairNodes(numbers, tables []*graph.Node) pairOf {
	p := pairOf{frontal: rowsOf(tables[0], numbers[0]), turned: rowsOf(tables[0], numbers[1]), classes: rowsOf(tables[1], numbers[1])}
	if len(tables) > 2 {
		p.frontalPose, p.turnedPose = rowsOf(tables[2], numbers[0]), rowsOf(tables[2], numbers[1])
	}
	return p
}

// loss is the objective of a batch, and what is measured of it: how far turned and
// frontal features are moved, squared, and the share of turned faces whose own person is
// the nearest.
func (c MatchConfig) loss(p pairOf, turned, frontal *graph.Node) (*graph.Node, []run.Measure) {
	matched := lossgraph.Matching(c.Matching, turned, frontal, p.classes)
	byTurned, byFrontal := moved(turned, p.turned), moved(frontal, p.frontal)
	total := graph.Add(matched, graph.MulScalar(graph.Add(byTurned, byFrontal), c.Penalty))
	own := graph.Iota(p.classes.Graph(), p.classes.Shape(), 0)
	return total, []run.Measure{{Name: "matched", Node: matched}, {Name: "moved", Node: byTurned}, {Name: "moved_frontal", Node: byFrontal},
		{Name: "accuracy", Node: accuracyOf(lossgraph.Cosines(turned, frontal), own)}, {Name: "norm", Node: dense.MeanNorm(turned)}}
}

// moved is the mean squared distance between rows.
func moved(to, from *graph.Node) *graph.Node {
	return graph.ReduceAllMean(graph.ReduceSum(graph.Square(graph.Sub(to, from)), -1))
}
