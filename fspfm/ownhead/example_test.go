package ownhead_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/ownhead"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// Two people are too few to say anything about others.
func Example() {
	ctx := context.Background()
	engine, err := backend.Open("gonum")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Finalize()
	r, err := fspfm.Open(ctx, fspfm.WithPack("tiny"), fspfm.WithEngine(engine), fspfm.WithoutHead())
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()

	var faces ownhead.Faces
	for person, name := range []string{"Ann", "Bob"} {
		for _, yawDeg := range []float64{0, 50} { // with photos, Recognizer.Embed finds the face
			photo, label := sim.Render(sim.NewIdentity(uint64(person)), sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true}})
			results, err := r.Look(ctx, photo, face.At(label.Box, label.Landmarks))
			if err != nil {
				log.Fatal(err)
			}
			faces.Add(name, results[0])
		}
	}
	_, err = ownhead.Train(ctx, engine, r, &faces, ownhead.Config{Set: "family", Command: "this example"})
	fmt.Println(faces.Len(), "faces; too few people:", errors.Is(err, ownhead.ErrFew), "- least:", ownhead.LeastPeople)
	// Output: 4 faces; too few people: true - least: 20
}
