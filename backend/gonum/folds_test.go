package gonum

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

// numericDTypes are the dtypes of numbers that are not packed.
var numericDTypes = []dtypes.DType{
	dtypes.Float32, dtypes.Float64, dtypes.Float16, dtypes.BFloat16, dtypes.Int8, dtypes.Int16, dtypes.Int32,
	dtypes.Int64, dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64,
}

// tensor is a value of any dtype.
type tensor struct {
	shape shapes.Shape
	flat  any
}

// graphBody writes a graph of one result.
type graphBody func(f compute.Function, x []compute.Value) (compute.Value, error)

// randomTensor holds normal floats, integers from 0 to 9, or booleans.
func randomTensor(r *rand.Rand, dtype dtypes.DType, dims ...int) tensor {
	s := shapes.Make(dtype, dims...)
	flat := dtypes.MakeAnySlice(dtype, s.Size())
	v := reflect.ValueOf(flat)
	for i := range s.Size() {
		setFloat(v.Index(i), dtype, r)
	}
	return tensor{s, flat}
}

func setFloat(v reflect.Value, dtype dtypes.DType, r *rand.Rand) {
	switch {
	case dtype == dtypes.Bool:
		v.SetBool(r.IntN(2) == 1)
	case dtype == dtypes.Float16:
		v.Set(reflect.ValueOf(float16.FromFloat32(float32(r.NormFloat64()))))
	case dtype == dtypes.BFloat16:
		v.Set(reflect.ValueOf(bfloat16.FromFloat32(float32(r.NormFloat64()))))
	case dtype.IsFloat():
		v.SetFloat(r.NormFloat64())
	case dtype.IsUnsigned():
		v.SetUint(r.Uint64N(10))
	default:
		v.SetInt(r.Int64N(10))
	}
}

// numbers reads a slice of any dtype as float64.
func numbers(flat any) []float64 {
	v := reflect.ValueOf(flat)
	out := make([]float64, v.Len())
	for i := range out {
		switch x := v.Index(i).Interface().(type) {
		case float16.Float16:
			out[i] = float64(x.Float32())
		case bfloat16.BFloat16:
			out[i] = float64(x.Float32())
		case bool:
			if x {
				out[i] = 1
			}
		default:
			out[i] = v.Index(i).Convert(reflect.TypeFor[float64]()).Float()
		}
	}
	return out
}

// evaluateOn runs a graph once, and returns its error instead of failing.
func evaluateOn(b compute.Backend, in []tensor, body func(f compute.Function, x []compute.Value) ([]compute.Value, error)) ([]tensor, error) {
	bl := b.Builder("test")
	f := bl.Main()
	xs := make([]compute.Value, len(in))
	buffers := make([]compute.Buffer, len(in))
	for i, x := range in {
		var err error
		if xs[i], err = f.Parameter(fmt.Sprint("x", i), x.shape, nil); err != nil {
			return nil, err
		}
		if buffers[i], err = b.BufferFromFlatData(0, x.flat, x.shape); err != nil {
			return nil, err
		}
	}
	ys, err := body(f, xs)
	if err != nil {
		return nil, err
	}
	if err := f.Return(ys, nil); err != nil {
		return nil, err
	}
	exe, err := bl.Compile()
	if err != nil {
		return nil, err
	}
	results, err := exe.Execute(buffers, nil, 0)
	if err != nil {
		return nil, err
	}
	out := make([]tensor, len(results))
	for i, x := range results {
		s, err := x.Shape()
		if err != nil {
			return nil, err
		}
		out[i] = tensor{s, dtypes.MakeAnySlice(s.DType, s.Size())}
		if err := x.ToFlatData(out[i].flat); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// evaluate runs a graph of one result on an engine, by name: "go", "gonum" or
// "gonum:float64".
func evaluate(t *testing.T, engine string, body graphBody, in ...tensor) tensor {
	t.Helper()
	b, err := compute.NewWithConfig(engine)
	require.NoError(t, err)
	defer b.Finalize()
	out, err := evaluateOn(b, in, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
		y, err := body(f, x)
		return []compute.Value{y}, err
	})
	require.NoError(t, err)
	return out[0]
}

// requireSameAsGo compares both forms of the engine with GoMLX's own: exactly, or to a
// tolerance relative to the greatest value.
func requireSameAsGo(t *testing.T, tolerance float64, body graphBody, in ...tensor) {
	t.Helper()
	want := evaluate(t, "go", body, in...)
	for _, engine := range []string{"gonum", "gonum:float64"} {
		got := evaluate(t, engine, body, in...)
		require.True(t, want.shape.Equal(got.shape), "%s: want shape %s, got %s", engine, want.shape, got.shape)
		requireClose(t, numbers(want.flat), numbers(got.flat), tolerance, engine)
	}
}

func requireClose(t *testing.T, want, got []float64, tolerance float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	scale := 1.0
	for _, v := range want {
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			scale = max(scale, math.Abs(v))
		}
	}
	for i, w := range want {
		same := w == got[i] || math.IsNaN(w) && math.IsNaN(got[i])
		if !same && !(math.Abs(w-got[i]) <= tolerance*scale) {
			require.Failf(t, "wrong value", "%s: element %d of %d: want %v, got %v (tolerance %g of %g)", what, i, len(want), w, got[i], tolerance, scale)
		}
	}
}

// requireSameBits runs a graph with one and with seven processors.
func requireSameBits(t *testing.T, body graphBody, in ...tensor) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	runtime.GOMAXPROCS(1)
	want := evaluate(t, "gonum", body, in...)
	runtime.GOMAXPROCS(7)
	for range 3 {
		require.Equal(t, want.flat, evaluate(t, "gonum", body, in...).flat)
	}
}

func newRandom(t *testing.T) *rand.Rand {
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// tolerances for results that are rounded, by dtype.
func toleranceOf(dtype dtypes.DType) float64 {
	switch dtype {
	case dtypes.Float32:
		return 1e-6
	case dtypes.Float64:
		return 1e-14
	case dtypes.Float16:
		return 2e-3
	case dtypes.BFloat16:
		return 2e-2
	}
	return 0
}
