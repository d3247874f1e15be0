package gonum

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

// comparison of two values by which a comparator is written.
type comparison2 = func(f compute.Function, a, b compute.Value) (compute.Value, error)

// sortBy sorts operands by a comparison of the elements of one of them; masked hides the
// comparison from recognition.
func sortBy(f compute.Function, x []compute.Value, axis, key int, stable, masked bool, compare comparison2) ([]compute.Value, error) {
	c, err := f.Closure()
	if err != nil {
		return nil, err
	}
	params := make([]compute.Value, 2*len(x))
	for i := range params {
		s, err := f.(*function).builder.OpShape(x[i/2])
		if err != nil {
			return nil, err
		}
		if params[i], err = c.Parameter(fmt.Sprint("p", i), shapes.Make(s.DType), nil); err != nil {
			return nil, err
		}
	}
	y, err := compare(c, params[2*key], params[2*key+1])
	if err != nil {
		return nil, err
	}
	if masked {
		y = must(c.LogicalAnd(y, y))
	}
	if err := c.Return([]compute.Value{y}, nil); err != nil {
		return nil, err
	}
	return f.Sort(c, axis, stable, x...)
}

// sortedLines sorts lines in the plainest way.
func sortedLines(dims []int, axis int, keys []float64, descending bool) (order []int) {
	l := lanesOf(shapes.Make(dtypes.Float64, dims...), axis)
	order = make([]int, len(keys))
	for line := range l.outer * l.inner {
		base := line/l.inner*l.n*l.inner + line%l.inner
		at := make([]int, l.n)
		for i := range at {
			at[i] = base + i*l.inner
		}
		slices.SortStableFunc(at, func(a, b int) int {
			if descending {
				return cmp.Compare(keys[b], keys[a])
			}
			return cmp.Compare(keys[a], keys[b])
		})
		for i, from := range at {
			order[base+i*l.inner] = from
		}
	}
	return order
}

func TestSortMatchesPlainSort(t *testing.T) {
	r := newRandom(t)
	orders := []struct {
		name       string
		descending bool
		compare    comparison2
	}{
		{"less", false, compute.Function.LessThan},
		{"greater", true, compute.Function.GreaterThan},
		{"less, swapped", true, func(f compute.Function, a, b compute.Value) (compute.Value, error) { return f.LessThan(b, a) }},
		{"greater, swapped", false, func(f compute.Function, a, b compute.Value) (compute.Value, error) { return f.GreaterThan(b, a) }},
	}
	for _, engine := range []string{"", "float64"} {
		b, err := New(engine)
		require.NoError(t, err)
		for _, dtype := range numericDTypes {
			for _, c := range []struct {
				dims []int
				axis int
			}{{[]int{40}, 0}, {[]int{1}, 0}, {[]int{3, 17}, -1}, {[]int{17, 3}, 0}, {[]int{2, 30, 20}, 1}} {
				for i, o := range orders {
					for _, masked := range []bool{false, true} {
						t.Run(fmt.Sprint(b, dtype, c.dims, o.name, masked), func(t *testing.T) {
							key := randomTensor(r, dtype, c.dims...)
							// The key alone, and between two others that must move with
							// it.
							first, last := randomTensor(r, dtypes.Bool, c.dims...), randomTensor(r, dtypes.Int64, c.dims...)
							alone, err := evaluateOn(b, []tensor{key}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
								return sortBy(f, x, c.axis, 0, i%2 == 0, masked, o.compare)
							})
							require.NoError(t, err)
							all := []tensor{first, key, last}
							together, err := evaluateOn(b, all, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
								return sortBy(f, x, c.axis, 1, true, masked, o.compare)
							})
							require.NoError(t, err)
							order := sortedLines(c.dims, max(c.axis, 0)+(len(c.dims)-1)*btoi(c.axis < 0), numbers(key.flat), o.descending)
							for k, x := range all {
								values, want := numbers(x.flat), make([]float64, len(order))
								for i, from := range order {
									want[i] = values[from]
								}
								require.Equal(t, want, numbers(together[k].flat))
								if k == 1 {
									require.Equal(t, want, numbers(alone[0].flat))
								}
							}
						})
					}
				}
			}
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestSortPutsNaNLast(t *testing.T) {
	nan := float32(math.NaN())
	x := tensor{shapes.Make(dtypes.Float32, 7), []float32{nan, 2, 0, nan, 3, 1, nan}}
	places := tensor{shapes.Make(dtypes.Int32, 7), []int32{0, 1, 2, 3, 4, 5, 6}}
	b, err := New("")
	require.NoError(t, err)
	for _, c := range []struct {
		compare comparison2
		want    []int32
	}{
		{compute.Function.LessThan, []int32{2, 5, 1, 4, 0, 3, 6}},
		{compute.Function.GreaterThan, []int32{4, 1, 5, 2, 0, 3, 6}},
	} {
		out, err := evaluateOn(b, []tensor{x, places}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
			return sortBy(f, x, 0, 0, true, false, c.compare)
		})
		require.NoError(t, err)
		require.Equal(t, c.want, out[1].flat)
		out, err = evaluateOn(b, []tensor{x}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
			return sortBy(f, x, 0, 0, false, false, c.compare)
		})
		require.NoError(t, err)
		values := x.flat.([]float32)
		for i, at := range c.want[:4] {
			require.Equal(t, values[at], out[0].flat.([]float32)[i])
		}
		for _, v := range out[0].flat.([]float32)[4:] {
			require.True(t, v != v)
		}
	}
}

// TestSortWithCaptures orders by the distance to a value of the enclosing function.
func TestSortWithCaptures(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	x := tensor{shapes.Make(dtypes.Float32, 2, 4), []float32{0, 1, 2, 3, 9, 2.5, 4, -4}}
	center := tensor{shapes.Make(dtypes.Float32), []float32{2.1}}
	out, err := evaluateOn(b, []tensor{x, center}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
		return sortBy(f, x[:1], 1, 0, true, false, func(c compute.Function, a, b compute.Value) (compute.Value, error) {
			distance := func(v compute.Value) compute.Value { return must(c.Abs(must(c.Sub(v, x[1])))) }
			return c.LessThan(distance(a), distance(b))
		})
	})
	require.NoError(t, err)
	require.Equal(t, []float32{2, 3, 1, 0, 2.5, 4, -4, 9}, out[0].flat)
}

// TestSortEndsWhateverTheComparatorSays: one that is always true is no order at all.
func TestSortEndsWhateverTheComparatorSays(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	x := tensor{shapes.Make(dtypes.Int32, 5), []int32{1, 2, 3, 4, 5}}
	out, err := evaluateOn(b, []tensor{x}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
		return sortBy(f, x, 0, 0, true, false, compute.Function.Equal)
	})
	require.NoError(t, err)
	require.Equal(t, x.flat, out[0].flat)
	out, err = evaluateOn(b, []tensor{x}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
		return sortBy(f, x, 0, 0, true, false, compute.Function.NotEqual)
	})
	require.NoError(t, err)
	require.ElementsMatch(t, x.flat, out[0].flat)
}

func TestSortSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	for _, masked := range []bool{false, true} {
		requireSameBits(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
			y, err := sortBy(f, x, 1, 0, false, masked, compute.Function.LessThan)
			if err != nil {
				return nil, err
			}
			return y[1], nil
		}, randomTensor(r, dtypes.Float32, 50, 60, 2), randomTensor(r, dtypes.Float32, 50, 60, 2))
	}
}

func TestSortRefuses(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	f := b.Builder("test").Main()
	x := must(f.Parameter("x", shapes.Make(dtypes.Float32, 4), nil))
	y := must(f.Parameter("y", shapes.Make(dtypes.Float32, 5), nil))
	_, err = sortBy(f, []compute.Value{x}, 1, 0, true, false, compute.Function.LessThan)
	require.ErrorContains(t, err, "Sort((Float32)[4]): no axis 1")
	_, err = sortBy(f, []compute.Value{x, y}, 0, 0, true, false, compute.Function.LessThan)
	require.ErrorContains(t, err, "Sort((Float32)[4], (Float32)[5])")
	_, err = sortBy(f, []compute.Value{x}, 0, 0, true, false, compute.Function.Add)
	require.ErrorContains(t, err, "one boolean scalar")
	_, err = f.Sort(nil, 0, true, x)
	require.ErrorContains(t, err, "Sort")
}
