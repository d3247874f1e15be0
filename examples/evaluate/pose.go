package main

import (
	"context"
	"os"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/internal/recogniser"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// poseNet is a light pose network: its pooled features of many pictures at once, and its angles.
type poseNet struct {
	extract   features.Extract
	estimator *hopenet.Estimator
	hash      string // of its file
	close     func()
}

// openPose opens the light pose network of -pose, or the one that ships.
func (o *options) openPose(ctx context.Context, engine compute.Backend) (*poseNet, error) {
	var data []byte
	var err error
	if o.pose != "" {
		data, err = os.ReadFile(o.pose)
	} else {
		data, err = recogniser.ShippedPose(ctx)
	}
	if err != nil {
		return nil, err
	}
	net, scope, _, err := recogniser.Pose(data) // the extract keeps the weights
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
	return &poseNet{extract, estimator, hashOf(data), func() { estimator.Close(); done() }}, nil
}
