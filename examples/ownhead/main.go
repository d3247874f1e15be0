// Ownhead trains a head, saves it, opens it, and compares faces with it: here on rendered
// people behind the extractor of the pack tiny. It needs no photos and no network.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

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
	people, out := flag.Int("people", 40, "rendered people to train on"), flag.String("out", "head.safetensors", "file for the head")
	flag.Parse()
	ctx, engine := context.Background(), must(backend.Open("gonum"))
	r := must(fspfm.Open(ctx, fspfm.WithPack("tiny"), fspfm.WithEngine(engine), fspfm.WithoutHead()))
	data := &features.Set{}
	for person := range *people {
		for _, yawDeg := range []float64{0, 8, -35, 40, -65, 75} {
			result := look(ctx, r, person, yawDeg)
			data.Add(person, result.Feature, result.Pose)
		}
	}
	module := must(head.New(head.Config{FeatureLen: data.FeatureLen, PoseLen: data.PoseLen}))
	fit := must(train.TrainHead(ctx, engine, module, data, train.HeadConfig{Plan: train.Plan{Epochs: 30}}))
	if err := fit.SaveFile(*out, r.Networks()); err != nil {
		log.Fatal(err)
	}

	r = must(fspfm.Open(ctx, fspfm.WithPack("tiny"), fspfm.WithEngine(engine), fspfm.WithHeadFile(*out)))
	front := look(ctx, r, *people, 0) // of somebody whom the head has not seen
	for _, person := range []int{*people, *people + 1} {
		v := must(r.Compare(front, look(ctx, r, person, 70)))
		fmt.Printf("same person: %t; cosine without the head %.3f, with it %.3f\n", person == *people, head.Cosine(v.A.Feature, v.B.Feature), v.Cosine)
	}
}

// look renders somebody and looks at the face. With photos, Embed finds the face.
func look(ctx context.Context, r *fspfm.Recognizer, person int, yawDeg float64) fspfm.Result {
	photo, label := sim.Render(sim.NewIdentity(uint64(person)), sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Head: 0.6}})
	return must(r.Look(ctx, photo, face.At(label.Box, label.Landmarks)))[0]
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
