package main

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose"
)

// photos are what the pipeline works on, and with which models.
type photos struct {
	Detector   string   `json:"detector"` // path of the ONNX file
	Recognizer string   `json:"recognizer"`
	Paths      []string `json:"paths"`

	models  *pack.Pack
	options []fspfm.Option // of the recognizer, besides models and engine
	find    *face.Options  // if not nil, faces are only found, and no peer takes part
	alone   bool           // no peer takes part
}

// featureTolerance is the largest accepted difference between features. Landmarks that
// differ by a thousandth of a pixel move them more than different rounding in the network
// does.
const featureTolerance = 0.02

// pipelineTasks go from six decoded photos to the features of their faces, as OpenCV does
// and by default, and to the faces alone, by one look of the detector and by the default
// ones.
func pipelineTasks(ctx context.Context) ([]*task, error) {
	models, err := pack.Fetch(ctx, pack.Default)
	if err != nil {
		return nil, err
	}
	p := photos{models: models}
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
	like, defaults, once, looks := p, p, p, p
	like.options = []fspfm.Option{fspfm.WithMaxSide(-1), fspfm.WithDetector(face.Options{Once: true, Exact: true, MinScore: 0.9}), fspfm.WithDetectorLandmarks(),
		fspfm.WithCrops(decision.One), fspfm.WithPose(frontal{}), fspfm.WithoutHead()}
	defaults.alone = true
	once.find, looks.find = &face.Options{Once: true, MaxSide: fspfm.DefaultMaxSide}, &face.Options{MaxSide: fspfm.DefaultMaxSide}
	var tasks []*task
	for _, t := range []struct {
		name string
		of   *photos
	}{
		{"find, align and embed a face as OpenCV does", &like},
		{"find, align and embed a face by default", &defaults},
		{"find faces, one look", &once},
		{"find faces, default looks", &looks},
	} {
		tasks = append(tasks, &task{name: fmt.Sprintf("%s: %d photos", t.name, len(demo)), images: len(demo), photos: t.of, tolerance: featureTolerance})
	}
	return tasks, nil
}

// frontal takes every face for a frontal one: OpenCV does not ask how heads are turned.
type frontal struct{}

// FeatureLen implements pose.Estimator.
func (frontal) FeatureLen() int { return 0 }

// Estimate implements pose.Estimator.
func (frontal) Estimate(_ context.Context, subjects ...pose.Subject) ([]pose.Estimate, error) {
	return make([]pose.Estimate, len(subjects)), nil
}

// loadPipeline opens a Recognizer on the engine, or a detector alone.
func (e *engine) loadPipeline(ctx context.Context, t *task) (work, error) {
	w := &pipelineWork{ctx: ctx}
	for _, path := range t.photos.Paths {
		img, err := face.ReadFile(path)
		if err != nil {
			return nil, err
		}
		w.images = append(w.images, img)
	}
	var err error
	if t.photos.find != nil {
		var data []byte
		if data, err = t.photos.models.Read(pack.Detector); err != nil {
			return nil, err
		}
		w.detector, err = face.FromONNX(e.backend, data, *t.photos.find)
	} else {
		opts := append([]fspfm.Option{fspfm.WithModels(t.photos.models), fspfm.WithEngine(e.backend)}, t.photos.options...)
		w.recognizer, err = fspfm.Open(ctx, opts...)
	}
	if err != nil {
		return nil, firstLine(err)
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
	detector   *face.Detector // instead of the recognizer
	images     []image.Image
	first      *array
}

// call embeds one face of each photo, or finds it, and keeps what the first call gave.
func (w *pipelineWork) call() error {
	var features []float32
	for _, img := range w.images {
		if w.detector != nil {
			faces, err := w.detector.Detect(w.ctx, img)
			if err != nil {
				return err
			}
			if len(faces) == 0 {
				return face.ErrNoFace
			}
			features = append(features, float32(faces[0].Score))
			continue
		}
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

// close leaves the engine open.
func (w *pipelineWork) close() {
	if w.detector != nil {
		_ = w.detector.Close()
		return
	}
	_ = w.recognizer.Close()
}
