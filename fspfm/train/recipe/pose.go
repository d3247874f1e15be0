package recipe

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// poseWeights is the name of the pose network's weights in the run's folder.
const poseWeights = "hopenet.safetensors"

// poseEvaluations is how many times errors are measured, and weights written, in a run.
const poseEvaluations = 10

// poseNetwork trains the light pose network.
func (s *runner) poseNetwork(ctx context.Context) error {
	net, err := s.poseNet()
	if err != nil {
		return err
	}
	set, err := s.faces(false)
	if err != nil {
		return err
	}
	if err := s.gather(ctx, set); err != nil {
		return err
	}
	cfg, err := s.poseConfig(net, set.held)
	if err != nil {
		return err
	}
	if s.Dry {
		cfg.Held = nil
		return s.plan(ctx, net.Net, cfg.Batch, cfg.Epochs, set.all*max(cfg.Uses, 1), func(o run.Options) error {
			cfg.Options = o
			_, err := train.TrainPose(ctx, s.engine, set.train, cfg)
			return err
		})
	}
	result, err := train.TrainPose(ctx, s.engine, set.train, cfg)
	if err != nil {
		return err
	}
	if result.Errors == nil {
		if result.Errors, err = train.PoseErrors(ctx, s.engine, net, result.Scope(), set.held); err != nil {
			return err
		}
	}
	if err := s.savePose(result); err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "%d steps in %s, of which %s waiting for batches; weights in %s\n",
		result.Steps, result.Took, result.Waited, filepath.Join(s.Dir, poseWeights))
	return s.tellPose(ctx, net, result.Scope(), result.Errors, set.held)
}

// poseNet is the network that the recipe trains.
func (s *runner) poseNet() (*hopenet.Net, error) {
	switch s.PoseNetwork {
	case "", "light":
		return hopenet.Light()
	case "resnet50":
		return hopenet.ResNet50()
	}
	return nil, fmt.Errorf("recipe: %w: pose network %q: want light or resnet50", ErrRecipe, s.PoseNetwork)
}

// poseConfig is the recipe's, with what this run has of its own.
func (s *runner) poseConfig(net *hopenet.Net, held dataset.Source) (cfg train.PoseConfig, err error) {
	cfg = s.Pose.WithDefaults()
	cfg.Seed, cfg.Network, cfg.Augment, cfg.Held, cfg.Evaluations, cfg.Devices, cfg.Skips = s.Seed, net, s.Augment, held, poseEvaluations, s.Devices, s.Skips
	cfg.OnErrors = func(r *train.PoseResult) error { return s.savePose(r) }
	cfg.SetEpochs(s.Epochs)
	cfg.Options = s.runOptions("")
	if s.Start != "" {
		cfg.Start, err = weights.Read(s.Start)
	}
	return cfg, err
}

// measurePose measures the weights of -pose, or those that ship, on the recipe's other
// people.
func (s *runner) measurePose(ctx context.Context) error {
	if s.Pose == nil || s.Rendered == nil {
		return fmt.Errorf("recipe %s renders no heads for a pose network: there is nothing to measure", s.Name)
	}
	set, err := s.rendered(false)
	if err != nil {
		return err
	}
	held, err := s.inMemory(ctx, "other people's heads", set.held)
	if err != nil {
		return err
	}
	return s.withPoseNet(ctx, func(net *hopenet.Net, scope *model.Scope, _ string) error {
		errors, err := train.PoseErrors(ctx, s.engine, net, scope, held)
		if err != nil {
			return err
		}
		return s.tellPose(ctx, net, scope, errors, held)
	})
}

// tellPose prints the errors of a pose network, on all heads and by yaw.
func (s *runner) tellPose(ctx context.Context, net *hopenet.Net, scope *model.Scope, e run.Values, held dataset.Source) error {
	if err := s.errorsByYaw(ctx, net, scope, held); err != nil {
		return err
	}
	fmt.Fprintf(s.Report, "mean absolute error on unseen people: %.2f degrees (yaw %.2f, pitch %.2f, roll %.2f; between orientations %.2f)\n",
		e["mae"], e["mae_yaw"], e["mae_pitch"], e["mae_roll"], e["geodesic"])
	return nil
}

// errorsByYaw prints the errors on heads that are turned little, half and far, and on all
// but profiles: towards 90 degrees of yaw pitch and roll become one and the same turn of
// the picture, so that their errors say less than the angle between orientations does.
func (s *runner) errorsByYaw(ctx context.Context, net *hopenet.Net, scope *model.Scope, held dataset.Source) error {
	for _, part := range []struct{ from, to float64 }{{0, 30}, {30, 60}, {60, 80}, {80, 180}, {0, 80}} {
		var heads []int
		for i := range held.Len() {
			if yaw := math.Abs(pose.Degrees(held.Label(i).Pose.Yaw)); yaw >= part.from && yaw < part.to {
				heads = append(heads, i)
			}
		}
		if len(heads) == 0 {
			continue
		}
		set, err := dataset.Subset(held, heads)
		if err != nil {
			return err
		}
		e, err := train.PoseErrors(ctx, s.engine, net, scope, set)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Log, "yaw from %g to %g degrees, %d heads: %v\n", part.from, part.to, len(heads), e)
	}
	return nil
}

// savePose writes the network's weights as they are now, so that a run that is cut short
// leaves some.
func (s *runner) savePose(result *train.PoseResult) error {
	tensors, err := weights.Save(result.Scope(), result.Network.Net, weights.Own())
	if err != nil {
		return err
	}
	about := map[string]string{"network": result.Network.Name, "recipe": s.Name, "seed": fmt.Sprint(s.Seed), "errors": result.Errors.String()}
	return weights.Write(filepath.Join(s.Dir, poseWeights), tensors, about)
}
