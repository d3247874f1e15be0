package main

import (
	"os"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// openPose opens the light pose network.
func openPose(engine compute.Backend, file string) (extract train.Extract, hash string, done func(), err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, "", nil, err
	}
	net, err := hopenet.Light()
	if err != nil {
		return nil, "", nil, err
	}
	tensors, err := weights.Decode(data)
	if err != nil {
		return nil, "", nil, err
	}
	store := model.NewStore()
	if err := weights.Load(store.RootScope(), dtypes.Float32, net.Net, tensors, weights.Own()); err != nil {
		return nil, "", nil, err
	}
	extract, done, err = train.PoseExtract(engine, net, store.RootScope())
	return extract, hashOf(data), done, err
}
