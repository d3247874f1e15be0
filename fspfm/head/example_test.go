package head_test

import (
	"fmt"
	"log"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/head"
)

// Two features are compared by the cosine between them.
func ExampleCosine() {
	fmt.Printf("%.2f\n", head.Cosine([]float32{3, 4}, []float32{4, 3}))
	// Output: 0.96
}

// A head for features that one has already: here with fresh weights, which change
// nothing; training starts from there.
func ExampleModule_Frontalize() {
	m, err := head.New(head.Config{FeatureLen: 4, PoseLen: 3})
	if err != nil {
		log.Fatal(err)
	}
	store := model.NewStore()
	if err := m.Init(store.RootScope(), dtypes.Float32, 42); err != nil {
		log.Fatal(err)
	}
	if err := m.Read(store.RootScope()); err != nil {
		log.Fatal(err)
	}
	feature, pose := []float32{0.5, -0.5, 0.5, 0.5}, []float32{0.1, 0.7, -0.2}
	frontal := make([]float32, m.FeatureLen())
	if err := m.Frontalize(frontal, feature, pose); err != nil {
		log.Fatal(err)
	}
	fmt.Println(frontal)
	// Output: [0.5 -0.5 0.5 0.5]
}

// What trains in stage 2, and what does not.
func ExampleStage2() {
	m, err := head.New(head.Config{FeatureLen: 4, PoseLen: 3, Blocks: 1})
	if err != nil {
		log.Fatal(err)
	}
	am, err := head.NewAttention(head.AttentionConfig{FeatureLen: 4})
	if err != nil {
		log.Fatal(err)
	}
	store := model.NewStore()
	stage1, stage2 := store.Scope("/stage1"), store.Scope("/stage2")
	if err := m.Init(stage1, dtypes.Float32, 42); err != nil {
		log.Fatal(err)
	}
	s := head.Stage2{Head: m, Attention: am}
	if err := s.Init(stage2, stage1, dtypes.Float32, 42); err != nil {
		log.Fatal(err)
	}
	for _, part := range []struct {
		name  string
		scope *model.Scope
	}{{"F-Net M_g", s.FNet(stage2)}, {"F-Net AM", s.AM(stage2)}, {"P-Net M_g", s.PNet(stage2)}} {
		trains := 0
		for v := range part.scope.IterVariables() {
			if v.Trainable {
				trains++
			}
		}
		fmt.Printf("%s: %d of %d variables train\n", part.name, trains, part.scope.NumVariables())
	}
	// Output:
	// F-Net M_g: 0 of 11 variables train
	// F-Net AM: 4 of 4 variables train
	// P-Net M_g: 9 of 11 variables train
}

// The same head in a graph, on an engine.
func ExampleModule_Forward() {
	engine, err := backend.Open("gonum")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Finalize()
	m, err := head.New(head.Config{FeatureLen: 2, PoseLen: 3})
	if err != nil {
		log.Fatal(err)
	}
	store := model.NewStore()
	if err := m.Init(store.RootScope(), dtypes.Float32, 42); err != nil {
		log.Fatal(err)
	}
	out, err := model.CallOnce(engine, store, func(scope *model.Scope, f, p *graph.Node) *graph.Node {
		return m.Forward(scope, f, p)
	}, [][]float32{{3, 4}, {0, 1}}, tensors.FromFlatDataAndDimensions(make([]float32, 6), 2, 3))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(out.Value())
	// Output: [[3 4] [0 1]]
}
