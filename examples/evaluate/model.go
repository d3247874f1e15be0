package main

import (
	"context"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// extractor is a recognizer of aligned faces with what names it.
type extractor struct {
	*backbone.Extractor
	name string
	hash string // of its file
}

// openExtractor opens the extractor of -pack. flip adds the mirrored face's feature, as
// the published protocols do.
func (o *options) openExtractor(ctx context.Context, engine compute.Backend, flip bool) (*extractor, error) {
	p, err := models.Pack(ctx, o.model, pack.Progress(o.stderr))
	if err != nil {
		return nil, err
	}
	file, err := models.Of(p, pack.Recognizer)
	if err != nil {
		return nil, err
	}
	e, err := file.Extractor(engine, backbone.ExtractorConfig{FlipSum: flip, Batch: 64})
	if err != nil {
		return nil, err
	}
	return &extractor{Extractor: e, name: p.Name(), hash: file.SHA256}, nil
}
