// Identify keeps people in a file, and says who is in a photo:
//
//	go run ./examples/identify people.db enroll Ann ann1.jpg ann2.jpg
//	go run ./examples/identify people.db who party.jpg
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
)

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: identify FILE enroll NAME PHOTO... | identify FILE who PHOTO...")
	}
	ctx := context.Background()
	r := must(fspfm.Open(ctx))
	store := must(sqlite.Open(ctx, os.Args[1], gallery.ModelsOf(r), sqlite.Options{}))
	people := must(gallery.New(store, gallery.Options{Decision: r.Decision()}))
	switch os.Args[2] {
	case "enroll":
		var samples []gallery.Sample
		for _, path := range os.Args[4:] {
			result := must(r.Embed(ctx, must(face.ReadFile(path))))
			samples = append(samples, gallery.SampleOf(result, path))
		}
		e := must(people.Enroll(ctx, gallery.Person{Name: os.Args[3]}, samples...))
		fmt.Printf("%s: %d photos enrolled %v\n", e.Person.Name, len(e.Faces), e.Refused)
	case "who":
		for _, path := range os.Args[3:] {
			for _, result := range must(r.Faces(ctx, must(face.ReadFile(path)))) {
				found, name := must(people.Identify(ctx, gallery.SampleOf(result, path), 1)), "somebody else"
				if found.Known() {
					name = found.Candidates[0].Person.Name
				}
				fmt.Printf("%s: %s at (%.0f, %.0f), looking %s\n", path, name, result.Face.Box.X, result.Face.Box.Y, result.Pose.Angles)
			}
		}
	}
	must(0, store.Close())
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
