package golden

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

func TestCompare(t *testing.T) {
	negZero := math.Copysign(0, -1)
	for _, c := range []struct {
		name          string
		dtype         dtypes.DType
		got, want     []float64
		close, exact  bool
		messagePieces []string
	}{
		{"equal", dtypes.Float32, []float64{1, 2}, []float64{1, 2}, true, true, nil},
		{"within", dtypes.Float32, []float64{1, 2}, []float64{1, 2.00001}, true, false, nil},
		{"beyond", dtypes.Float32, []float64{1, 2}, []float64{1, 2.001}, false, false, []string{"1 of 2", "worst at [1]"}},
		{"worst named", dtypes.Float32, []float64{1, 2, 3}, []float64{1, 2.5, 4}, false, false, []string{"2 of 3", "worst at [2]"}},
		{"NaN is NaN", dtypes.Float64, []float64{nan}, []float64{nan}, true, true, nil},
		{"NaN is no number", dtypes.Float64, []float64{nan}, []float64{1}, false, false, nil},
		{"number is no NaN", dtypes.Float64, []float64{1}, []float64{nan}, false, false, nil},
		{"Inf", dtypes.Float32, []float64{inf}, []float64{inf}, true, true, nil},
		{"Inf of the other sign", dtypes.Float32, []float64{-inf}, []float64{inf}, false, false, nil},
		{"Inf is no large number", dtypes.Float32, []float64{3e38}, []float64{inf}, false, false, nil},
		{"overflow is Inf", dtypes.Float16, []float64{inf}, []float64{1e6}, true, true, nil},
		{"signs of zero", dtypes.Float32, []float64{negZero}, []float64{0}, true, false, nil},
		{"integers", dtypes.Int32, []float64{3}, []float64{4}, false, false, nil},
		{"booleans", dtypes.Bool, []float64{1, 0}, []float64{1, 0}, true, true, nil},
		{"booleans differ", dtypes.Bool, []float64{1, 0}, []float64{1, 1}, false, false, nil},
		{"bfloat16", dtypes.BFloat16, []float64{1.0078125}, []float64{1}, true, false, nil},
		{"empty", dtypes.Float32, nil, nil, true, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := New(c.dtype, c.got, len(c.got)), New(c.dtype, c.want, len(c.want))
			err := Compare(got, want, ToleranceFor("go", c.dtype))
			require.Equal(t, c.close, err == nil, "%v", err)
			require.Equal(t, c.exact, CompareExact(got, want) == nil)
			for _, piece := range c.messagePieces {
				require.ErrorContains(t, err, piece)
			}
			if err != nil {
				require.ErrorIs(t, err, ErrDiffers)
			}
		})
	}
}

func TestCompareShapes(t *testing.T) {
	a := Of([]float32{1, 2, 3, 4}, 2, 2)
	require.ErrorIs(t, Compare(a, Of([]float32{1, 2, 3, 4}, 4), Tolerance{}), ErrDiffers)
	require.ErrorIs(t, Compare(a, Of([]float64{1, 2, 3, 4}, 2, 2), Tolerance{}), ErrDiffers)
}

func TestCompareBigIntegers(t *testing.T) {
	a, b := Of([]int64{1 << 62}, 1), Of([]int64{1<<62 + 1}, 1)
	require.Error(t, Compare(a, b, Tolerance{Rel: 1}), "a float64 cannot tell these apart")
}

// TestToleranceOrder holds the table to its meaning: no engine is compared more loosely
// at a wider dtype, and none more strictly than the reference, which all are compared
// with.
func TestToleranceOrder(t *testing.T) {
	order := []dtypes.DType{dtypes.Float64, dtypes.Float32, dtypes.Float16, dtypes.BFloat16}
	for engine, row := range table {
		for i, dtype := range order {
			tol, ok := row[dtype]
			require.True(t, ok, "%q has no row for %s", engine, dtype)
			require.GreaterOrEqual(t, tol.Rel, table[Reference][dtype].Rel)
			if i > 0 {
				require.Greater(t, tol.Rel, row[order[i-1]].Rel)
			}
		}
	}
}

func TestFloat16(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want uint16
	}{
		{0, 0}, {math.Copysign(0, -1), 0x8000}, {1, 0x3c00}, {-2, 0xc000}, {65504, 0x7bff}, {65519.9, 0x7bff}, {65520, 0x7c00}, {-inf, 0xfc00},
		// ties go to even, and may carry into the exponent
		{1 + 0x1p-11, 0x3c00}, {1 + 0x1.8p-10, 0x3c02}, {2 - 0x1p-12, 0x4000},
		// subnormal
		{0x1p-14, 0x0400}, {0x1p-24, 1}, {0x1p-25, 0}, {0x1.8p-25, 1}, {0x1p-20, 16}, {0x1p-14 - 0x1p-26, 0x0400},
	} {
		require.Equal(t, c.want, toFloat16(c.x).Bits(), "%v", c.x)
	}
	require.True(t, math.IsNaN(toFloat16(nan).Float64()))
}

func TestFixture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "fixture.json")
	in := Fixture{
		New(dtypes.Float32, []float64{0.1, nan, inf, -inf, math.Copysign(0, -1), 1e-45}, 2, 3).Named("edge"),
		Of([]int64{-1 << 53, 1 << 53}, 2).Named("ints"),
		Of([]bool{true, false}, 1, 2).Named("bools"),
		New(dtypes.BFloat16, []float64{1.5}).Named("scalar"),
		Of([]float64{}, 0, 3).Named("empty"),
	}
	require.NoError(t, in.Write(path))
	out, err := ReadFixture(path)
	require.NoError(t, err)
	require.Len(t, out, len(in))
	for i := range in {
		require.Equal(t, in[i].Name, out[i].Name)
		require.NoError(t, CompareExact(out[i], in[i]))
	}
	require.ErrorContains(t, Fixture{Of([]int64{1 << 60}, 1)}.Write(path), "beyond 2^53")
	_, err = ReadFixture(filepath.Join(t.TempDir(), "none.json"))
	require.Error(t, err)
}
