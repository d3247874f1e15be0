package miniature_test

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/eval/miniature"
)

func ExampleMethods() {
	methods, err := miniature.Methods(miniature.Table3)
	if err != nil {
		panic(err)
	}
	for _, m := range methods {
		fmt.Println(m.Name)
	}
	// Output:
	// fspfm + FT
	// no attention
	// Huang's ADA
	// proposed ADA
}
