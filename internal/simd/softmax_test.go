package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// softmax is the definition, in float64.
func softmax(y, x []float32) {
	top := x[0]
	for _, v := range x {
		top = max(top, v)
	}
	var sum float64
	exponentials := make([]float64, len(x))
	for i, v := range x {
		exponentials[i] = math.Exp(float64(v) - float64(top))
		sum += exponentials[i]
	}
	for i, e := range exponentials {
		y[i] = float32(e / sum)
	}
}

// FuzzSoftmax compares it with its definition in float64, at every level: two roundings
// apart.
func FuzzSoftmax(f *testing.F) {
	fuzzLengths(f)
	f.Add(uint16(9), uint8(0), rawBytes([]float32{1, float32(math.NaN()), 2, 3, 0, 0, 0, 0}))
	f.Add(uint16(4), uint8(0), rawBytes([]float32{-100, 10, 99, -3e38, 0, 0, 0, 0}))
	f.Add(uint16(2), uint8(0), rawBytes([]float32{float32(math.Inf(-1)), float32(math.Inf(-1)), 0, 0}))
	f.Add(uint16(3), uint8(0), rawBytes([]float32{float32(math.Inf(1)), 1, 2, 0}))
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		count, skip := int(n%3000)+1, int(shift%5)
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		x := random[float32](r, count+skip)[skip:]
		for i := range x {
			x[i] *= 30
		}
		copy(x, values[float32](r, data, min(count, len(data)/4)))
		want := make([]float32, count)
		softmax(want, x)
		for _, l := range reducing() {
			got := make([]float32, count+2)
			Softmax(l, got[1:count+1], x)
			require.True(t, got[0] == 0 && got[count+1] == 0, "%s: wrote outside the result", l)
			for i, v := range got[1 : count+1] {
				// A subnormal exponential has lost places before it is scaled.
				if apart(v, want[i]) > 2 && !(math.Abs(float64(v)-float64(want[i])) < 0x1p-148) {
					t.Fatalf("seed %d, %s: element %d of %d, %g: got %g, want %g", seed, l, i, count, x[i], v, want[i])
				}
			}
		}
	})
}

func BenchmarkSoftmax(b *testing.B) {
	x, y := random[float32](rand.New(rand.NewPCG(seed, 6)), 784), make([]float32, 784)
	b.Run("go", func(b *testing.B) {
		for b.Loop() {
			softmax(y, x)
		}
	})
	for _, l := range reducing() {
		b.Run(l.String(), func(b *testing.B) {
			for b.Loop() {
				Softmax(l, y, x)
			}
		})
	}
}
