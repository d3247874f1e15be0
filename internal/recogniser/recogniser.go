// Package recogniser makes the recognisers of model packs ready, whatever their files
// hold: ONNX networks of others, or the weights of this module's own light network; and
// the light pose network that looks at the same heads.
package recogniser

import (
	"context"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// Pixels says how a model of a pack is fed.
func Pixels(in pack.Input) backbone.Pixels {
	return backbone.Pixels{BGR: in.BGR, Mean: in.Mean, Std: in.Std}
}

// Open reads a file of the kind, and makes it ready on an engine, which stays the
// caller's and must outlive the extractor.
func Open(engine compute.Backend, kind pack.Kind, data []byte, cfg backbone.ExtractorConfig) (*backbone.Extractor, error) {
	if kind != pack.Mini {
		network, err := backbone.FromONNX(data)
		if err != nil {
			return nil, err
		}
		return backbone.NewExtractor(engine, network, cfg)
	}
	net, err := backbone.Mini{}.Net()
	if err != nil {
		return nil, err
	}
	scope, free, err := Weights(net, data)
	if err != nil {
		return nil, err
	}
	defer free()
	return backbone.NewNetExtractor(engine, net, scope, cfg)
}

// Weights reads the weights of a network of this module, under its own names, below a
// scope. The caller frees them.
func Weights(net weights.Network, data []byte) (scope *model.Scope, free func(), err error) {
	list, _, err := weights.DecodeSafetensors(data)
	if err != nil {
		return nil, nil, err
	}
	store := model.NewStore()
	if err := weights.Load(store.RootScope(), dtypes.Float32, net, list, weights.Own()); err != nil {
		store.Finalize()
		return nil, nil, err
	}
	return store.RootScope(), store.Finalize, nil
}

// ShippedPose returns the file of the light pose network that is compiled into every program.
func ShippedPose(ctx context.Context) ([]byte, error) {
	p, err := pack.Fetch(ctx, "tiny")
	if err != nil {
		return nil, err
	}
	return p.Read(pack.Pose)
}

// Pose reads the weights of a light pose network. The caller frees them.
func Pose(data []byte) (net *hopenet.Net, scope *model.Scope, free func(), err error) {
	if net, err = hopenet.Light(); err != nil {
		return nil, nil, nil, err
	}
	scope, free, err = Weights(net.Net, data)
	return net, scope, free, err
}
