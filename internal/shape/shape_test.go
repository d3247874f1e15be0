package shape

import "fmt"

func ExampleSize() {
	fmt.Println(Size([]int{2, 112, 112, 3}), Size(nil), Size([]int{5, 0}))
	// Output: 75264 1 0
}
