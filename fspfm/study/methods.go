package study

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/head/baseline"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
)

// Method is a row of a table: how a head is made, and by which losses it is trained. All
// methods have the same data, the same steps and the same optimizer in stage 1; those
// with a second stage go on from there.
type Method struct {
	Name string
	// Head makes the head. nil compares the extractor's features as they are.
	Head func(d, poseLen int) (head.Head, error)
	// Objective of stage 1; empty stands for ArcFace.
	Objective train.Objective
	// Stage2 adds the paper's second stage; nil leaves it out.
	Stage2 *train.PairsConfig
	// Turned compares pictures that are turned to the front before the extractor sees
	// them: Test.Turned.
	Turned bool
	// Proposed marks the paper's method: a row that readers want to see compared with all
	// others.
	Proposed bool

	config  any    // what is to be known of the head beside the name
	first   string // the method's name before WithStage2
	scratch bool   // stage 2 begins with an untrained head
}

// FSPFM returns the paper's module as stage 1 leaves it, with a configuration in which
// only the lengths are missing.
func FSPFM(name string, cfg head.Config) Method {
	return Method{Name: name, config: cfg, Proposed: true, Head: func(d, poseLen int) (head.Head, error) {
		cfg := cfg
		cfg.FeatureLen = d
		if cfg.PoseInput == head.PoseFeature {
			cfg.PoseLen = poseLen
		}
		return head.New(cfg)
	}}
}

// Baseline returns the method of a name of package baseline. "pad" is trained by angular
// distillation beside ArcFace.
func Baseline(name string) Method {
	m := Method{Name: name, Head: func(d, poseLen int) (head.Head, error) { return baseline.New(name, d, poseLen) }}
	if name == "none" {
		m.Head = nil
	}
	if name == "pad" {
		m.Objective = train.ObjectiveDistil
	}
	return m
}

// StayFrontal returns the method with train.ObjectiveStayFrontal under another name.
func (m Method) StayFrontal(name string) Method {
	m.Name, m.Objective = name, train.ObjectiveStayFrontal
	return m
}

// WithStage2 returns the method with a second stage after it, under another name. It is
// the paper's with the paper's attention.
func (m Method) WithStage2(name string, cfg train.PairsConfig) Method {
	m.first, m.Name, m.Stage2, m.Proposed = m.Name, name, &cfg, cfg.Weighting == train.WeightAttention && !cfg.WithoutADA
	return m
}

// FromScratch returns the method with its second stage alone, from the head's first
// weights on.
func (m Method) FromScratch() Method {
	m.scratch = true
	return m
}

// Trained is a method's outcome for one seed.
type Trained struct {
	Method string
	Seed   uint64
	// Fit is nil for a method without a head.
	Fit *train.HeadResult
}

// Map sends features through the head.
func (t *Trained) Map(ctx context.Context, f *features.Set) ([]float32, error) {
	if t.Fit == nil {
		return f.Values, nil
	}
	return t.Fit.Map(ctx, f)
}

// Train trains a method with a seed. budget holds what all methods have in common; its
// Seed and Objective are not looked at.
func Train(ctx context.Context, engine compute.Backend, m Method, data *features.Set, budget train.HeadConfig, seed uint64) (*Trained, error) {
	t := &Trained{Method: m.Name, Seed: seed}
	if m.Head == nil {
		return t, nil
	}
	first, err := m.stage1(ctx, engine, data, budget, seed)
	if err != nil {
		return nil, fmt.Errorf("study: %s, seed %d: %w", m.Name, seed, err)
	}
	if t.Fit = first; m.Stage2 == nil {
		return t, nil
	}
	if t.Fit, err = m.stage2(ctx, engine, first, data, seed); err != nil {
		return nil, fmt.Errorf("study: %s, seed %d, stage 2: %w", m.Name, seed, err)
	}
	return t, nil
}

// stage1 trains the head, or only begins with it where stage 2 does it all.
func (m Method) stage1(ctx context.Context, engine compute.Backend, data *features.Set, budget train.HeadConfig, seed uint64) (*train.HeadResult, error) {
	h, err := m.Head(data.FeatureLen, data.PoseLen)
	if err != nil {
		return nil, err
	}
	budget.Seed, budget.Objective = seed, m.Objective
	if budget.Optimizer == (run.Optimizer{}) {
		budget.Optimizer.Rule = run.RuleAdamW // without the decay of recipe head, as what ships was trained
	}
	if m.scratch {
		return train.StartHead(engine, h, data, budget)
	}
	return train.TrainHead(ctx, engine, h, data, budget)
}

// stage2 goes on from what stage 1 left.
func (m Method) stage2(ctx context.Context, engine compute.Backend, first *train.HeadResult, data *features.Set, seed uint64) (*train.HeadResult, error) {
	second := *m.Stage2
	second.Seed = seed
	return train.TrainPairs(ctx, engine, first, data, second)
}

// pairs is the paper's second stage with one of the weightings: everything is learned
// from pairs.
func pairs(weighting train.Weighting, lambda float64) train.PairsConfig {
	c := train.PairsRecipe()
	c.Weighting, c.Lambda, c.WithoutADA, c.PairsOnly = weighting, lambda, lambda == 0, true
	return c
}

// PaperTable names a table of the paper.
type PaperTable int

// The paper's tables, with what they become behind a frozen extractor.
const (
	Table1 PaperTable = 1 + iota // what each part of the method adds
	Table2                       // the method and those before it
	Table3                       // the losses of feature adaptation
)

// Methods returns the rows of a table, in the paper's order.
func Methods(t PaperTable) ([]Method, error) {
	module := FSPFM("fspfm", head.Config{})
	plain := module.WithStage2("fspfm + FT", pairs(train.WeightNone, 0))
	proposed := module.WithStage2("fspfm + FT + ADA", pairs(train.WeightAttention, loss.Lambda))
	switch t {
	case Table1:
		return []Method{Baseline("none"), Baseline("mlp"), module, plain, proposed, module.StayFrontal("fspfm, steady")}, nil
	case Table2:
		var rows []Method
		for _, name := range baseline.Names() {
			rows = append(rows, Baseline(name))
		}
		rows = slices.Insert(rows, 1, ImageRotation()) // after none
		return append(rows, module, proposed), nil
	case Table3:
		return []Method{plain, module.WithStage2("no attention", pairs(train.WeightNone, loss.Lambda)),
			module.WithStage2("Huang's ADA", pairs(train.WeightMax, loss.Lambda)),
			module.WithStage2("proposed ADA", pairs(train.WeightAttention, loss.Lambda))}, nil
	}
	return nil, fmt.Errorf("study: no table %d: want %s", t, strings.Join([]string{"1", "2", "3"}, ", "))
}
