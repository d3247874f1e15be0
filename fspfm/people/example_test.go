package people_test

import (
	"context"
	"fmt"
	"math"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/people"
)

// Two people, and a photo that shows both. The user says that two groups are one person.
func Example() {
	ctx := context.Background()
	d := decision.Decision{TurnedDeg: 20}.Everywhere(0.35) // fspfm.Recognizer.Decision has the measured one
	library, err := people.New(people.Options{Decision: d})
	if err != nil {
		fmt.Println(err)
		return
	}
	// Features of a real library are fspfm.Result.Feature; here they are angles in a plane.
	at := func(id, photo string, deg float64) people.Face {
		a := deg * math.Pi / 180
		return people.Face{ID: id, Photo: photo, Feature: []float32{float32(math.Cos(a)), float32(math.Sin(a))}, Quality: 1}
	}
	err = library.Add(ctx, at("ann 1", "party", 0), at("bob 1", "party", 100), at("ann 2", "beach", 10), at("bob 2", "hill", 95), at("bob, old", "album", 170))
	if err != nil {
		fmt.Println(err)
		return
	}
	show(library)
	if err := library.Same(ctx, "bob 1", "bob, old"); err != nil {
		fmt.Println(err)
		return
	}
	show(library)
	// Output:
	// group 1: [ann 1 ann 2]
	// group 2: [bob 1 bob 2]
	// alone: [bob, old]
	// group 1: [ann 1 ann 2]
	// group 2: [bob 1 bob 2 bob, old]
	// alone: []
}

func show(library *people.Library) {
	groups, alone := library.Groups()
	for id := 1; id <= len(groups); id++ {
		for _, g := range groups {
			if g.ID == id {
				fmt.Printf("group %d: %v\n", g.ID, g.Faces)
			}
		}
	}
	fmt.Printf("alone: %v\n", alone)
}
