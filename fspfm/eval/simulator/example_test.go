package simulator_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval/simulator"
)

// People without profiles cannot be judged by.
func ExampleTurn() {
	var r *fspfm.Recognizer // not asked
	_, err := simulator.Turn(context.Background(), r, &views.Set{People: []string{"anna"}}, nil, simulator.Config{})
	if err == nil {
		log.Fatal("nobody was turned")
	}
	fmt.Fprintln(os.Stdout, err)
	// Output: simulator: nobody has a frontal photo and a profile with a face
}
