package gonum

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

var packedDTypes = []dtypes.DType{dtypes.Int2, dtypes.Uint2, dtypes.Int4, dtypes.Uint4}

// bytesThrough runs a graph on bytes given as one dtype, and returns the bytes of the
// result.
func bytesThrough(t *testing.T, engine string, data []byte, from, to shapes.Shape, body graphBody) []byte {
	t.Helper()
	b, err := compute.NewWithConfig(engine)
	require.NoError(t, err)
	bl := b.Builder("bytes")
	x, err := bl.Main().Parameter("x", from, nil)
	require.NoError(t, err)
	y, err := body(bl.Main(), []compute.Value{x})
	require.NoError(t, err)
	s, err := bl.OpShape(y)
	require.NoError(t, err)
	require.Equal(t, to.String(), s.String())
	require.NoError(t, bl.Main().Return([]compute.Value{y}, nil))
	exe, err := bl.Compile()
	require.NoError(t, err)
	in, err := b.BufferFromFlatData(0, sliceOf(from, data), from)
	require.NoError(t, err)
	out, err := exe.Execute([]compute.Buffer{in}, nil, 0)
	require.NoError(t, err)
	flat := sliceOf(to, make([]byte, bytesOf(to)))
	require.NoError(t, out[0].ToFlatData(flat))
	raw, err := flatBytes(flat, to)
	require.NoError(t, err)
	return raw
}

// sliceOf makes a slice of the dtype's Go type that holds the bytes.
func sliceOf(s shapes.Shape, data []byte) any {
	flat := dtypes.MakeAnySlice(s.DType, s.Size())
	if raw, err := flatBytes(flat, s); err == nil {
		copy(raw, data)
	}
	return flat
}

func TestBitcastKeepsBytes(t *testing.T) {
	r := newRandom(t)
	all := append(append([]dtypes.DType{}, numericDTypes...), packedDTypes...)
	for _, from := range all {
		for _, to := range all {
			// Of the wider dtype there are 6, so that packed ones fill whole bytes.
			x, y := shapes.Make(from, 2, 3), shapes.Make(to, 2, 3)
			switch a, b := from.Bits(), to.Bits(); {
			case a > b:
				y = shapes.Make(to, 2, 3, a/b)
			case a < b:
				x = shapes.Make(from, 2, 3, b/a)
			}
			data := make([]byte, bytesOf(x))
			for i := range data {
				data[i] = byte(r.IntN(0x3c)) // of a float, this makes no NaN
			}
			if bits := x.Size() * from.Bits(); bits%8 != 0 {
				data[len(data)-1] &= 1<<(bits%8) - 1
			}
			for _, engine := range ownEngines {
				got := bytesThrough(t, engine, data, x, y, func(f compute.Function, x []compute.Value) (compute.Value, error) {
					return f.Bitcast(x[0], to)
				})
				require.Equal(t, data, got, "%s: %s to %s", engine, x, y)
			}
		}
	}
}

func TestBitcastRefuses(t *testing.T) {
	cast := func(to dtypes.DType) graphBody {
		return func(f compute.Function, x []compute.Value) (compute.Value, error) { return f.Bitcast(x[0], to) }
	}
	require.ErrorContains(t, refused(t, cast(dtypes.Int32), shapes.Make(dtypes.Int8)), "too few bits")
	require.ErrorContains(t, refused(t, cast(dtypes.Int32), shapes.Make(dtypes.Int8, 3)), "Bitcast")
	require.True(t, compute.IsNotImplemented(refused(t, cast(dtypes.Bool), shapes.Make(dtypes.Int8, 3))))
}
