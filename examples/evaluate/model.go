package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/internal/recogniser"
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

// openExtractor opens the extractor of -model. flip adds the mirrored face's feature, as
// the published protocols do.
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
	cfg := backbone.ExtractorConfig{Pixels: recogniser.Pixels(entry.Input), FlipSum: flip, Batch: 64}
	e, err := recogniser.Open(engine, entry.Kind, data, cfg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", entry.Where(), err)
	}
	return &extractor{Extractor: e, name: p.Name(), hash: hashOf(data)}, nil
}
