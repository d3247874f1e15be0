package all_test

import (
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/all"
)

// Which engines there are beyond the two in pure Go depends on how the program was built.
func Example() {
	for _, name := range backend.Names() {
		if slices.Contains([]string{"go", "gonum", "gonum:float64"}, name) {
			fmt.Println(name)
		}
	}
	// Output:
	// go
	// gonum
	// gonum:float64
}
