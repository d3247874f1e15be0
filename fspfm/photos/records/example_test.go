package records_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

func Example() {
	dir, err := os.MkdirTemp("", "records")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "faces.jsonl")
	made := fspfm.Maker{Fingerprint: "0123"} // Recognizer.Maker()
	for range 2 {
		l, err := records.OpenLog(path, records.LogOptions{Maker: made})
		if err != nil {
			log.Fatal(err)
		}
		for _, file := range []string{"a.jpg", "b.jpg"} {
			if outcome, done := l.Done(file); done {
				fmt.Printf("%s: %d faces, done before\n", file, outcome.Faces)
				continue
			}
			found := []fspfm.Result{{Feature: []float32{1, 0}}} // Recognizer.Faces(ctx, photo.Image)
			if err := l.Add(records.Of(file, &photos.Photo{}, found, made)...); err != nil {
				log.Fatal(err)
			}
			fmt.Println(file)
		}
		if err := l.Close(); err != nil {
			log.Fatal(err)
		}
	}

	made.Fingerprint, made.Pack = "4567", "another"
	_, err = records.OpenLog(path, records.LogOptions{Maker: made})
	fmt.Println(err != nil)
	// Output:
	// a.jpg
	// b.jpg
	// a.jpg: 1 faces, done before
	// b.jpg: 1 faces, done before
	// true
}
