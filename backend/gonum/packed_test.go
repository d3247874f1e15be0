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

// packedRange returns the least and the greatest value of a packed dtype.
func packedRange(dtype dtypes.DType) (low, high int) {
	if dtype.IsUnsigned() {
		return 0, 1<<dtype.Bits() - 1
	}
	return -1 << (dtype.Bits() - 1), 1<<(dtype.Bits()-1) - 1
}

// packedValues packs integers, the first in the lowest bits.
func packedValues(dtype dtypes.DType, values []int) tensor {
	s := shapes.Make(dtype, len(values))
	flat := make([]byte, bytesOf(s))
	for i, v := range values {
		at := i * dtype.Bits()
		flat[at/8] |= byte(v&(1<<dtype.Bits()-1)) << (at % 8)
	}
	return tensor{s, flat}
}

func convertBody(to dtypes.DType) graphBody {
	return func(f compute.Function, x []compute.Value) (compute.Value, error) { return f.ConvertDType(x[0], to) }
}

func TestPackedValuesConvert(t *testing.T) {
	for _, from := range packedDTypes {
		low, high := packedRange(from)
		for _, n := range []int{0, 1, 2, 3, 5, 16, 40001} {
			values := make([]int, n)
			for i := range values {
				values[i] = low + i*7%(high-low+1)
			}
			for _, to := range append([]dtypes.DType{dtypes.Bool}, numericDTypes...) {
				want := make([]float64, n)
				for i, v := range values {
					switch want[i] = float64(v); {
					case to == dtypes.Bool && v != 0:
						want[i] = 1
					case to.IsUnsigned() && v < 0:
						want[i] = math.Ldexp(1, to.Bits()) + float64(v)
					}
				}
				for _, engine := range ownEngines {
					got := evaluate(t, engine, convertBody(to), packedValues(from, values))
					requireClose(t, want, numbers(got.flat), 0, fmt.Sprint(engine, from, to))
				}
			}
		}
	}
}

func TestValuesArePacked(t *testing.T) {
	values := []float64{-300, -8.9, -2, -1, -0.5, 0, 0.9, 1, 2, 3, 7, 8, 15, 16, 300, math.NaN(), math.Inf(1)}
	for _, to := range packedDTypes {
		low, high := packedRange(to)
		saturated, wrapped := make([]int, len(values)), make([]int, len(values))
		integers := make([]int32, len(values))
		for i, v := range values {
			if v == v {
				saturated[i] = max(low, min(high, int(math.Trunc(max(-1000, min(1000, v))))))
				integers[i] = int32(max(-1000, min(1000, v)))
			}
			wrapped[i] = int(integers[i])
		}
		for _, engine := range ownEngines {
			s := shapes.Make(dtypes.Float64, len(values))
			got := bytesThrough(t, engine, rawBytes(values), s, shapes.Make(to, len(values)), convertBody(to))
			require.Equal(t, packedValues(to, saturated).flat, got, "%s %s", engine, to)
			s = shapes.Make(dtypes.Int32, len(values))
			got = bytesThrough(t, engine, rawBytes(integers), s, shapes.Make(to, len(values)), convertBody(to))
			require.Equal(t, packedValues(to, wrapped).flat, got, "%s %s", engine, to)
		}
	}
}

func TestPackedValuesArePackedAnew(t *testing.T) {
	for _, from := range packedDTypes {
		for _, to := range packedDTypes {
			low, high := packedRange(from)
			values := make([]int, 11)
			for i := range values {
				values[i] = low + i%(high-low+1)
			}
			x := packedValues(from, values)
			got := bytesThrough(t, "gonum", x.flat.([]byte), x.shape, shapes.Make(to, 11), convertBody(to))
			require.Equal(t, packedValues(to, values).flat, got, "%s to %s", from, to)
		}
	}
}
