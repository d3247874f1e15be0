package heads_test

import (
	"context"
	"fmt"
	"log"

	"github.com/pifr-go/pifr/fspfm/dataset/heads"
)

// A moment as a pose network and as a recogniser see it.
func Example() {
	wide, err := heads.New(10, 4, 42, false)
	if err != nil {
		log.Fatal(err)
	}
	faces, err := heads.New(10, 4, 42, true)
	if err != nil {
		log.Fatal(err)
	}
	a, err := wide.At(context.Background(), 7)
	if err != nil {
		log.Fatal(err)
	}
	b, err := faces.At(context.Background(), 7)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(a.Pix) == len(b.Pix), a.Label == b.Label, wide.IdentityName(a.Label.Identity) == faces.IdentityName(1))
	// Output: true true true
}
