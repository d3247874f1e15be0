package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// extractor is a recogniser of aligned faces with what names it.
type extractor struct {
	*backbone.Extractor
	name string
	hash string // of its file
}

// openPack returns the pack of -model.
func (o *options) openPack(ctx context.Context) (*pack.Pack, error) {
	if info, err := os.Stat(o.model); err == nil && info.IsDir() {
		return pack.FromDir(o.model)
	}
	return pack.Fetch(ctx, o.model, pack.Progress(o.stderr))
}

// openExtractor opens the extractor of -model. flip adds the mirrored face's feature, as the published protocols do.
func (o *options) openExtractor(ctx context.Context, engine compute.Backend, flip bool) (*extractor, error) {
	p, err := o.openPack(ctx)
	if err != nil {
		return nil, err
	}
	entry, err := p.Entry(pack.Recognizer)
	if err != nil {
		return nil, err
	}
	data, err := p.Read(pack.Recognizer)
	if err != nil {
		return nil, err
	}
	in := entry.Input
	cfg := backbone.ExtractorConfig{Pixels: backbone.Pixels{BGR: in.BGR, Mean: in.Mean, Std: in.Std}, FlipSum: flip, Batch: 64}
	var e *backbone.Extractor
	if entry.Kind == pack.Mini {
		e, err = miniExtractor(engine, data, cfg)
	} else {
		e, err = onnxExtractor(engine, data, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", entry.Where(), err)
	}
	return &extractor{Extractor: e, name: p.Name(), hash: hashOf(data)}, nil
}

func onnxExtractor(engine compute.Backend, data []byte, cfg backbone.ExtractorConfig) (*backbone.Extractor, error) {
	network, err := backbone.FromONNX(data)
	if err != nil {
		return nil, err
	}
	return backbone.NewExtractor(engine, network, cfg)
}

func miniExtractor(engine compute.Backend, data []byte, cfg backbone.ExtractorConfig) (*backbone.Extractor, error) {
	net, err := backbone.Mini{}.Net()
	if err != nil {
		return nil, err
	}
	tensors, err := weights.Decode(data)
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	defer store.Finalize()
	if err := weights.Load(store.RootScope(), dtypes.Float32, net, tensors, weights.Own()); err != nil {
		return nil, err
	}
	return backbone.NewNetExtractor(engine, net, store.RootScope(), cfg)
}
