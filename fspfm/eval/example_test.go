package eval_test

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/eval"
)

func Example() {
	features := [][]float32{{1, 0.1}, {1, 0}, {0, 1}, {0.1, 1}} // of four photos: two of each person
	trials, err := eval.Compare(features, []eval.Pair{{A: 0, B: 1, Same: true}, {A: 2, B: 3, Same: true}, {A: 0, B: 2}, {A: 1, B: 3}})
	if err != nil {
		panic(err)
	}
	roc, err := eval.NewROC(trials)
	if err != nil {
		panic(err)
	}
	fmt.Printf("TAR %.1f at FAR 1e-2, AUC %.2f\n", roc.TARAt(1e-2), roc.AUC())
	// Output: TAR 1.0 at FAR 1e-2, AUC 1.00
}

// CFP's own figures, from one feature per file of its lists: here of two frontal and two
// profile photos in two splits.
func ExampleCFPNative() {
	lists := &eval.CFPLists{
		Files: []string{"001/frontal/01.jpg", "002/frontal/01.jpg", "001/profile/01.jpg", "002/profile/01.jpg"},
		Splits: [][]eval.Pair{
			{{A: 0, B: 2, Same: true}, {A: 0, B: 3}},
			{{A: 1, B: 3, Same: true}, {A: 1, B: 2}},
		},
	}
	result, err := eval.CFPNative([][]float32{{1, 0}, {0, 1}, {0.9, 0.4}, {0.4, 0.9}}, lists)
	if err != nil {
		panic(err)
	}
	fmt.Printf("AUC %.2f, accuracy %.2f\n", result.AUC, result.Accuracy)
	// Output: AUC 1.00, accuracy 1.00
}
