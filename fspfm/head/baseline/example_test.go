package baseline_test

import (
	"fmt"
	"log"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/head/baseline"
)

// What each head is given of the pose, and how many trainable parameters it has behind an
// extractor of 512 values.
func ExampleNew() {
	for _, name := range baseline.Names() {
		h, err := baseline.New(name, 512, 2048)
		if err != nil {
			log.Fatal(err)
		}
		show(h)
	}
	module, err := head.New(head.Config{FeatureLen: 512, PoseLen: 2048})
	if err != nil {
		log.Fatal(err)
	}
	show(module)
	// Output:
	// none   pose none          0 parameters
	// mean   pose none          0 parameters
	// linear pose none     262656 parameters
	// mlp    pose none    1051136 parameters
	// dream  pose angles   525312 parameters
	// agpm   pose angles  1579008 parameters
	// pam    pose angles   231360 parameters
	// pctn   pose feature 2100224 parameters
	// pad    pose none    1051136 parameters
	// fspfm  pose feature 2363904 parameters
}

func show(h head.Head) {
	store := model.NewStore()
	if err := h.Init(store.RootScope(), dtypes.Float32, 42); err != nil {
		log.Fatal(err)
	}
	n := 0
	for v := range store.IterVariables() {
		if v.Trainable {
			n += v.Shape().Size()
		}
	}
	fmt.Printf("%-6s pose %-7s %7d parameters\n", h.Name(), h.PoseInput(), n)
}
