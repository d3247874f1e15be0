package seeded

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func Example() {
	fmt.Println(Permutation(5, Stream(42, "order", 1)))
	fmt.Println(Permutation(5, Stream(42, "order", 2)))
	fmt.Println(Permutation(5, Stream(42, "order", 1)))
	// Output:
	// [4 3 2 0 1]
	// [4 2 1 3 0]
	// [4 3 2 0 1]
}

// TestApart: streams differ if anything differs.
func TestApart(t *testing.T) {
	first := []uint64{
		Stream(1, "a").Uint64(), Stream(2, "a").Uint64(), Stream(1, "b").Uint64(), Stream(1, "a", 0).Uint64(), Stream(1, "a", 0, 1).Uint64(),
		Stream(1, "a", 1, 0).Uint64(), Named(1, "a").Uint64(), Named(1, "a", "b").Uint64(), Named(1, "ab").Uint64(), Named(2, "ab").Uint64(),
	}
	n := len(first)
	slices.Sort(first)
	require.Len(t, slices.Compact(first), n)
}
