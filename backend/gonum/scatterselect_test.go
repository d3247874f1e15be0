package gonum

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

type selectAndScatter = func(f compute.Function, operand, source compute.Value, window, strides []int, paddings [][2]int) (compute.Value, error)

var selections = map[string]selectAndScatter{
	"Max": compute.Function.SelectAndScatterMax,
	"Min": compute.Function.SelectAndScatterMin,
}

func TestSelectAndScatterMatchesGo(t *testing.T) {
	r := newRandom(t)
	for _, c := range windowCases {
		if !c.alsoSelects {
			continue
		}
		for _, dtype := range numericDTypes {
			if c.float32 && dtype != dtypes.Float32 {
				continue
			}
			// Integers from 0 to 9 have many ties, and are added up exactly.
			x := randomTensor(r, dtypes.Int8, c.dims...)
			s, err := si.ReduceWindow(x.shape, c.size, c.stride, nil, nil, c.padding)
			require.NoError(t, err)
			source := randomTensor(r, dtypes.Int8, s.Dimensions...)
			for name, op := range selections {
				t.Run(fmt.Sprint(c.name, name, dtype), func(t *testing.T) {
					requireSameAsGo(t, 0, func(f compute.Function, x []compute.Value) (compute.Value, error) {
						return op(f, must(f.ConvertDType(x[0], dtype)), must(f.ConvertDType(x[1], dtype)), c.size, c.stride, c.padding)
					}, x, source)
				})
			}
		}
	}
}

func TestSelectAndScatterTiesNaNAndPadding(t *testing.T) {
	nan := float32(math.NaN())
	// Windows of 3, 2 apart, over one place of padding on either side: places _ 0 1, 1 2
	// 3, 3 4 _.
	source := tensor{shapes.Make(dtypes.Float32, 3), []float32{1, 10, 100}}
	for _, c := range []struct {
		name            string
		x               []float32
		greatest, least []float32
	}{
		{"ties go to the first", []float32{5, 5, 5, 5, 5}, []float32{1, 10, 0, 100, 0}, []float32{1, 10, 0, 100, 0}},
		{"padding is neither great nor small", []float32{-3, -2, 2, 3, 4}, []float32{0, 1, 0, 10, 100}, []float32{1, 10, 0, 100, 0}},
		{"padding is no zero", []float32{3, 2, 1, 2, 3}, []float32{1, 10, 0, 0, 100}, []float32{0, 1, 10, 100, 0}},
		{"the first NaN", []float32{1, nan, nan, 4, 3}, []float32{0, 11, 0, 100, 0}, []float32{0, 11, 0, 0, 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, want := range map[string][]float32{"Max": c.greatest, "Min": c.least} {
				got := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
					return selections[name](f, x[0], x[1], []int{3}, []int{2}, [][2]int{{1, 1}})
				}, tensor{shapes.Make(dtypes.Float32, 5), c.x}, source)
				require.Equal(t, want, got.flat, name)
				// The same in each of many columns.
				const columns = 9
				wide := evaluate(t, "gonum", func(f compute.Function, x []compute.Value) (compute.Value, error) {
					return selections[name](f, x[0], x[1], []int{3, 1}, []int{2, 1}, [][2]int{{1, 1}, {0, 0}})
				}, repeatColumns(c.x, columns), repeatColumns(source.flat.([]float32), columns))
				require.Equal(t, repeatColumns(want, columns).flat, wide.flat, name)
			}
		})
	}
}

func repeatColumns(x []float32, columns int) tensor {
	var flat []float32
	for _, v := range x {
		flat = append(flat, slices.Repeat([]float32{v}, columns)...)
	}
	return tensor{shapes.Make(dtypes.Float32, len(x), columns), flat}
}

func TestSelectAndScatterSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	for _, c := range windowCases {
		if !c.alsoSelects {
			continue
		}
		x := randomTensor(r, dtypes.Float32, c.dims...)
		s, err := si.ReduceWindow(x.shape, c.size, c.stride, nil, nil, c.padding)
		require.NoError(t, err)
		requireSameBits(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
			return f.SelectAndScatterMax(x[0], x[1], c.size, c.stride, c.padding)
		}, x, randomTensor(r, dtypes.Float32, s.Dimensions...))
	}
}
