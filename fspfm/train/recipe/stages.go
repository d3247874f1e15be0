package recipe

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
)

// twoStages trains an extractor with a head, and then the head on pairs.
func (s *runner) twoStages(ctx context.Context) error {
	set, err := s.posedFaces(ctx)
	if err != nil {
		return err
	}
	if s.Dry {
		cfg, err := s.stage1(set)
		if err != nil {
			return err
		}
		net := *cfg.Network
		net.Recompute = cfg.Recompute
		return s.plan(ctx, &net, cfg.Batch, cfg.Epochs, set.all, func(o run.Options) error {
			cfg.Options = o
			_, err := train.TrainExtractor(ctx, s.engine, set.train, cfg)
			return err
		})
	}
	trained, err := s.bothStages(ctx, set)
	if err != nil {
		return err
	}
	defer trained.judge.close()
	return s.last(ctx, trained)
}

// posedFaces are the faces for both stages, in memory if they are rendered, with the
// poses that the head takes.
func (s *runner) posedFaces(ctx context.Context) (*sets, error) {
	if s.given.Train != nil && s.Module != nil && s.Module.PoseInput == head.PoseFeature {
		return nil, fmt.Errorf("recipe %s: its head takes pose features; of aligned faces only the angles are known: let it take angles", s.Name)
	}
	set, err := s.faces(true)
	if err == nil {
		err = s.needs(set, s.Module != nil)
	}
	if err != nil {
		return nil, err
	}
	if s.Module != nil && s.Module.PoseInput == head.PoseFeature {
		if err := s.estimate(ctx, set, poseFeatures); err != nil {
			return nil, err
		}
	}
	return set, s.gather(ctx, set)
}

// trained is what a run of both stages leaves.
type trained struct {
	stage1 *train.ExtractorResult
	// stage2 is nil where there is no second stage.
	stage2 *train.HeadResult
	// data are the features of the training set, by the extractor of stage 1; nil without
	// a second stage.
	data  *features.Set
	judge *judge
}

// bothStages runs them one after the other. The caller closes the judge.
func (s *runner) bothStages(ctx context.Context, set *sets) (out *trained, err error) {
	cfg, err := s.stage1(set)
	if err != nil {
		return nil, err
	}
	out = &trained{judge: &judge{runner: s, set: set}}
	defer func() {
		if err != nil {
			out.judge.close()
		}
	}()
	if set.held != nil {
		cfg.Evaluate, cfg.EvaluateEvery, cfg.Better = out.judge.stage1, (cfg.Epochs+3)/4, "tar"
	}
	if out.stage1, err = train.TrainExtractor(ctx, s.engine, set.train, cfg); err != nil {
		return out, err
	}
	fmt.Fprintf(s.Log, "stage 1: %d steps in %s, of which %s waiting for batches\n", out.stage1.Steps, out.stage1.Took, out.stage1.Waited)
	hash, err := s.saveExtractor(cfg.Network, out.stage1.Extractor())
	s.networks.ExtractorSHA256 = []string{hash}
	if err != nil || s.Pairs == nil || out.stage1.Head == nil {
		return out, err
	}
	extract, err := out.judge.eye(out.stage1)
	if err != nil {
		return out, err
	}
	if out.data, err = s.look(ctx, "extractor "+hash, set.train, extract, s.Augment.Flip > 0, set.poses); err != nil {
		return out, err
	}
	if out.stage2, err = s.finetune(ctx, out, *s.Pairs, "stage2"); err != nil {
		return out, err
	}
	return out, s.saveHead(out.stage2)
}

// stage1 completes the recipe's first stage.
func (s *runner) stage1(set *sets) (train.ExtractorConfig, error) {
	cfg := s.Extractor.WithDefaults()
	net, err := s.Network.Net()
	if err != nil {
		return cfg, err
	}
	cfg.SetEpochs(s.Epochs)
	cfg.Seed, cfg.Network, cfg.Augment, cfg.Devices, cfg.Skips = s.Seed, net, s.Augment, s.Devices, s.Skips
	cfg.Options = s.runOptions("stage1")
	if s.Module == nil {
		return cfg, nil
	}
	shapes, err := net.Shapes()
	if err != nil {
		return cfg, err
	}
	h := *s.Module
	h.FeatureLen = shapes[len(shapes)-1][0]
	cfg.Poses = train.LabelAngles{}
	if h.PoseInput == head.PoseFeature {
		if cfg.Poses, err = train.NewPoseTable(set.poses, set.train); err != nil {
			return cfg, err
		}
		h.PoseLen = set.poses.FeatureLen
	}
	cfg.Head, err = head.New(h)
	return cfg, err
}

// finetune runs a second stage behind the extractor of the first, in a folder of its own
// within that of the run.
func (s *runner) finetune(ctx context.Context, t *trained, cfg train.PairsConfig, folder string) (*train.HeadResult, error) {
	fit, err := t.stage1.HeadResult()
	if err != nil {
		return nil, err
	}
	unseen := t.judge.unseen
	if unseen == nil && t.judge.set.held != nil {
		if unseen, err = t.judge.features(ctx, t.stage1, t.judge.set.held, t.judge.set.heldPoses); err != nil {
			return nil, err
		}
	}
	return s.pairs(ctx, fit, t.data, unseen, cfg, folder)
}

// pairs fine-tunes a head on pairs.
func (s *runner) pairs(ctx context.Context, fit *train.HeadResult, data, unseen *features.Set, cfg train.PairsConfig, folder string) (*train.HeadResult, error) {
	cfg = cfg.WithDefaults()
	cfg.Seed, cfg.Options = s.Seed, s.runOptions(folder)
	if unseen != nil {
		cfg.Evaluate = func(ctx context.Context, r *train.HeadResult) (run.Values, error) { return mapped(ctx, r, unseen) }
		cfg.EvaluateEvery, cfg.Better = max(1, cfg.Epochs/5), "tar"
	}
	r, err := train.TrainPairs(ctx, s.engine, fit, data, cfg)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(s.Log, "%s: %d steps in %s: %v\n", folder, r.Steps, r.Took, r.Last)
	return r, nil
}

// mapped measures a head on features of people that it has never seen.
func mapped(ctx context.Context, r *train.HeadResult, unseen *features.Set) (run.Values, error) {
	values, err := r.Map(ctx, unseen)
	if err != nil {
		return nil, err
	}
	return eval.Buckets(unseen, values)
}

// judge measures stage 1 on people that it has never seen.
type judge struct {
	*runner
	set *sets
	// unseen are the features of the last measurement, plain those without the head.
	unseen *features.Set

	// extract is the extractor as it is at every moment of its training, once somebody
	// has asked for it.
	extract features.Extract
	done    func()
}

// eye compiles the extractor when it is first asked for.
func (j *judge) eye(r *train.ExtractorResult) (features.Extract, error) {
	if j.extract != nil {
		return j.extract, nil
	}
	var err error
	j.extract, j.done, err = features.NetExtract(j.engine, r.Network, r.Extractor())
	return j.extract, err
}

func (j *judge) close() {
	if j.done != nil {
		j.done()
	}
}

// features runs the extractor of stage 1 over a set. They are not kept.
func (j *judge) features(ctx context.Context, r *train.ExtractorResult, source dataset.Source, poses *features.Set) (*features.Set, error) {
	extract, err := j.eye(r)
	if err != nil {
		return nil, err
	}
	return features.Make(ctx, source, extract, features.Config{Poses: poses, Progress: every(j.Log, "features"), Skips: j.Skips})
}

func (j *judge) stage1(ctx context.Context, r *train.ExtractorResult) (run.Values, error) {
	var err error
	if j.unseen, err = j.features(ctx, r, j.set.held, j.set.heldPoses); err != nil {
		return nil, err
	}
	if r.Head == nil {
		return eval.Buckets(j.unseen, j.unseen.Values)
	}
	fit, err := r.HeadResult()
	if err != nil {
		return nil, err
	}
	return mapped(ctx, fit, j.unseen)
}

// last prints how the stages did.
func (s *runner) last(ctx context.Context, t *trained) error {
	if t.judge.set.held == nil {
		end := t.stage1.Last
		if t.stage2 != nil {
			end = t.stage2.Last
		}
		fmt.Fprintf(s.Report, "nothing was evaluated; at the last step: %v\n", end)
		return nil
	}
	first, err := t.judge.stage1(ctx, t.stage1)
	if err != nil {
		return err
	}
	without, err := eval.Buckets(t.judge.unseen, t.judge.unseen.Values)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "extractor alone, TAR at FAR 0.01 on unseen people: %v\n", run.Values(without))
	fmt.Fprintf(s.Log, "after stage 1: %v\n", first)
	if t.stage2 == nil {
		fmt.Fprintf(s.Report, "TAR at FAR 0.01, mean over yaw: %.4f after stage 1\n", first["tar"])
		return nil
	}
	second, err := mapped(ctx, t.stage2, t.judge.unseen)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "after stage 2: %v\n", second)
	fmt.Fprintf(s.Report, "TAR at FAR 0.01, mean over yaw: %.4f after stage 1, %.4f after stage 2\n", first["tar"], second["tar"])
	return nil
}

// saveExtractor writes the extractor's weights, and returns the file's hash.
func (s *runner) saveExtractor(net *backbone.Net, scope *model.Scope) (hash string, err error) {
	tensors, err := weights.Save(scope, net, weights.Own())
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.Dir, "extractor.safetensors")
	if err := weights.Write(path, tensors, map[string]string{"network": net.Name, "recipe": s.Name, "seed": fmt.Sprint(s.Seed)}); err != nil {
		return "", err
	}
	return features.HashFile(path)
}

// saveHead writes a head as head.Read reads it, with the networks that it was
// trained with.
func (s *runner) saveHead(r *train.HeadResult) error {
	module, err := r.Module()
	if err != nil {
		return err
	}
	about, err := s.networks.About()
	if err != nil {
		return err
	}
	about["recipe"], about["seed"] = s.Name, fmt.Sprint(s.Seed)
	var file bytes.Buffer
	if err := module.Save(&file, about); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Dir, "head.safetensors"), file.Bytes(), 0o644)
}
