package recipe_test

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/train/recipe"
)

// A recipe of one's own says what is to be other than usual.
func ExampleParse() {
	r, err := recipe.Parse([]byte(`{
		"version": 2, "name": "wide", "about": "A wider head.", "seed": 42,
		"rendered": {"people": 500, "each": 20, "held_people": 100, "held_each": 20},
		"module": {"pose_input": "angles", "hidden": 256},
		"head": {"epochs": 60},
		"pairs": {"ada": {"reduction": "mean"}, "lambda": 4}
	}`))
	if err != nil {
		panic(err)
	}
	fmt.Println(r.Name, r.Module.Hidden, r.Head.Epochs, r.Pairs.ADA.Reduction, r.Pairs.Lambda)
	// Output:
	// wide 256 60 mean 4
}
