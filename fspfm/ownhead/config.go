package ownhead

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Config says how a head is trained and judged. Zero fields stand for the defaults; Set
// and Command have none.
type Config struct {
	Set     string // what the evidence calls the photos
	Command string // by which this can be done again

	Seed  uint64 // of folds, weights and batches; 0 stands for dataset.DefaultSeed
	Folds int    // 0 stands for 5
	// FMR is the false-match rate of verdict and thresholds, as far as there are pairs
	// enough to show it; 0 stands for 1e-3.
	FMR float64
	// Gate leaves pairs that are turned little to the features without a head; zero stands
	// for 15 to 30 degrees.
	Gate head.Gating
	// Stay weighs the penalty on moving features; 0 stands for 10.
	Stay float64
	// Head says how the head is trained; zero stands for 30 epochs of train.HeadRecipe. An
	// objective or loss of its own takes the place of this package's.
	Head  train.HeadConfig
	Draws eval.Bootstrap

	// Progress, if given, is called after each of the heads that are trained.
	Progress func(done, all int)
}

func (c Config) withDefaults() (Config, error) {
	c.Seed, c.Folds, c.FMR = cmp.Or(c.Seed, dataset.DefaultSeed), cmp.Or(c.Folds, 5), cmp.Or(c.FMR, 1e-3)
	c.Gate, c.Stay = cmp.Or(c.Gate, head.Gating{FromDeg: 15, ToDeg: 30}), cmp.Or(c.Stay, 10)
	switch {
	case c.Set == "" || c.Command == "":
		return c, errors.New("ownhead: the evidence wants a name for the photos, and a command")
	case c.Folds < 2:
		return c, fmt.Errorf("ownhead: %d folds: want at least 2", c.Folds)
	case !(c.FMR > 0 && c.FMR < 1):
		return c, fmt.Errorf("ownhead: a false-match rate of %g", c.FMR)
	case c.Stay < 0:
		return c, fmt.Errorf("ownhead: a penalty of %g", c.Stay)
	}
	c.Head.Seed = c.Seed
	if c.Head.Loss == nil && c.Head.Objective == "" {
		c.Head.Loss = staying(c.Stay)
	}
	return c, nil
}

// staying pulls the features of a person together, without a margin, and holds them where
// they are: what an extractor has learnt of millions of people, a head that has seen a few
// hundred does not know better.
func staying(weight float64) train.HeadLoss {
	return func(_ *model.Scope, b train.HeadBatch) (*graph.Node, []run.Measure) {
		together := lossgraph.Margin(loss.Margin{Scale: b.Margin.Scale}, b.Frontalized, b.Weights, b.Classes)
		moved := graph.ReduceAllMean(graph.ReduceSum(graph.Square(graph.Sub(b.Frontalized, b.Features)), -1))
		return graph.Add(together, graph.MulScalar(moved, weight)), []run.Measure{{Name: "together", Node: together}, {Name: "moved", Node: moved}}
	}
}
