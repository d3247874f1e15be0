package gonum

import (
	"encoding/json"
	"os"
	"runtime"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

//go:generate go run ./testdata/philox -out testdata/philox/xla.json

// xlaBits is what XLA's CPU engine answers to a state: see testdata/philox/capture.go.
type xlaBits struct {
	DType string
	Dims  []int
	State []uint64
	Next  []uint64
	Bits  []uint64
}

// drawBits returns the new state, and the bytes of the values.
func drawBits(t *testing.T, engine string, state []uint64, shape shapes.Shape) ([]uint64, []byte) {
	t.Helper()
	b, err := compute.NewWithConfig(engine)
	require.NoError(t, err)
	f := b.Builder("draw")
	x, err := f.Main().Constant(state, 3)
	require.NoError(t, err)
	next, values, err := f.Main().RNGBitGenerator(x, shape)
	require.NoError(t, err)
	require.NoError(t, f.Main().Return([]compute.Value{next, values}, nil))
	exe, err := f.Compile()
	require.NoError(t, err)
	out, err := exe.Execute(nil, nil, 0)
	require.NoError(t, err)
	after := make([]uint64, 3)
	require.NoError(t, out[0].ToFlatData(after))
	flat := dtypes.MakeAnySlice(shape.DType, shape.Size())
	require.NoError(t, out[1].ToFlatData(flat))
	raw, err := flatBytes(flat, shape)
	require.NoError(t, err)
	return after, raw
}

func TestRandomBitsAreThoseOfXLA(t *testing.T) {
	data, err := os.ReadFile("testdata/philox/xla.json")
	require.NoError(t, err)
	var samples []xlaBits
	require.NoError(t, json.Unmarshal(data, &samples))
	require.NotEmpty(t, samples)
	for _, s := range samples {
		dtype, err := dtypes.DTypeString(s.DType)
		require.NoError(t, err)
		shape := shapes.Make(dtype, s.Dims...)
		var want []byte
		for _, v := range s.Bits {
			for i := range max(1, dtype.Bits()/8) {
				want = append(want, byte(v>>(8*i)))
			}
		}
		engines := ownEngines
		if dtype.IsFloat() && dtype != dtypes.Float64 {
			engines = ownEngines[:1] // "gonum:float64" cannot hold the bits of every NaN
		}
		for _, engine := range engines {
			next, got := drawBits(t, engine, s.State, shape)
			require.Equal(t, s.Next, next, "%s %s state %v", engine, shape, s.State)
			require.Equal(t, want, got, "%s %s state %v", engine, shape, s.State)
		}
	}
}

// TestRandomBitsContinue draws in one piece and in two: the new state goes on where the
// values ended.
func TestRandomBitsContinue(t *testing.T) {
	state := []uint64{1, ^uint64(0) - 1, 2}
	for _, c := range []struct {
		dtype dtypes.DType
		n     int
	}{{dtypes.Uint64, 4}, {dtypes.Uint32, 8}, {dtypes.Uint8, 12}, {dtypes.Int4, 16}, {dtypes.Uint2, 20}} {
		_, all := drawBits(t, "gonum", state, shapes.Make(c.dtype, 2*c.n))
		next, first := drawBits(t, "gonum", state, shapes.Make(c.dtype, c.n))
		_, second := drawBits(t, "gonum", next, shapes.Make(c.dtype, c.n))
		require.Equal(t, all, append(first, second...), c.dtype)
	}
}

func TestRandomBitsSameForAnyProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, dtype := range []dtypes.DType{dtypes.Uint32, dtypes.Uint64, dtypes.Float64, dtypes.Uint4} {
		shape := shapes.Make(dtype, 101, 1001)
		runtime.GOMAXPROCS(1)
		_, want := drawBits(t, "gonum", []uint64{3, 1, 4}, shape)
		runtime.GOMAXPROCS(7)
		_, got := drawBits(t, "gonum", []uint64{3, 1, 4}, shape)
		require.Equal(t, want, got)
	}
}

func TestRandomBitsRefuse(t *testing.T) {
	draw := func(shape shapes.Shape) graphBody {
		return func(f compute.Function, x []compute.Value) (compute.Value, error) {
			_, y, err := f.RNGBitGenerator(x[0], shape)
			return y, err
		}
	}
	state := shapes.Make(dtypes.Uint64, 3)
	require.ErrorContains(t, refused(t, draw(state), shapes.Make(dtypes.Uint64, 2)), "want a state")
	require.True(t, compute.IsNotImplemented(refused(t, draw(shapes.Make(dtypes.Bool, 2)), state)))
	require.True(t, compute.IsNotImplemented(refused(t, draw(shapes.Make(dtypes.Complex64, 2)), state)))
}
