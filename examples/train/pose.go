package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// poseFile is the name of the pose network's weights in the run's folder.
const poseFile = "hopenet.safetensors"

// poseNetwork trains the light pose network.
func (s *session) poseNetwork(ctx context.Context) error {
	net, err := hopenet.Light()
	if err != nil {
		return err
	}
	set, err := s.faces(ctx, false)
	if err != nil {
		return err
	}
	defer set.close()
	cfg := *s.Pose
	cfg.Seed, cfg.Network, cfg.Augment, cfg.Held, cfg.EvaluateEvery, cfg.Devices = s.Seed, net, s.Augment, set.held, 2, s.devices
	cfg.Epochs = or(s.epochs, cfg.Epochs)
	cfg.Options = s.runOptions("")
	if s.dry {
		cfg.Held = nil
		return s.plan(net.Net, cfg.Batch, cfg.Epochs, set.all, func(o train.Options) error {
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
	return s.savePose(result)
}

// savePose writes the network's weights, and prints how it did.
func (s *session) savePose(result *train.PoseResult) error {
	tensors, err := weights.Save(result.Scope(), result.Network.Net, weights.Own())
	if err != nil {
		return err
	}
	about := map[string]string{"network": result.Network.Name, "recipe": s.Name, "seed": fmt.Sprint(s.Seed), "errors": result.Errors.String()}
	path := filepath.Join(s.out, poseFile)
	if err := weights.Write(path, tensors, about); err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "%d steps in %s, of which %s waiting for batches; weights in %s\n", result.Steps, result.Took, result.Waited, path)
	fmt.Fprintf(s.stderr, "errors on people never seen, in degrees: %v\n", result.Errors)
	fmt.Fprintf(s.stdout, "mean absolute error on unseen people: %.2f degrees\n", result.Errors["mae"])
	return nil
}

// or returns a flag's value, or the recipe's where the flag is zero.
func or(flag, recipe int) int {
	if flag != 0 {
		return flag
	}
	return recipe
}
