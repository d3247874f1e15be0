package export_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/export"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// A small extractor and a module, untrained, become one file; it is read back to see what
// it takes and gives.
func Example() {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	net, err := backbone.IResNet{Blocks: []int{1, 1}, Width: 1.0 / 16, Size: 16, Features: 8}.Net()
	check(err)
	module, err := head.New(head.Config{FeatureLen: 8, PoseLen: 5})
	check(err)
	store := model.NewStore()
	phi, h := store.Scope("/phi"), store.Scope("/head")
	check(net.Init(phi, dtypes.Float32, backbone.DefaultSeed))
	check(module.Init(h, dtypes.Float32, backbone.DefaultSeed))
	check(module.Read(h))

	data, err := export.Frontalizer(net, phi, module, export.Config{})
	check(err)
	m, err := onnxgraph.Load(data)
	check(err)
	fmt.Println(m.Inputs())
	fmt.Println(m.Outputs())
	// Output:
	// [{image [-1 3 16 16]} {pose [-1 5]}]
	// [{feature [-1 8]} {frontalized [-1 8]}]
}
