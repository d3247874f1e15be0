package lossgraph_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// Equation 3 of the paper for one pair, and its gradient by the frontalized feature of
// the profile photo.
func Example() {
	engine, err := backend.Open("gonum")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Finalize()
	results, err := graph.CallOnceN(engine, func(profile, frontal, attention, people, labels *graph.Node) []*graph.Node {
		arcface := lossgraph.Margin(loss.Margin{Scale: 4, Angle: 0.5}, profile, people, labels)
		ada := lossgraph.ADA(loss.ADA{}, frontal, attention, profile)
		total := lossgraph.Total(arcface, ada, loss.Lambda)
		return append([]*graph.Node{total}, graph.Gradient(total, profile)...)
	},
		[][]float32{{3, 1}}, [][]float32{{4, 2}}, [][]float32{{1, 0}}, [][]float32{{1, 0}, {0, 1}}, []int32{0})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("total %.3f, gradient %.3f\n", results[0].Value(), results[1].Value())
	// Output:
	// total 8.209, gradient [[-8.127 8.381]]
}
