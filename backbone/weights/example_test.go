package weights_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
)

// A state dict that PyTorch wrote, for a narrow IResNet-50, becomes the variables of a
// network; then a tensor too many is in the way.
func Example() {
	net, err := backbone.IResNet{Depth: 50, Width: 1.0 / 32, Size: 16, Features: 8}.Net()
	if err != nil {
		fmt.Println(err)
		return
	}
	tensors, err := weights.Read("testdata/iresnet50_narrow.pth")
	if err != nil {
		fmt.Println(err)
		return
	}
	store := model.NewStore()
	err = weights.Load(store.RootScope(), dtypes.Float32, net, tensors, weights.Torch())
	fmt.Println(store.NumVariables(), "variables of", len(tensors), "tensors:", err)

	tensors = append(tensors, weights.Tensor{Name: "head.weight", DType: dtypes.Float32, Shape: []int{0}})
	fmt.Println(weights.Load(store.RootScope(), dtypes.Float32, net, tensors, weights.Torch()))
	// Output:
	// 396 variables of 475 tensors: <nil>
	// weights: tensors do not fit the network: 1 extra (head.weight)
}
