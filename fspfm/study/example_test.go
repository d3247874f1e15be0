package study_test

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/study"
)

func ExampleMethods() {
	methods, err := study.Methods(study.Table3)
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
