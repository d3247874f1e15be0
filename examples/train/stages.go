package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train"
)

// twoStages trains an extractor with a head, and then the head on pairs.
func (s *session) twoStages(ctx context.Context) error {
	net, err := s.Network.Net()
	if err != nil {
		return err
	}
	set, err := s.faces(ctx, true)
	if err != nil {
		return err
	}
	defer set.close()
	cfg, err := s.stage1(net)
	if err != nil {
		return err
	}
	if s.dry {
		return s.plan(net, cfg.Batch, cfg.Epochs, set.all, func(o train.Options) error {
			cfg.Options = o
			_, err := train.TrainExtractor(ctx, s.engine, set.train, cfg)
			return err
		})
	}
	return s.bothStages(ctx, net, set, cfg)
}

// bothStages runs them one after the other.
func (s *session) bothStages(ctx context.Context, net *backbone.Net, set *sets, cfg train.Stage1Config) error {
	held := &judge{session: s, net: net, source: set.held}
	if set.held != nil {
		cfg.Evaluate, cfg.EvaluateEvery, cfg.Better = held.stage1, max(1, cfg.Epochs/8), "tar"
	}
	stage1, err := train.TrainExtractor(ctx, s.engine, set.train, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "stage 1: %d steps in %s, of which %s waiting for batches\n", stage1.Steps, stage1.Took, stage1.Waited)
	if err := s.saveExtractor(net, stage1.Extractor()); err != nil {
		return err
	}
	if s.Stage2 == nil || stage1.Head == nil {
		return s.last(ctx, held, stage1, nil)
	}
	data, err := s.features(ctx, set.train, stage1, true)
	if err != nil {
		return err
	}
	stage2, err := s.finetune(ctx, stage1, data, held)
	if err != nil {
		return err
	}
	return s.last(ctx, held, stage1, stage2)
}

// stage1 completes the recipe's first stage.
func (s *session) stage1(net *backbone.Net) (train.Stage1Config, error) {
	cfg := *s.Stage1
	if s.epochs != 0 {
		for i := range cfg.Schedule.Milestones {
			cfg.Schedule.Milestones[i] *= float64(s.epochs) / float64(cfg.Epochs)
		}
		cfg.Epochs = s.epochs
	}
	cfg.Seed, cfg.Network, cfg.Augment, cfg.Devices = s.Seed, net, s.Augment, s.devices
	cfg.Options = s.runOptions("stage1")
	if s.Head == nil {
		return cfg, nil
	}
	head := *s.Head
	if head.PoseInput == fspfm.PoseFeature {
		return cfg, fmt.Errorf("recipe %s: its head takes pose features; of aligned faces only the angles are known: give -angles", s.Name)
	}
	shapes, err := net.Shapes()
	if err != nil {
		return cfg, err
	}
	head.FeatureLen = shapes[len(shapes)-1][0]
	module, err := fspfm.NewModule(head)
	if err != nil {
		return cfg, err
	}
	cfg.Head, cfg.Poses = module, train.LabelAngles{}
	return cfg, nil
}

// features runs the extractor of stage 1, which is frozen from now on, over a set.
func (s *session) features(ctx context.Context, source dataset.Source, r *train.Stage1Result, mirror bool) (*train.Features, error) {
	extract, done, err := train.NetExtract(s.engine, r.Network, r.Extractor())
	if err != nil {
		return nil, err
	}
	defer done()
	return train.MakeFeatures(ctx, source, extract, train.MakeConfig{Mirror: mirror, Told: every(s.stderr, "features")})
}

// finetune runs stage 2.
func (s *session) finetune(ctx context.Context, stage1 *train.Stage1Result, data *train.Features, held *judge) (*train.FitResult, error) {
	fit, err := stage1.Fit()
	if err != nil {
		return nil, err
	}
	unseen := held.unseen
	if unseen == nil && held.source != nil {
		if unseen, err = s.features(ctx, held.source, stage1, false); err != nil {
			return nil, err
		}
	}
	return s.pairs(ctx, fit, data, unseen)
}

// pairs fine-tunes a head on pairs.
func (s *session) pairs(ctx context.Context, fit *train.FitResult, data, unseen *train.Features) (*train.FitResult, error) {
	cfg := *s.Stage2
	cfg.Seed, cfg.Options = s.Seed, s.runOptions("stage2")
	if unseen != nil {
		cfg.Evaluate = func(ctx context.Context, r *train.FitResult) (train.Values, error) { return mapped(ctx, r, unseen) }
		cfg.EvaluateEvery, cfg.Better = max(1, cfg.Epochs/5), "tar"
	}
	r, err := train.FinetuneHead(ctx, s.engine, fit, data, cfg)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(s.stderr, "stage 2: %d steps in %s: %v\n", r.Steps, r.Took, r.Last)
	return r, s.saveHead(r)
}

// mapped measures a head on features of people that it has never seen.
func mapped(ctx context.Context, r *train.FitResult, unseen *train.Features) (train.Values, error) {
	values, err := r.Map(ctx, unseen)
	if err != nil {
		return nil, err
	}
	return train.Buckets(unseen, values)
}

// judge measures stage 1 on people that it has never seen.
type judge struct {
	*session
	net    *backbone.Net
	source dataset.Source
	// unseen are the features of the last measurement, plain those without the head.
	unseen *train.Features
}

func (j *judge) stage1(ctx context.Context, r *train.Stage1Result) (train.Values, error) {
	var err error
	if j.unseen, err = j.features(ctx, j.source, r, false); err != nil {
		return nil, err
	}
	if r.Head == nil {
		return train.Buckets(j.unseen, j.unseen.Values)
	}
	fit, err := r.Fit()
	if err != nil {
		return nil, err
	}
	return mapped(ctx, fit, j.unseen)
}

// last prints how the stages did.
func (s *session) last(ctx context.Context, held *judge, stage1 *train.Stage1Result, stage2 *train.FitResult) error {
	if held.source == nil {
		return nil
	}
	first, err := held.stage1(ctx, stage1)
	if err != nil {
		return err
	}
	without, err := train.Buckets(held.unseen, held.unseen.Values)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "extractor alone, TAR at FAR 0.01 on unseen people: %v\n", without)
	fmt.Fprintf(s.stderr, "after stage 1: %v\n", first)
	if stage2 == nil {
		fmt.Fprintf(s.stdout, "TAR at FAR 0.01, mean over yaw: %.4f after stage 1\n", first["tar"])
		return nil
	}
	second, err := mapped(ctx, stage2, held.unseen)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "after stage 2: %v\n", second)
	fmt.Fprintf(s.stdout, "TAR at FAR 0.01, mean over yaw: %.4f after stage 1, %.4f after stage 2\n", first["tar"], second["tar"])
	return nil
}

// saveExtractor writes the extractor's weights.
func (s *session) saveExtractor(net *backbone.Net, scope *model.Scope) error {
	tensors, err := weights.Save(scope, net, weights.Own())
	if err != nil {
		return err
	}
	return weights.Write(filepath.Join(s.out, "extractor.safetensors"), tensors, map[string]string{"network": net.Name, "recipe": s.Name, "seed": fmt.Sprint(s.Seed)})
}

// saveHead writes a head's weights, with its configuration beside them in the file.
func (s *session) saveHead(r *train.FitResult) error {
	about := map[string]string{"head": r.Head.Name(), "recipe": s.Name, "seed": fmt.Sprint(s.Seed)}
	if m, ok := r.Head.(*fspfm.Module); ok {
		config, err := json.Marshal(m.Config())
		if err != nil {
			return err
		}
		about["config"] = string(config)
	}
	return train.WriteHead(filepath.Join(s.out, "head.safetensors"), r, about)
}
