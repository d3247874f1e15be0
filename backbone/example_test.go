package backbone_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
)

// A network is built, initialized and run.
func Example() {
	engine, err := backend.Open("gonum")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	net, err := backbone.Mini{}.Net()
	if err != nil {
		panic(err)
	}
	store := model.NewStore()
	if err := net.Init(store.RootScope(), dtypes.Float32, backbone.DefaultSeed); err != nil {
		panic(err)
	}
	embed := model.MustNewExec(engine, store, net.Forward)
	faces := tensors.FromFlatDataAndDimensions(make([]float32, 2*112*112*3), 2, 112, 112, 3)
	fmt.Println(embed.MustCall1(faces).Shape())
	// Output: (Float32)[2, 128]
}

func ExampleIResNet() {
	net, err := backbone.IResNet{Depth: 50}.Net()
	if err != nil {
		panic(err)
	}
	params, _ := net.NumParams()
	macs, _ := net.MACs()
	fmt.Printf("%s: %d parameters, %.2f GMAC\n", net.Name, params, float64(macs)/1e9)
	// Output: IResNet-50: 43590848 parameters, 6.31 GMAC
}
