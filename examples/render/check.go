package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"math/rand/v2"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/sim"
)

// checkSeed is where the identities of -check begin.
const checkSeed = 7_000_000

// photo is a rendered picture with what is known about it.
type photo struct {
	person int
	image  image.Image
	label  sim.Label
}

// check asks networks that were trained on photos what they make of renders: recognizers,
// whether they tell rendered people apart, and a pose network, whether it sees the poses
// that were rendered.
func check(ctx context.Context, out io.Writer, o options) error {
	eng, err := backend.OpenContext(ctx, o.engine)
	if err != nil {
		return err
	}
	defer eng.Finalize()
	gallery, probes := takePhotos(o.ids, false)
	for _, name := range []string{"sface", "faceplugin"} {
		if err := checkRecognizer(ctx, out, eng, name, gallery, probes); err != nil {
			return err
		}
	}
	_, wide := takePhotos(o.ids, true)
	return checkPose(ctx, out, eng, wide)
}

// takePhotos renders two frontal pictures of everybody for the gallery, and two probes in
// each bucket of yaw.
func takePhotos(people int, wide bool) (gallery, probes []photo) {
	conditions := sim.Everyday()
	conditions.Occluded = 0
	for i := range people {
		id := sim.NewIdentity(checkSeed + uint64(i))
		r := rand.New(rand.NewPCG(checkSeed+uint64(i), 1))
		take := func(yawDeg float64) photo {
			s := conditions.Shot(r, pose.FromDeg(yawDeg, 8*r.NormFloat64(), 5*r.NormFloat64()))
			s.Camera.Wide = wide
			img, label := sim.Render(id, s)
			return photo{i, img, label}
		}
		for range 2 {
			gallery = append(gallery, take(4*r.NormFloat64()))
		}
		for _, b := range eval.YawBuckets() {
			for _, sign := range []float64{-1, 1} {
				probes = append(probes, take(sign*(b.FromDeg+r.Float64()*(b.ToDeg-b.FromDeg))))
			}
		}
	}
	return gallery, probes
}

// openExtractor returns the recognizer of a pack, and the name of its file.
func openExtractor(ctx context.Context, eng backend.Backend, name string) (*backbone.Extractor, string, error) {
	p, err := pack.Fetch(ctx, name)
	if err != nil {
		return nil, "", err
	}
	entry, err := p.Entry(pack.Recognizer)
	if err != nil {
		return nil, "", err
	}
	data, err := p.Read(pack.Recognizer)
	if err != nil {
		return nil, "", err
	}
	network, err := backbone.FromONNX(data)
	if err != nil {
		return nil, "", err
	}
	e, err := backbone.NewExtractor(eng, network, backbone.ExtractorConfig{
		Pixels: backbone.Pixels{BGR: entry.Input.BGR, Mean: entry.Input.Mean, Std: entry.Input.Std},
	})
	return e, entry.File.Name, err
}

func checkRecognizer(ctx context.Context, out io.Writer, eng backend.Backend, name string, gallery, probes []photo) error {
	extractor, file, err := openExtractor(ctx, eng, name)
	if err != nil {
		return err
	}
	defer extractor.Close()
	known, err := features(ctx, extractor, gallery)
	if err != nil {
		return err
	}
	asked, err := features(ctx, extractor, probes)
	if err != nil {
		return err
	}
	trials, err := eval.ByYaw(known, asked, eval.YawBuckets())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-28s AUC   TAR at FAR 1e-2   TAR at FAR 1e-3\n", file)
	for k, b := range eval.YawBuckets() {
		roc, err := eval.NewROC(trials[k])
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  |yaw| %-20s %.4f %10.1f %% %15.1f %%\n", b.Name, roc.AUC(), 100*roc.TARAt(1e-2), 100*roc.TARAt(1e-3))
	}
	return nil
}

// features extracts everybody's.
func features(ctx context.Context, e *backbone.Extractor, photos []photo) ([]eval.Face, error) {
	images := make([]image.Image, len(photos))
	for i, p := range photos {
		images[i] = p.image
	}
	f, err := e.Extract(ctx, images...)
	if err != nil {
		return nil, err
	}
	out := make([]eval.Face, len(photos))
	for i, p := range photos {
		out[i] = eval.Face{Person: p.person, Angles: p.label.Angles, Feature: f[i]}
	}
	return out, nil
}

func checkPose(ctx context.Context, out io.Writer, eng backend.Backend, photos []photo) error {
	p, err := pack.Fetch(ctx, "faceplugin")
	if err != nil {
		return err
	}
	data, err := p.Read(pack.Pose)
	if err != nil {
		return err
	}
	network, err := hopenet.FromONNX(eng, data, hopenet.Config{})
	if err != nil {
		return err
	}
	defer network.Close()
	subjects := make([]pose.Subject, len(photos))
	for i, p := range photos {
		subjects[i] = pose.Subject{Photo: p.image, Box: p.label.Box, Landmarks: p.label.Landmarks}
	}
	estimates, err := network.Estimate(ctx, subjects...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-28s mean absolute error of yaw, pitch, roll; mean error of pitch, in degrees\n", "fr_pose.onnx")
	for _, b := range eval.YawBuckets() {
		var yaw, pitch, roll, bias, n float64
		for i, e := range estimates {
			want := photos[i].label.Angles
			if a := math.Abs(pose.Degrees(want.Yaw)); a < b.FromDeg || a >= b.ToDeg {
				continue
			}
			yaw += math.Abs(pose.Degrees(pose.Wrap(e.Yaw - want.Yaw)))
			pitch += math.Abs(pose.Degrees(pose.Wrap(e.Pitch - want.Pitch)))
			roll += math.Abs(pose.Degrees(pose.Wrap(e.Roll - want.Roll)))
			bias += pose.Degrees(pose.Wrap(e.Pitch - want.Pitch))
			n++
		}
		fmt.Fprintf(out, "  |yaw| %-20s %.1f %.1f %.1f; %+.1f\n", b.Name, yaw/n, pitch/n, roll/n, bias/n)
	}
	return nil
}
