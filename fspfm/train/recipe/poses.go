package recipe

import (
	"cmp"
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// poseOf is what is taken of a pose network.
type poseOf func(compute.Backend, *hopenet.Net, *model.Scope) (features.Extract, func(), error)

var (
	poseFeatures poseOf = features.PoseExtract
	poseAngles   poseOf = features.AnglesExtract
)

// withPose opens the light pose network of -pose, or the one that ships, for as long as
// do runs; hash names its weights.
func (s *runner) withPose(ctx context.Context, of poseOf, do func(pose features.Extract, hash string) error) error {
	return s.withPoseNet(ctx, func(net *hopenet.Net, scope *model.Scope, hash string) error {
		extract, done, err := of(s.engine, net, scope)
		if err != nil {
			return err
		}
		defer done()
		return do(extract, hash)
	})
}

// withPoseNet opens the same network's weights for as long as do runs.
func (s *runner) withPoseNet(ctx context.Context, do func(net *hopenet.Net, scope *model.Scope, hash string) error) error {
	file, err := models.Find(ctx, pack.Pose, cmp.Or(s.PoseNet, "tiny"))
	if err != nil {
		return err
	}
	net, scope, free, err := file.PoseWeights()
	if err != nil {
		return err
	}
	defer free()
	s.networks.PoseSHA256 = file.SHA256
	return do(net, scope, file.SHA256[:32])
}

// estimate gives a rendered set its pose features, those of the training's mirror images
// too if training mirrors faces.
func (s *runner) estimate(ctx context.Context, set *sets, of poseOf) error {
	wide, err := s.rendered(false)
	if err != nil {
		return err
	}
	return s.withPose(ctx, of, func(pose features.Extract, hash string) error {
		if set.poses, err = s.look(ctx, "pose "+hash, wide.train, pose, s.Augment.Flip > 0, nil); err != nil || set.held == nil {
			return err
		}
		set.heldPoses, err = s.look(ctx, "pose "+hash, wide.held, pose, false, nil)
		return err
	})
}

// look runs a network over a set, or takes what the run's folder has kept of an earlier
// look. The name stands for the network.
func (s *runner) look(ctx context.Context, name string, source dataset.Source, extract features.Extract, mirror bool, poses *features.Set) (*features.Set, error) {
	source, err := s.part(source)
	if err != nil {
		return nil, err
	}
	look := func() (*features.Set, error) {
		return features.Make(ctx, source, extract, features.Config{Mirror: mirror, Poses: poses, Progress: every(s.Log, "features"), Skips: s.Skips})
	}
	if s.Dir == "" {
		return look()
	}
	return features.Cached(s.Dir, fmt.Sprintf("%s %s mirror=%v", name, dataset.Fingerprint(source), mirror), look)
}
