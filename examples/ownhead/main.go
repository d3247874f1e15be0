// Ownhead trains a head behind an extractor of one's own, saves it, and compares with it: here on
// rendered people and the pack tiny, so that it needs no photos and no network.
//
//	go run ./examples/ownhead [-people 40] [-out head.safetensors]
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

func main() {
	people := flag.Int("people", 40, "rendered people to train on")
	out := flag.String("out", "head.safetensors", "file for the head")
	flag.Parse()
	if err := run(context.Background(), *people, *out, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// yaws are those of everybody's photos, in degrees.
var yaws = []float64{0, 8, -35, 40, -65, 75}

func run(ctx context.Context, people int, out string, w io.Writer) error {
	engine, err := backend.Open("gonum")
	if err != nil {
		return err
	}
	defer engine.Finalize()
	plain, err := fspfm.Open(ctx, fspfm.WithPack("tiny"), fspfm.WithEngine(engine), fspfm.WithoutHead())
	if err != nil {
		return err
	}
	defer plain.Close()
	data := &features.Set{FeatureLen: plain.FeatureLen(), PoseLen: plain.PoseLen()}
	for person := range people {
		for _, yaw := range yaws {
			r, err := look(ctx, plain, uint64(person), yaw)
			if err != nil {
				return err
			}
			data.Values, data.Poses = append(data.Values, r.Feature...), append(data.Poses, r.Pose.Feature...)
			data.Angles, data.Identities = append(data.Angles, r.Pose.Angles), append(data.Identities, person)
		}
	}
	h, err := head.New(head.Config{FeatureLen: data.FeatureLen, PoseLen: data.PoseLen})
	if err != nil {
		return err
	}
	fit, err := train.TrainHead(ctx, engine, h, data, train.HeadConfig{Plan: train.Plan{Epochs: 30}})
	if err != nil {
		return err
	}
	if err := save(fit, out); err != nil {
		return err
	}
	return compare(ctx, engine, out, uint64(people), w)
}

// save writes the head as head.Read reads it.
func save(fit *train.HeadResult, out string) error {
	module, err := fit.Module()
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := module.Save(&file, map[string]string{"about": "trained by examples/ownhead"}); err != nil {
		return err
	}
	return os.WriteFile(out, file.Bytes(), 0o644)
}

// compare opens the head, and compares the front of somebody whom it has not seen with a profile.
func compare(ctx context.Context, engine backend.Backend, file string, person uint64, w io.Writer) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	module, about, err := head.Read(data)
	if err != nil {
		return err
	}
	r, err := fspfm.Open(ctx, fspfm.WithPack("tiny"), fspfm.WithEngine(engine), fspfm.WithHead(module, about))
	if err != nil {
		return err
	}
	defer r.Close()
	front, err := look(ctx, r, person, 0)
	if err != nil {
		return err
	}
	for _, other := range []uint64{person, person + 1} {
		profile, err := look(ctx, r, other, 70)
		if err != nil {
			return err
		}
		v, err := r.Compare(front, profile)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "same person: %t; cosine without the head %.3f, with it %.3f\n", other == person, head.Cosine(front.Feature, profile.Feature), v.Cosine)
	}
	return nil
}

// look renders somebody at a yaw, and embeds the face. With photos of people it is
// Recognizer.Embed, which finds the face.
func look(ctx context.Context, r *fspfm.Recognizer, person uint64, yawDeg float64) (fspfm.Result, error) {
	photo, label := sim.Render(sim.NewIdentity(person), sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Head: 0.6}})
	b := label.Box
	f := face.Face{Box: face.Box{X: b.MinX, Y: b.MinY, W: b.Dx(), H: b.Dy()}, Landmarks: label.Landmarks, Score: 1}
	for k := range f.Landmarks { // whole coordinates are the middles of pixels there
		f.Landmarks[k][0] -= 0.5
		f.Landmarks[k][1] -= 0.5
	}
	results, err := r.Look(ctx, photo, f)
	if err != nil {
		return fspfm.Result{}, err
	}
	return results[0], nil
}
