package backend_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
)

// The same computation runs on whatever engine the name opens.
func Example() {
	b, err := backend.Open("gonum")
	if err != nil {
		log.Fatal(err)
	}
	defer b.Finalize()

	product, err := graph.CallOnce(b, func(x, y *graph.Node) *graph.Node { return graph.MatMul(x, y) },
		[][]float32{{1, 2}, {3, 4}}, [][]float32{{5, 6}, {7, 8}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(product.Value())
	// Output: [[19 22] [43 50]]
}

func ExampleDescribe() {
	line, err := backend.Describe("gonum:float64")
	if err != nil {
		log.Fatal(err)
	}
	for part := range strings.SplitSeq(line, "; ") {
		fmt.Println(part)
	}
	// Output:
	// gonum:float64: pure Go
	// every float held in float64, the numerical reference
	// ready: nothing to install
}
