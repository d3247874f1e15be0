package rendered_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
)

// A set to train both stages on, and how many pairs stage 2 finds in it.
func Example() {
	set, err := rendered.New(rendered.Config{Identities: 100, Shots: 20})
	if err != nil {
		log.Fatal(err)
	}
	pairs, err := dataset.NewPairs(set, dataset.PairOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.Len(), "faces,", pairs.Len() > 700, set.IdentityName(99))

	_, err = rendered.New(rendered.Config{First: rendered.Reserved, Identities: 100, Shots: 20})
	fmt.Println(errors.Is(err, rendered.ErrReserved))
	// Output:
	// 2000 faces, true sim-99
	// true
}

// A moment as a pose network and as a recognizer see it.
func ExampleWide() {
	set, err := rendered.New(rendered.Config{Law: rendered.Photos, Identities: 10, Shots: 4})
	if err != nil {
		log.Fatal(err)
	}
	wide := rendered.Wide(set)
	a, err := wide.At(context.Background(), 7)
	if err != nil {
		log.Fatal(err)
	}
	b, err := set.At(context.Background(), 7)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(a.Pix) == len(b.Pix), a.Label == b.Label, wide.IdentityName(a.Label.Identity) == set.IdentityName(1))
	// Output: true true true
}
