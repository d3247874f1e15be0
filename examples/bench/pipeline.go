package main

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// photos are what the pipeline works on, and with which models.
type photos struct {
	Detector   string   `json:"detector"` // path of the ONNX file
	Recognizer string   `json:"recognizer"`
	Paths      []string `json:"paths"`

	models *pack.Pack
}

// featureTolerance is the largest accepted difference between features. Landmarks that differ by a thousandth of a pixel move
// them more than different rounding in the network does.
const featureTolerance = 0.02

// pipelineTasks is one task: from six decoded photos to the features of their faces.
func pipelineTasks(ctx context.Context) ([]*task, error) {
	models, err := pack.Fetch(ctx, pack.Default)
	if err != nil {
		return nil, err
	}
	p := &photos{models: models}
	if p.Detector, err = models.Path(pack.Detector); err != nil {
		return nil, err
	}
	if p.Recognizer, err = models.Path(pack.Recognizer); err != nil {
		return nil, err
	}
	demo, err := pack.DemoPhotos(ctx)
	if err != nil {
		return nil, err
	}
	for _, photo := range demo {
		p.Paths = append(p.Paths, photo.Path)
	}
	name := fmt.Sprintf("find, align and embed a face: %d photos", len(demo))
	return []*task{{name: name, images: len(demo), photos: p, tolerance: featureTolerance}}, nil
}

// loadPipeline opens a Recognizer on the engine, which sees the photos at their own size, as OpenCV does. It estimates poses
// from landmarks besides.
func (e *engine) loadPipeline(ctx context.Context, t *task) (work, error) {
	r, err := fspfm.Open(ctx, fspfm.WithModels(t.photos.models), fspfm.WithEngine(e.backend), fspfm.WithMaxSide(-1))
	if err != nil {
		return nil, firstLine(err)
	}
	w := &pipelineWork{ctx: ctx, recognizer: r}
	for _, path := range t.photos.Paths {
		img, err := face.ReadFile(path)
		if err != nil {
			w.close()
			return nil, err
		}
		w.images = append(w.images, img)
	}
	if err := w.call(); err != nil {
		w.close()
		return nil, firstLine(err)
	}
	return w, nil
}

type pipelineWork struct {
	ctx        context.Context // of the whole run
	recognizer *fspfm.Recognizer
	images     []image.Image
	first      *array
}

// call embeds one face of each photo, and keeps the features of the first call.
func (w *pipelineWork) call() error {
	var features []float32
	for _, img := range w.images {
		r, err := w.recognizer.Embed(w.ctx, img)
		if err != nil {
			return err
		}
		features = append(features, r.Feature...)
	}
	if w.first == nil {
		w.first = &array{dims: []int{len(w.images), len(features) / len(w.images)}, data: features}
	}
	return nil
}

func (w *pipelineWork) output() *array { return w.first }

func (w *pipelineWork) run(calls int, limit time.Duration) ([]time.Duration, error) {
	return timed(w.call, calls, limit)
}

func (w *pipelineWork) close() { _ = w.recognizer.Close() } // the engine stays open
