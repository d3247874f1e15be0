package gonum

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

var laneCases = []struct {
	dims []int
	axis int
}{
	{[]int{9}, 0}, {[]int{1, 1}, 1}, {[]int{4, 7}, 0}, {[]int{4, 7}, 1}, {[]int{3, 5, 4}, 1}, {[]int{2, 40, 600}, 1}, {[]int{900, 50}, 1},
}

func TestArgMinMaxMatchesGo(t *testing.T) {
	r := newRandom(t)
	for i, c := range laneCases {
		for k, dtype := range numericDTypes {
			index := indexDTypes[(i+k)%len(indexDTypes)]
			for _, isMin := range []bool{false, true} {
				t.Run(fmt.Sprint(c.dims, c.axis, dtype, index, isMin), func(t *testing.T) {
					requireSameAsGo(t, 0, func(f compute.Function, x []compute.Value) (compute.Value, error) {
						return f.ArgMinMax(x[0], c.axis, index, isMin)
					}, randomTensor(r, dtype, c.dims...))
				})
			}
		}
	}
}

func TestArgMinMaxTakesTheFirstAndNaN(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		x              []float32
		least, largest int32
	}{
		{[]float32{2, 1, 3, 1, 3}, 1, 2},
		{[]float32{2, 1, nan, 3, nan}, 2, 2},
		{[]float32{nan, 1, nan, 3, 4}, 0, 0},
		{[]float32{0, 0, 0, 0, 0}, 0, 0},
	} {
		for _, dims := range [][]int{{5}, {5, 1}, {5, 2}} {
			x := tensor{shapes.Make(dtypes.Float32, dims...), c.x}
			if sizeOf(dims) == 10 {
				twice := make([]float32, 10)
				for i, v := range c.x {
					twice[2*i], twice[2*i+1] = v, v
				}
				x.flat = twice
			}
			for isMin, want := range map[bool]int32{true: c.least, false: c.largest} {
				got := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
					return f.ArgMinMax(x[0], 0, dtypes.Int32, isMin)
				}, x)
				for _, at := range got.flat.([]int32) {
					require.Equal(t, want, at, "%v, least %t, shape %v", c.x, isMin, dims)
				}
			}
		}
	}
}

func TestArgMinMaxRefusesAnEmptyAxis(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	x := tensor{shapes.Make(dtypes.Float32, 2, 0), []float32{}}
	_, err = evaluateOn(b, []tensor{x}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
		y, err := f.ArgMinMax(x[0], 1, dtypes.Int32, true)
		return []compute.Value{y}, err
	})
	require.ErrorContains(t, err, "ArgMinMax((Float32)[2, 0]): axis 1 is empty")
}

func TestCumSumMatchesGo(t *testing.T) {
	r := newRandom(t)
	for _, c := range laneCases {
		for _, dtype := range numericDTypes {
			for _, o := range []compute.CumSumOptions{{}, {Exclusive: true}, {Reverse: true}, {Exclusive: true, Reverse: true}} {
				t.Run(fmt.Sprint(c.dims, c.axis, dtype, o), func(t *testing.T) {
					requireSameAsGo(t, 4*toleranceOf(dtype), func(f compute.Function, x []compute.Value) (compute.Value, error) {
						return f.CumSum(x[0], c.axis, o)
					}, randomTensor(r, dtype, c.dims...))
				})
			}
		}
		requireSameBits(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
			return f.CumSum(x[0], c.axis, compute.CumSumOptions{})
		}, randomTensor(r, dtypes.Float32, c.dims...))
	}
}

func TestIotaMatchesGo(t *testing.T) {
	for _, dtype := range numericDTypes {
		for _, c := range laneCases[:6] {
			t.Run(fmt.Sprint(dtype, c.dims, c.axis), func(t *testing.T) {
				requireSameAsGo(t, 0, func(f compute.Function, x []compute.Value) (compute.Value, error) {
					return f.Iota(shapes.Make(dtype, c.dims...), c.axis)
				})
			})
		}
	}
	count, err := counterFor(dtypes.Int32)
	require.NoError(t, err)
	dst := make([]int32, 14)
	count(rawBytes(dst), 3, 2)
	require.Equal(t, []int32{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 0, 0}, dst)
	_, err = counterFor(dtypes.Bool)
	require.ErrorIs(t, err, compute.ErrNotImplemented)
}
