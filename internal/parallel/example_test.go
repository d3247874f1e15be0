package parallel

import (
	"context"
	"fmt"
)

func ExampleEach() {
	squares := make([]int, 5)
	err := Each(context.Background(), len(squares), func(_ context.Context, i int) error {
		squares[i] = i * i
		return nil
	}, func(ready int) {
		if ready == len(squares) {
			fmt.Println("ready:", ready)
		}
	})
	fmt.Println(squares, err)
	// Output:
	// ready: 5
	// [0 1 4 9 16] <nil>
}
