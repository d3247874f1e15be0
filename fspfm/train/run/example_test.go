package run_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/train/run"
)

// A step moves a parameter towards the mean of the batches that it sees.
func Example() {
	engine, err := backend.Open("gonum")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	store := model.NewStore()
	if _, err := store.CreateVariable("/mean", tensors.FromScalar(float32(0))); err != nil {
		panic(err)
	}
	objective := func(scope *model.Scope, batch, _ []*graph.Node) (*graph.Node, []run.Measure) {
		mean := scope.Store().GetVariable("/mean").NodeValue(batch[0].Graph())
		return graph.ReduceAllMean(graph.Square(graph.Sub(batch[0], mean))), nil
	}
	step, err := run.NewStep(engine, store, objective, run.Optimizer{Rule: run.RuleSGD}, run.StepConfig{})
	if err != nil {
		panic(err)
	}
	defer step.Close()
	rates := run.Schedule{Shape: run.Polynomial, Base: 0.5}
	for k := range 3 {
		values, err := step.Run(k, rates.At(k, 1, 3), tensors.FromFlatDataAndDimensions([]float32{1, 3, 5}, 3))
		if err != nil {
			panic(err)
		}
		fmt.Printf("loss %.2f\n", values["loss"])
	}
	// Output:
	// loss 11.67
	// loss 2.67
	// loss 2.67
}
