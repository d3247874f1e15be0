package golden

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
)

// Tolerance is the greatest allowed difference: Abs + Rel*|want|.
type Tolerance struct {
	Abs, Rel float64
}

func (t Tolerance) String() string { return fmt.Sprintf("abs %.3g, rel %.3g", t.Abs, t.Rel) }

// Reference is the engine that the others are compared with.
const Reference = "gonum:float64"

// Half a unit in the last place of a normal number, relative to the smallest number of
// its binade: 24, 11 and 8 significant bits.
const (
	ulp32   = 0x1p-24
	ulp16   = 0x1p-11
	ulpBF16 = 0x1p-8
)

// table is the one table of tolerances. Rows are engines, "" stands for an engine without
// a row of its own.
//
// The reference holds every float in float64 and rounds once, when the result leaves the
// engine: a result in a narrow dtype may be half a unit off, plus one unit more where the
// expected value was itself close to the midpoint of two numbers. Half a unit of the
// smallest normal number is the Abs: below it numbers are spaced evenly. At float64 the
// sums of the suite have at most 10^5 terms of order 1 and are added in another order
// than in the formula: n*2^-53 is 1e-11 at worst, 1e-12 with blocked or random-walk
// growth.
//
// Engines that compute in the declared dtype round after every operation. At float32 the
// longest sums of the suite (10^5 terms of order 1, results of order 100) lose a few
// hundred units when added one after the other, and convolution or matrix multiply of
// 10^3 terms about 30: 1e-5 of the value, and 2e-5 absolute for results that cancel. At
// float16 and bfloat16 a chain of up to eight rounded operations is allowed, one unit
// each.
//
// XLA's float32 transcendental functions are polynomial approximations, accurate to a few
// units; float64 ones likewise. They need no row: the float32 sums above are the larger
// effect.
var table = map[string]map[dtypes.DType]Tolerance{
	Reference: {
		dtypes.Float64:  {Abs: 1e-12, Rel: 1e-12},
		dtypes.Float32:  {Abs: 1e-12, Rel: 1.01 * ulp32},
		dtypes.Float16:  {Abs: 0x1p-25, Rel: 1.01 * ulp16},
		dtypes.BFloat16: {Abs: 1e-12, Rel: 1.01 * ulpBF16},
	},
	"": {
		dtypes.Float64:  {Abs: 1e-12, Rel: 1e-12},
		dtypes.Float32:  {Abs: 2e-5, Rel: 1e-5},
		dtypes.Float16:  {Abs: 8 * ulp16, Rel: 8 * ulp16},
		dtypes.BFloat16: {Abs: 8 * ulpBF16, Rel: 8 * ulpBF16},
	},
}

// ToleranceFor returns the tolerance of an engine ("gonum", "gonum:float64", "go",
// "xla:cpu", "onnx", ...) for a dtype. Integers and booleans have none: the zero
// Tolerance asks for equality.
func ToleranceFor(engine string, dtype dtypes.DType) Tolerance {
	if row, ok := table[engine]; ok {
		return row[dtype]
	}
	return table[""][dtype]
}
