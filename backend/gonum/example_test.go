package gonum_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/pifr-go/pifr/backend/gonum"
)

// A graph is defined once, with GoMLX, and runs on any engine; here on the pure Go one.
// The gradient is GoMLX's.
func Example() {
	engine, err := gonum.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Finalize()
	cosine := func(a, b *graph.Node) *graph.Node {
		norms := graph.Mul(graph.ReduceAllSum(graph.Square(a)), graph.ReduceAllSum(graph.Square(b)))
		return graph.Div(graph.ReduceAllSum(graph.Mul(a, b)), graph.Sqrt(norms))
	}
	exec, err := graph.NewExec(engine, func(a, b *graph.Node) (score, slope *graph.Node) {
		score = cosine(a, b)
		return score, graph.Gradient(score, a)[0]
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := exec.Call([]float32{3, 4}, []float32{4, 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("cosine %.2f, gradient %.4f\n", out[0].Value(), out[1].Value())
	// Output: cosine 0.96, gradient [0.0448 -0.0336]
}

// The numerical reference holds every float in float64, whatever the program declares:
// what float32 would lose stays.
func ExampleNew_float64() {
	for _, config := range []string{"", "float64"} {
		engine, err := gonum.New(config)
		if err != nil {
			fmt.Println(err)
			return
		}
		difference := graph.MustNewExec(engine, func(x *graph.Node) *graph.Node {
			return graph.MulScalar(graph.Sub(graph.AddScalar(x, 1e-4), x), 1e4)
		})
		fmt.Printf("%-13s %.4f\n", engine, difference.MustCall1(float32(1)).Value())
		engine.Finalize()
	}
	// Output:
	// gonum         1.0002
	// gonum:float64 1.0000
}
