package main

import (
	"cmp"
	"context"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// poseNet is a light pose network: its pooled features of many pictures at once, and its
// angles.
type poseNet struct {
	extract   features.Extract
	estimator *hopenet.Estimator
	hash      string // of its file
	close     func()
}

// openPose opens the light pose network of -pose, or the one that ships.
func (o *options) openPose(ctx context.Context, engine compute.Backend) (*poseNet, error) {
	file, err := models.Find(ctx, pack.Pose, cmp.Or(o.pose, "tiny"))
	if err != nil {
		return nil, err
	}
	net, scope, _, err := file.PoseWeights() // the extract keeps the weights
	if err != nil {
		return nil, err
	}
	extract, done, err := features.PoseExtract(engine, net, scope)
	if err != nil {
		return nil, err
	}
	estimator, err := hopenet.New(engine, net, scope, hopenet.Config{})
	if err != nil {
		done()
		return nil, err
	}
	return &poseNet{extract, estimator, file.SHA256, func() { estimator.Close(); done() }}, nil
}
