package recipe

import (
	"context"
	"errors"
	"fmt"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// head trains a head behind a frozen extractor.
func (s *runner) head(ctx context.Context) error {
	if s.Recognizer == "" {
		return errors.New("recipe: a head needs a recognizer to stand behind: a pack's name or folder, an ONNX file, or weights of the recipe mini")
	}
	if s.PoseNet != "" && s.given.Train != nil {
		return errors.New("recipe: a pose network goes with rendered heads: of aligned faces a pose network sees too little; leave it out, and angles are taken")
	}
	data, unseen, err := s.headFeatures(ctx)
	if err != nil {
		return err
	}
	module, err := s.module(data)
	if err != nil {
		return err
	}
	if s.Dry {
		fmt.Fprintf(s.Report, "head      %s, %d parameters\nfeatures  %d of length %d, pose vectors of length %d\n", module.Name(), module.NumParams(), data.Len(), data.FeatureLen, module.PoseLen())
		return nil
	}
	if len(s.HeadSeeds) > 0 {
		return s.ship(ctx, data, unseen)
	}
	return s.fit(ctx, module, data, unseen)
}

// fit runs both stages behind the frozen extractor.
func (s *runner) fit(ctx context.Context, module *head.Module, data, unseen *features.Set) error {
	cfg := s.Recipe.Head.WithDefaults()
	cfg.SetEpochs(s.Epochs)
	cfg.Seed, cfg.Options = s.Seed, s.runOptions("stage1")
	if unseen != nil {
		cfg.Evaluate = func(ctx context.Context, r *train.HeadResult) (run.Values, error) { return mapped(ctx, r, unseen) }
		cfg.EvaluateEvery, cfg.Better = max(1, cfg.Epochs/5), "tar"
	}
	fit, err := train.TrainHead(ctx, s.engine, module, data, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "stage 1: %d steps in %s: %v\n", fit.Steps, fit.Took, fit.Last)
	if err := s.saveHead(fit); err != nil {
		return err
	}
	stage2 := fit
	if s.Pairs != nil {
		if stage2, err = s.pairs(ctx, fit, data, unseen, *s.Pairs, "stage2"); err != nil {
			return err
		}
		if err := s.saveHead(stage2); err != nil {
			return err
		}
	}
	if unseen == nil {
		fmt.Fprintf(s.Report, "nothing was evaluated; at the last step: %v\n", stage2.Last)
		return nil
	}
	return s.compare(ctx, unseen, fit, stage2)
}

// compare prints how the extractor does without a head, and with it after each stage.
func (s *runner) compare(ctx context.Context, unseen *features.Set, stage1, stage2 *train.HeadResult) error {
	without, err := eval.Buckets(unseen, unseen.Values)
	if err != nil {
		return err
	}
	first, err := mapped(ctx, stage1, unseen)
	if err != nil {
		return err
	}
	second, err := mapped(ctx, stage2, unseen)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "extractor alone, TAR at FAR 0.01 on unseen people: %v\nafter stage 1: %v\nafter stage 2: %v\n", run.Values(without), first, second)
	fmt.Fprintf(s.Report, "TAR at FAR 0.01, mean over yaw: %.4f without a head, %.4f after stage 1, %.4f after stage 2\n", without["tar"], first["tar"], second["tar"])
	return nil
}

// module is the recipe's head for the features at hand.
func (s *runner) module(data *features.Set) (*head.Module, error) {
	cfg := head.Config{}
	if s.Module != nil {
		cfg = *s.Module
	}
	cfg.FeatureLen, cfg.PoseLen = data.FeatureLen, data.PoseLen
	if data.PoseLen == 0 {
		cfg.PoseInput = head.PoseAngles
	}
	if cfg.PoseInput == head.PoseAngles {
		cfg.PoseLen = 3
	}
	return head.New(cfg)
}

// headFeatures makes the features of training and evaluation, or takes those that an
// earlier run has kept.
func (s *runner) headFeatures(ctx context.Context) (data, unseen *features.Set, err error) {
	if s.Turned != nil {
		data, err = s.turnedFeatures(ctx)
		return data, nil, err
	}
	extractor, hash, err := s.openExtractor(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer extractor.Close()
	s.networks.ExtractorSHA256 = []string{hash}
	set, err := s.faces(true)
	if err == nil {
		err = s.needs(set, true)
	}
	if err != nil {
		return nil, nil, err
	}
	if s.PoseNet != "" {
		if err := s.estimate(ctx, set, poseFeatures); err != nil {
			return nil, nil, err
		}
		hash += " pose " + set.poses.Hash()
	}
	if data, err = s.look(ctx, hash, set.train, extractor.ExtractPixels, s.Augment.Flip > 0, set.poses); err != nil {
		return nil, nil, err
	}
	if set.held != nil {
		unseen, err = s.look(ctx, hash, set.held, extractor.ExtractPixels, false, set.heldPoses)
	}
	if s.given.Train == nil && s.PoseNet == "" {
		asEstimated(data, unseen)
	}
	return data, unseen, err
}

// asEstimated carries the labels of renders to the frame in which fspfm gives angles to a
// head that takes them.
func asEstimated(sets ...*features.Set) {
	for _, f := range sets {
		if f == nil {
			continue
		}
		for i, a := range f.Angles {
			f.Angles[i] = hopenet.Nod(a, hopenet.RenderedNodDeg)
		}
	}
}

// openExtractor opens what -extractor names, and returns its hash.
func (s *runner) openExtractor(ctx context.Context) (*backbone.Extractor, string, error) {
	file, err := models.Find(ctx, pack.Recognizer, s.Recognizer)
	if err != nil {
		return nil, "", err
	}
	e, err := file.Extractor(s.engine, backbone.ExtractorConfig{})
	return e, file.SHA256, err
}
