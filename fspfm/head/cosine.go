package head

import (
	"fmt"
	"math"
)

// Cosine returns the cosine of the angle between two features, which need not be of unit
// length. It panics if their lengths differ: they come from different extractors then. It
// is NaN if one of them is zero.
func Cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		panic(fmt.Sprintf("head: Cosine of features of lengths %d and %d", len(a), len(b)))
	}
	var dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot += x * y
		aa += x * x
		bb += y * y
	}
	// Rounding may take the quotient beyond 1, and min and max keep NaN.
	return max(-1, min(dot/math.Sqrt(aa*bb), 1))
}
