package flat_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/flat"
)

// Numbers go into a tensor of another precision, and come out as float64.
func Example() {
	t, err := flat.Tensor(dtypes.Float32, []float64{1, 2.5, 3, 4}, 2, 2)
	if err != nil {
		panic(err)
	}
	values, err := flat.Values(t)
	fmt.Println(t.Shape(), values, err)
	// Output:
	// (Float32)[2, 2] [1 2.5 3 4] <nil>
}
