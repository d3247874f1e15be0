package vector

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func Example() {
	a, b := []float32{3, 4}, []float32{-4, 3}
	fmt.Println(Norm(a), Dot(a, b), Cosine(a, b), Cosine(a, a))
	length, _ := Unit(a)
	fmt.Println(length, a)
	// Output:
	// 5 0 0 1
	// 5 [0.6 0.8]
}

// TestNoDirection: zeros and numbers that are none are left alone.
func TestNoDirection(t *testing.T) {
	for _, v := range [][]float64{{}, {0, 0}, {1, math.Inf(1)}, {math.NaN(), 1}, {math.MaxFloat64, math.MaxFloat64}} {
		before := fmt.Sprint(v)
		_, ok := Unit(v)
		require.False(t, ok, before)
		require.Equal(t, before, fmt.Sprint(v))
	}
	require.True(t, math.IsNaN(Cosine([]float32{0, 0}, []float32{1, 0})))
}

func TestAddUnit(t *testing.T) {
	sum := []float64{1, 1}
	AddUnit(sum, []float32{0, 0})
	AddUnit(sum, []float32{3, 4})
	require.Equal(t, []float64{1.6, 1.8}, sum)
}

func TestBytes(t *testing.T) {
	v := []float32{1, -0.5, float32(math.Inf(1))}
	require.Equal(t, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xbf, 0, 0, 0x80, 0x7f}, Bytes(v))
	require.Equal(t, v, OfBytes(Bytes(v)))
}
