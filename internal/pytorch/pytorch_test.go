package pytorch

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/golden"
)

// TestDraw has numbers that the scripts' draw gave.
func TestDraw(t *testing.T) {
	require.Equal(t, []float64{0.5450749789171447, 0.745161751328336, 0.022921737033572143}, Draw("conv1.weight", 3))
	require.Empty(t, Draw("x", 0))
}

func TestTranspose(t *testing.T) {
	kernel := golden.Of([]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 3, 2, 1, 2) // [outputs, inputs, height, width]
	ours := FromTorch(kernel)
	require.Equal(t, []int{1, 2, 2, 3}, ours.Shape.Dimensions)
	require.Equal(t, []float64{0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11}, ours.Flat)
	require.Equal(t, kernel, transpose(ours, toTorch[4]))
	linear := golden.Of([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	require.Equal(t, []float64{1, 4, 2, 5, 3, 6}, FromTorch(linear).Flat)
}

func TestFill(t *testing.T) {
	params := []Param{
		{Path: "conv1/weight", Shape: []int{3, 3, 3, 4}, Trainable: true},
		{Path: "features/weight", Shape: []int{2}},
	}
	store := model.NewStore()
	require.NoError(t, Fill(store.RootScope(), params, dtypes.Float32))
	require.Equal(t, dtypes.Float32, store.GetVariable("/conv1/weight").DType())
	require.False(t, store.GetVariable("/features/weight").Trainable)
}

// TestCompare: every kind of fault is found, and rounding is not.
func TestCompare(t *testing.T) {
	fixture := func(change func(name string, v []float64)) golden.Fixture {
		f := golden.Fixture{}
		for name, v := range map[string][]float64{"value": {3, -4}, "loss": {1e-9}, "gradient/a": {1, 2, 3, 4, 5, 6}, "gradient/zero": {1e-8}, "running/m": {2}} {
			if change != nil {
				change(name, v)
			}
			f = append(f, golden.Of(v, len(v)).Named(name))
		}
		return f
	}
	want := slices.DeleteFunc(fixture(nil), func(t golden.Tensor) bool { return t.Name == "gradient/a" })
	want = append(want, Summary(golden.Of([]float64{1, 2, 3, 4, 5, 6}, 6).Named("gradient/a")))
	tol := Tolerance{Rel: 1e-5, Small: 0.1}
	moved := func(which string, at int, by float64) golden.Fixture {
		return fixture(func(name string, v []float64) {
			if name == which {
				v[at] += by
			}
		})
	}
	for _, ok := range []golden.Fixture{fixture(nil), moved("value", 0, 3e-5), moved("gradient/a", 1, 4e-5), moved("gradient/zero", 0, 4e-6), moved("loss", 0, 3e-5)} {
		_, err := Compare(ok, want, tol)
		require.NoError(t, err)
	}
	for message, bad := range map[string]golden.Fixture{
		"value: error": moved("value", 1, 1e-4),
		// not among the elements of the summary: the norm tells
		"gradient/a: error":         moved("gradient/a", 1, 1e-2),
		"gradient/zero: error":      moved("gradient/zero", 0, 1e-5),
		"running/m: error":          moved("running/m", 0, 1e-4),
		`no tensor "value"`:         {},
		"more is not in the":        append(fixture(nil), golden.Of([]float64{1}, 1).Named("more")),
		"value: got shape [1], wan": fixtureWith(fixture(nil), golden.Of([]float64{3}, 1).Named("value")),
	} {
		_, err := Compare(bad, want, tol)
		require.ErrorContains(t, err, message)
	}
	require.Len(t, Values(want), 3)
}

func fixtureWith(f golden.Fixture, t golden.Tensor) golden.Fixture {
	f = slices.DeleteFunc(f, func(old golden.Tensor) bool { return old.Name == t.Name })
	return append(f, t)
}
