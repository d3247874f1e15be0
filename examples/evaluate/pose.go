package main

import (
	"context"
	"os"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/internal/recogniser"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// openPose opens the light pose network of -pose, or the one that ships.
func (o *options) openPose(ctx context.Context, engine compute.Backend) (extract train.Extract, hash string, done func(), err error) {
	var data []byte
	if o.pose != "" {
		data, err = os.ReadFile(o.pose)
	} else {
		data, err = shippedPose(ctx)
	}
	if err != nil {
		return nil, "", nil, err
	}
	net, err := hopenet.Light()
	if err != nil {
		return nil, "", nil, err
	}
	scope, _, err := recogniser.Weights(net.Net, data) // the extract keeps them
	if err != nil {
		return nil, "", nil, err
	}
	extract, done, err = train.PoseExtract(engine, net, scope)
	return extract, hashOf(data), done, err
}

// shippedPose is the file of the pose network that is compiled into every program.
func shippedPose(ctx context.Context) ([]byte, error) {
	p, err := pack.Fetch(ctx, "tiny")
	if err != nil {
		return nil, err
	}
	return p.Read(pack.Pose)
}
