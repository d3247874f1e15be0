package gonum

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

// softmaxOf works along the middle one of three axes.
func softmaxOf(x []float64, outer, n, inner int) []float64 {
	y := make([]float64, len(x))
	for o := range outer {
		for i := range inner {
			var sum float64
			for k := range n {
				sum += math.Exp(x[(o*n+k)*inner+i])
			}
			for k := range n {
				y[(o*n+k)*inner+i] = math.Exp(x[(o*n+k)*inner+i]) / sum
			}
		}
	}
	return y
}

func softmaxAlong(axis int) graphBody {
	return func(f compute.Function, x []compute.Value) (compute.Value, error) { return f.FusedSoftmax(x[0], axis) }
}

func TestFusedSoftmaxMatchesFormula(t *testing.T) {
	r := newRandom(t)
	for _, dtype := range floatDTypes {
		for _, dims := range [][]int{{7}, {3, 5}, {2, 5, 131}, {1, 1, 1}, {65, 3, 2}, {0, 3}, {3, 0}} {
			for axis := range dims {
				x := randomTensor(r, dtype, dims...)
				want := softmaxOf(numbers(x.flat), sizeOf(dims[:axis]), dims[axis], sizeOf(dims[axis+1:]))
				requireFormula(t, want, softmaxAlong(axis), x)
			}
		}
	}
}

func TestFusedSoftmaxOfExtremes(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := tensor{shapes.Make(dtypes.Float32, 4, 3), []float32{1e38, 1e38, -1e38, -inf, 0, -inf, 1, nan, 2, -inf, -inf, -inf}}
	n := math.NaN()
	want := []float64{0.5, 0.5, 0, 0, 1, 0, n, n, n, n, n, n}
	requireFormula(t, want, softmaxAlong(1), x)
	flipped := tensor{shapes.Make(dtypes.Float32, 3, 4), make([]float32, 12)}
	turned := make([]float64, 12)
	for i := range 12 {
		flipped.flat.([]float32)[i%3*4+i/3] = x.flat.([]float32)[i]
		turned[i%3*4+i/3] = want[i]
	}
	requireFormula(t, turned, softmaxAlong(0), flipped)
}

func TestFusedSoftmaxSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	x := randomTensor(r, dtypes.Float32, 37, 41, 67)
	for axis := range 3 {
		requireSameBits(t, softmaxAlong(axis), x)
	}
}

func BenchmarkFusedSoftmax(b *testing.B) {
	e, err := New("")
	require.NoError(b, err)
	exe := build(b, e, [][]int{{256, 1000}}, func(f compute.Function, x []compute.Value) []compute.Value {
		return []compute.Value{must(f.FusedSoftmax(x[0], 1))}
	})
	x := upload(b, e, random(256000), 256, 1000)
	b.ReportAllocs()
	for b.Loop() {
		out, err := exe.Execute([]compute.Buffer{x}, nil, 0)
		require.NoError(b, err)
		require.NoError(b, out[0].Finalize())
	}
}
