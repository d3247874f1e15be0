package conform

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testConvert checks conversion between all pairs of dtypes, and the reading of the same
// bits as another dtype.
func testConvert(t *testing.T, e subject) { e.check(t, slices.Concat(convertCases(), bitcastCases())) }

// convertCases: floats become integers by truncation, everything but zero becomes true,
// narrow floats are rounded to nearest even and overflow to infinity. Values that do not
// fit an integer dtype are left out: libraries differ.
func convertCases() []testCase {
	var cases []testCase
	for _, from := range allTypes {
		for _, to := range allTypes {
			values := []float64{0, 1, 2, 3, 100, 1.5, 2.75, 0.25, -1, -2.5, -100}
			if from.IsUnsigned() || to.IsUnsigned() || from == dtypes.Bool {
				values = values[:8]
			}
			in := golden.New(from, values, len(values))
			cases = append(cases, convertCase(lower(from)+"_"+lower(to), in, to))
		}
	}
	special := golden.New(dtypes.Float64, []float64{nan, inf, -inf, negZero, 1e30, -1e30, 1 + 0x1p-24, 1 + 0x1.8p-23, 0x1p-20}, 9)
	for _, to := range floatTypes {
		cases = append(cases, convertCase("special_"+lower(to), golden.New(dtypes.Float32, special.Float64s(), 9), to))
	}
	cases = append(cases, convertCase("nan_to_bool", golden.New(dtypes.Float32, []float64{nan, negZero, inf}, 3), dtypes.Bool),
		convertCase("empty", golden.New(dtypes.Float32, nil, 0, 2), dtypes.Int32),
		convertCase("scalar", golden.New(dtypes.Int32, []float64{7}), dtypes.Float32))
	return append(cases, wideIntegerCases()...)
}

func convertCase(name string, in golden.Tensor, to dtypes.DType) testCase {
	values := in.Float64s()
	if !to.IsFloat() && to != dtypes.Bool {
		for i, x := range values {
			values[i] = math.Trunc(x)
		}
	}
	return testCase{name: "Convert/ConvertDType/" + name, needs: []compute.OpType{compute.OpTypeConvertDType}, exact: true,
		inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.New(to, values, in.Shape.Dimensions...)},
		build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.ConvertDType(x, to) })}
}

// wideIntegerCases: conversions between integers keep the low bits, also beyond 2^53.
func wideIntegerCases() []testCase {
	var cases []testCase
	values := []int64{math.MaxInt64, math.MinInt64, 1<<53 + 1, -(1<<53 + 1), 1<<40 + 257, -1}
	for _, pair := range [][2]dtypes.DType{{dtypes.Int64, dtypes.Uint64}, {dtypes.Uint64, dtypes.Int64}, {dtypes.Int64, dtypes.Int32},
		{dtypes.Int64, dtypes.Uint8}, {dtypes.Uint64, dtypes.Uint32}, {dtypes.Int64, dtypes.Int16}} {
		cases = append(cases, testCase{name: "Convert/ConvertDType/wide_" + lower(pair[0]) + "_" + lower(pair[1]), exact: true,
			needs: []compute.OpType{compute.OpTypeConvertDType}, inputs: []golden.Tensor{integers(pair[0], values, len(values))},
			want: []golden.Tensor{integers(pair[1], values, len(values))},
			build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) {
				return f.ConvertDType(x, pair[1])
			})})
	}
	return cases
}

func bitcastCases() []testCase {
	f32 := []float32{0, 1, -2.5, float32(inf), 3.1415927}
	bits32 := make([]uint32, len(f32))
	for i, x := range f32 {
		bits32[i] = math.Float32bits(x)
	}
	f64 := []float64{0, 1, -2.5, inf, math.Pi}
	bits64 := make([]int64, len(f64))
	for i, x := range f64 {
		bits64[i] = int64(math.Float64bits(x))
	}
	var cases []testCase
	for _, c := range []struct {
		name     string
		from, to golden.Tensor
	}{
		{"float32_uint32", golden.Of(f32, 5), golden.Of(bits32, 5)},
		{"uint32_float32", golden.Of(bits32, 5), golden.Of(f32, 5)},
		{"float64_int64", golden.Of(f64, 5), golden.Of(bits64, 5)},
		{"int64_float64", golden.Of(bits64, 5), golden.Of(f64, 5)},
		{"narrower", golden.Of([]uint32{0xdeadbeef, 1}, 2), golden.Of([]uint16{0xbeef, 0xdead, 1, 0}, 2, 2)},
		{"wider", golden.Of([]uint8{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4), golden.Of([]uint32{0x04030201, 0x08070605}, 2)},
		{"scalar_to_bytes", golden.Of([]int32{-2}), golden.Of([]uint8{0xfe, 0xff, 0xff, 0xff}, 4)},
	} {
		cases = append(cases, testCase{name: "Convert/Bitcast/" + c.name, needs: []compute.OpType{compute.OpTypeBitcast}, exact: true,
			inputs: []golden.Tensor{c.from}, want: []golden.Tensor{c.to},
			build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) {
				return f.Bitcast(x, c.to.Shape.DType)
			})})
	}
	return cases
}
