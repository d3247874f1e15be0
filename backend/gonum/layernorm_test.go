package gonum

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// layerNormOf normalizes by brute force: for every element, over all elements that agree
// with it off the axes.
func layerNormOf(x []float64, dims, axes []int, epsilon float64, gamma, beta []float64, gDims []int) []float64 {
	position := func(i int) []int {
		at := make([]int, len(dims))
		for a := len(dims) - 1; a >= 0; a-- {
			at[a], i = i%dims[a], i/dims[a]
		}
		return at
	}
	normalized := map[int]bool{}
	for _, a := range axes {
		normalized[(a+len(dims))%len(dims)] = true
	}
	same := func(p, q []int) bool {
		for a := range p {
			if !normalized[a] && p[a] != q[a] {
				return false
			}
		}
		return true
	}
	y := make([]float64, len(x))
	for i := range x {
		at := position(i)
		var sum, squares, n float64
		for j, v := range x {
			if same(at, position(j)) {
				sum, n = sum+v, n+1
			}
		}
		for j, v := range x {
			if same(at, position(j)) {
				squares += (v - sum/n) * (v - sum/n)
			}
		}
		y[i] = (x[i] - sum/n) / math.Sqrt(squares/n+epsilon)
		k := 0
		for a, d := range gDims {
			k = k*d + at[len(dims)-len(gDims)+a]%d
		}
		if gamma != nil {
			y[i] *= gamma[k]
		}
		if beta != nil {
			y[i] += beta[k]
		}
	}
	return y
}

func TestFusedLayerNormMatchesFormula(t *testing.T) {
	r := newRandom(t)
	cases := []struct{ dims, axes, gamma []int }{
		{[]int{5, 7}, []int{1}, []int{7}},
		{[]int{5, 7}, []int{-1}, []int{1, 7}},
		{[]int{2, 3, 5}, []int{1, 2}, []int{3, 5}},
		{[]int{2, 3, 5}, []int{2, 1}, []int{5}},
		{[]int{4, 3, 5}, []int{0, 2}, []int{4, 1, 5}},
		{[]int{4, 3}, []int{0}, []int{4, 1}},
		{[]int{1, 9}, []int{1}, []int{1}},
	}
	for _, dtype := range floatDTypes {
		for _, c := range cases {
			for given := range 4 {
				x, g, b := randomTensor(r, dtype, c.dims...), randomTensor(r, dtype, c.gamma...), randomTensor(r, dtype, c.gamma...)
				gamma, beta := numbers(g.flat), numbers(b.flat)
				if given&1 == 0 {
					gamma = nil
				}
				if given&2 == 0 {
					beta = nil
				}
				want := layerNormOf(numbers(x.flat), c.dims, c.axes, 1e-3, gamma, beta, c.gamma)
				requireFormula(t, want, func(f compute.Function, x []compute.Value) (compute.Value, error) {
					var g, b compute.Value
					if gamma != nil {
						g = x[1]
					}
					if beta != nil {
						b = x[2]
					}
					return f.FusedLayerNorm(x[0], c.axes, 1e-3, g, b)
				}, x, g, b)
			}
		}
	}
}

func TestFusedLayerNormMatchesGo(t *testing.T) {
	r := newRandom(t)
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		requireSameAsGo(t, 10*toleranceOf(dtype), func(f compute.Function, x []compute.Value) (compute.Value, error) {
			return f.FusedLayerNorm(x[0], []int{2}, 1e-5, x[1], x[2])
		}, randomTensor(r, dtype, 3, 11, 37), randomTensor(r, dtype, 37), randomTensor(r, dtype, 37))
	}
}

func TestFusedLayerNormSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	requireSameBits(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.FusedLayerNorm(x[0], []int{1}, 1e-5, x[1], nil)
	}, randomTensor(r, dtypes.Float32, 501, 129), randomTensor(r, dtypes.Float32, 129))
}
