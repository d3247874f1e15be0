package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/gomlx/compute"
	"golang.org/x/sync/errgroup"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm/dataset"
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

// pixelBatch is the number of pictures that are decoded at once.
const pixelBatch = 64

// extract opens the extractor, which it returns for its name and hash, and makes the features
// of n pictures, each summed with that of its mirror image. pixels writes picture i,
// [112, 112, 3]; it is called for several at once.
func (o *options) extract(ctx context.Context, n int, what string, pixels func(i int, dst []uint8) error) (*extractor, [][]float32, error) {
	engine, err := backend.OpenContext(ctx, o.backend)
	if err != nil {
		return nil, nil, err
	}
	defer engine.Finalize()
	e, err := o.openExtractor(ctx, engine, true)
	if err != nil {
		return nil, nil, err
	}
	defer e.Close()
	progress := tell.New(o.stderr).Of(what)
	features := make([][]float32, 0, n)
	for at := 0; at < n; at += pixelBatch {
		batch := make([]uint8, min(pixelBatch, n-at)*dataset.PixelLen)
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i := range len(batch) / dataset.PixelLen {
			group.Go(func() error { return pixels(at+i, batch[i*dataset.PixelLen:][:dataset.PixelLen]) })
		}
		if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", o.operand, err)
		}
		part, err := e.ExtractPixels(ctx, batch)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %s from %d on: %w", o.operand, what, at, err)
		}
		features = append(features, part...)
		progress(len(features), n)
	}
	return e, features, nil
}
