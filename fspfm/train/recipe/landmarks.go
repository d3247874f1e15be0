package recipe

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
)

// landmarkWeights is the name of the landmark network's weights in the run's folder.
const landmarkWeights = "landmark.safetensors"

// landmarkNetwork trains the light landmark network.
func (s *runner) landmarkNetwork(ctx context.Context) error {
	net, err := landmark.Light()
	if err != nil {
		return err
	}
	set, err := s.landmarkSets(ctx)
	if err != nil {
		return err
	}
	cfg, err := s.landmarkConfig(net, set.held)
	if err != nil {
		return err
	}
	if s.Dry {
		cfg.Held = nil
		return s.plan(ctx, net.Net, cfg.Batch, cfg.Epochs, set.all, func(o run.Options) error {
			cfg.Options = o
			_, err := train.TrainLandmarks(ctx, s.engine, set.train, cfg)
			return err
		})
	}
	result, err := train.TrainLandmarks(ctx, s.engine, set.train, cfg)
	if err != nil {
		return err
	}
	if err := s.saveLandmarks(result); err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "%d steps in %s, of which %s waiting for batches; weights in %s\n",
		result.Steps, result.Took, result.Waited, filepath.Join(s.Dir, landmarkWeights))
	return s.tellLandmarks(ctx, net, result.Scope(), set.held)
}

// landmarkSets are the recipe's heads, or what a recognizer reads on turned ones.
func (s *runner) landmarkSets(ctx context.Context) (*sets, error) {
	if s.Turned != nil {
		return s.readings(ctx)
	}
	set, err := s.rendered(false)
	if err != nil {
		return nil, err
	}
	return set, s.gather(ctx, set)
}

// landmarkConfig is the recipe's, with what this run has of its own.
func (s *runner) landmarkConfig(net *landmark.Net, held dataset.Source) (cfg train.LandmarksConfig, err error) {
	cfg = s.Landmarks.WithDefaults()
	cfg.Seed, cfg.Network, cfg.Augment, cfg.Held, cfg.Evaluations, cfg.Devices, cfg.Skips = s.Seed, net, s.Augment, held, poseEvaluations, s.Devices, s.Skips
	cfg.OnErrors = s.saveLandmarks
	cfg.SetEpochs(s.Epochs)
	cfg.Options = s.runOptions("")
	if s.Start != "" {
		cfg.Start, err = weights.Read(s.Start)
	}
	return cfg, err
}

// measureLandmarks measures the weights in the run's folder on the recipe's other people.
func (s *runner) measureLandmarks(ctx context.Context) error {
	net, err := landmark.Light()
	if err != nil {
		return err
	}
	tensors, err := weights.Read(filepath.Join(s.Dir, landmarkWeights))
	if err != nil {
		return err
	}
	store := model.NewStore()
	if err := weights.Load(store.Scope(train.LandmarksScope), dtypes.Float32, net.Net, tensors, weights.Own()); err != nil {
		return err
	}
	set, err := s.landmarkSets(ctx)
	if err != nil {
		return err
	}
	return s.tellLandmarks(ctx, net, store.Scope(train.LandmarksScope), set.held)
}

// tellLandmarks prints the errors of a landmark network, in moved windows and in those of
// the true boxes, by yaw and on all heads.
func (s *runner) tellLandmarks(ctx context.Context, net *landmark.Net, scope *model.Scope, held dataset.Source) error {
	moves := s.Landmarks.WithDefaults().Moves
	for _, part := range []struct{ from, to float64 }{{0, 30}, {30, 60}, {60, 75}, {75, 180}} {
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
		e, err := train.LandmarkErrors(ctx, s.engine, net, scope, set, *moves)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Log, "yaw from %g to %g degrees, %d heads: %v\n", part.from, part.to, len(heads), e)
	}
	exact, err := train.LandmarkErrors(ctx, s.engine, net, scope, held, train.LandmarkMoves{})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "in the windows of true boxes: %v\n", exact)
	e, err := train.LandmarkErrors(ctx, s.engine, net, scope, held, *moves)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Report, "median error on unseen people, in percent of the box's longer side: %.2f of points that are seen (eye %.2f, nose %.2f, mouth %.2f), %.2f of hidden ones\n",
		e["median"], e["eye"], e["nose"], e["mouth"], e["hidden"])
	return nil
}

// saveLandmarks writes the network's weights as they are now, so that a run that is cut
// short leaves some.
func (s *runner) saveLandmarks(result *train.LandmarksResult) error {
	tensors, err := weights.Save(result.Scope(), result.Network.Net, weights.Own())
	if err != nil {
		return err
	}
	about := map[string]string{"network": result.Network.Name, "recipe": s.Name, "seed": fmt.Sprint(s.Seed), "errors": result.Errors.String()}
	return weights.Write(filepath.Join(s.Dir, landmarkWeights), tensors, about)
}
