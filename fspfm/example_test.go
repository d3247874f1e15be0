package fspfm_test

import (
	"context"
	"fmt"
	"log"

	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm"
)

// Options that contradict each other are an error before anything is fetched or opened.
func ExampleOpen() {
	_, err := fspfm.Open(context.Background(), fspfm.WithPack("sface"), fspfm.WithPackDir("models"))
	fmt.Println(err)
	// Output: fspfm: open: invalid options: WithPack, WithPackDir and WithModels exclude each other
}

// A program that does this for every photo it gets shares one Recognizer.
func ExampleRecognizer() {
	ctx := context.Background()
	r, err := fspfm.Open(ctx, fspfm.WithEngineName("gonum"))
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	fmt.Println(r.Pack().Name(), r.FeatureLen())
}
