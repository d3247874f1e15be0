package head

import (
	"fmt"

	"github.com/pifr-go/pifr/internal/vector"
)

// Cosine returns the cosine of the angle between two features, which need not be of unit
// length. It panics if their lengths differ: they come from different extractors then. It
// is NaN if one of them is zero.
func Cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		panic(fmt.Sprintf("head: Cosine of features of lengths %d and %d", len(a), len(b)))
	}
	return vector.Cosine(a, b)
}
