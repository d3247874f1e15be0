package models

import (
	"errors"
	"fmt"
	"image"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/landmark"
)

// ErrRole is wrapped by the errors for a file that is asked for a network of another
// role.
var ErrRole = errors.New("another kind of model")

// Detector makes a detector ready. Options.Input is the file's unless it is given.
func (f *File) Detector(engine compute.Backend, o face.Options) (*face.Detector, error) {
	if err := f.is(pack.Detector); err != nil {
		return nil, err
	}
	if want, ok := fedAs[f.Model.Kind]; ok && fed(f.Model.Input) != want {
		return nil, f.failed(fmt.Errorf("%w: detectors are fed as published, and the pack asks for %+v", pack.ErrManifest, f.Model.Input))
	}
	if o.Input == (image.Point{}) {
		o.Input = f.Size()
	}
	d, err := face.FromONNX(engine, f.Data, o)
	return d, f.failed(err)
}

// fedAs says how package face feeds the families of detectors.
var fedAs = map[pack.Kind]pack.Input{
	pack.YuNet:      {BGR: true, Std: [3]float32{1, 1, 1}},
	pack.SCRFD:      {Mean: [3]float32{127.5, 127.5, 127.5}, Std: [3]float32{128, 128, 128}},
	pack.RetinaFace: {BGR: true, Mean: [3]float32{104, 117, 123}, Std: [3]float32{1, 1, 1}},
}

// fed is the input without its size, and with the deviations that 0 stands for.
func fed(in pack.Input) pack.Input {
	in.Width, in.Height = 0, 0
	for c, std := range in.Std {
		if std == 0 {
			in.Std[c] = 1
		}
	}
	return in
}

// Extractor makes a recognizer ready: an ONNX network of others, or this module's own
// light one. Pixels of the configuration are the file's.
func (f *File) Extractor(engine compute.Backend, cfg backbone.ExtractorConfig) (*backbone.Extractor, error) {
	if err := f.is(pack.Recognizer); err != nil {
		return nil, err
	}
	in := f.Model.Input
	cfg.Pixels = backbone.Pixels{BGR: in.BGR, Mean: in.Mean, Std: in.Std}
	if f.Model.Kind != pack.Mini {
		network, err := backbone.FromONNX(f.Data)
		if err != nil {
			return nil, f.failed(err)
		}
		e, err := backbone.NewExtractor(engine, network, cfg)
		return e, f.failed(err)
	}
	net, err := backbone.Mini{}.Net()
	if err != nil {
		return nil, f.failed(err)
	}
	scope, free, err := own(net, f.Data)
	if err != nil {
		return nil, f.failed(err)
	}
	defer free()
	e, err := backbone.NewNetExtractor(engine, net, scope, cfg)
	return e, f.failed(err)
}

// PoseNet makes a pose network ready. How pixels are fed is the file's, whatever the
// configuration says, and angles are in the frame of 300W-LP.
func (f *File) PoseNet(engine compute.Backend, cfg hopenet.Config) (*hopenet.Estimator, error) {
	if err := f.is(pack.Pose); err != nil {
		return nil, err
	}
	in := fed(f.Model.Input) // all zero means ImageNet's to package hopenet, and nothing to a pack
	cfg.BGR, cfg.Mean, cfg.Std = in.BGR, in.Mean, in.Std
	if f.Model.Kind != pack.HopeNetLight {
		e, err := hopenet.FromONNX(engine, f.Data, cfg)
		return e, f.failed(err)
	}
	net, scope, free, err := f.PoseWeights()
	if err != nil {
		return nil, err
	}
	defer free()
	cfg.NodDeg = hopenet.RenderedNodDeg
	e, err := hopenet.New(engine, net, scope, cfg)
	return e, f.failed(err)
}

// PoseWeights reads the weights of the light pose network, to train it further, or to run
// it over many pictures at once (train.PoseExtract). The caller frees them.
func (f *File) PoseWeights() (net *hopenet.Net, scope *model.Scope, free func(), err error) {
	if err := f.is(pack.Pose); err != nil {
		return nil, nil, nil, err
	}
	if f.Model.Kind != pack.HopeNetLight {
		return nil, nil, nil, f.failed(fmt.Errorf("%w: want the light pose network, got %s", ErrRole, f.Model.Kind))
	}
	if net, err = hopenet.Light(); err == nil {
		scope, free, err = own(net.Net, f.Data)
	}
	return net, scope, free, f.failed(err)
}

// Landmarks makes a landmark network ready.
func (f *File) Landmarks(engine compute.Backend, cfg landmark.Config) (*landmark.Refiner, error) {
	if err := f.is(pack.Landmarks); err != nil {
		return nil, err
	}
	r, err := landmark.Open(engine, f.Data, cfg)
	return r, f.failed(err)
}

// Reader makes a network ready that reads turned faces.
func (f *File) Reader(engine compute.Backend) (*landmark.Reader, error) {
	if err := f.is(pack.Reader); err != nil {
		return nil, err
	}
	r, err := landmark.OpenReader(engine, f.Data)
	return r, f.failed(err)
}

// Head reads a head, and how it wants to be used.
func (f *File) Head() (*head.Module, head.Usage, error) {
	if err := f.is(pack.Head); err != nil {
		return nil, head.Usage{}, err
	}
	m, about, err := head.Read(f.Data)
	if err != nil {
		return nil, head.Usage{}, f.failed(err)
	}
	usage, err := head.ParseUsage(about)
	return m, usage, f.failed(err)
}

// is refuses another role.
func (f *File) is(role pack.Role) error {
	if f.Model.Role != role {
		return f.failed(fmt.Errorf("%w: want a %s, got a %s", ErrRole, role, f.Model.Role))
	}
	return nil
}

func (f *File) failed(err error) error {
	if err != nil {
		err = fmt.Errorf("models: %s: %w", f.Where, err)
	}
	return err
}

// own reads the weights of a network of this module, under its own names, below a scope.
// The caller frees them.
func own(net weights.Network, data []byte) (scope *model.Scope, free func(), err error) {
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
