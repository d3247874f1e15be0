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

var (
	floatDTypes = []dtypes.DType{dtypes.Float32, dtypes.Float64, dtypes.Float16, dtypes.BFloat16}
	ownEngines  = []string{"gonum", "gonum:float64"}
)

func mustOpen(t *testing.T) compute.Backend {
	t.Helper()
	b, err := New("")
	require.NoError(t, err)
	return b
}

func zeros(s shapes.Shape) tensor { return tensor{s, dtypes.MakeAnySlice(s.DType, s.Size())} }

// requireFormula compares both forms of the engine with values computed in float64.
func requireFormula(t *testing.T, want []float64, body graphBody, in ...tensor) {
	t.Helper()
	for _, engine := range ownEngines {
		got := evaluate(t, engine, body, in...)
		requireClose(t, want, numbers(got.flat), toleranceOf(got.shape.DType), fmt.Sprint(engine, " ", got.shape))
	}
}

// refused builds a graph, and returns the error of the operation.
func refused(t *testing.T, body graphBody, in ...shapes.Shape) error {
	t.Helper()
	b, err := New("")
	require.NoError(t, err)
	f := b.Builder("refused").Main()
	xs := make([]compute.Value, len(in))
	for i, s := range in {
		xs[i], err = f.Parameter(fmt.Sprint("x", i), s, nil)
		require.NoError(t, err)
	}
	_, err = body(f, xs)
	require.Error(t, err)
	return err
}

func TestFusedGelu(t *testing.T) {
	r := newRandom(t)
	for _, dtype := range floatDTypes {
		x := randomTensor(r, dtype, 3, 7)
		var exact, approximate []float64
		for _, v := range numbers(x.flat) {
			exact = append(exact, v*0.5*(1+math.Erf(v/math.Sqrt(2))))
			approximate = append(approximate, v*0.5*(1+math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*math.Pow(v, 3)))))
		}
		requireFormula(t, exact, func(f compute.Function, x []compute.Value) (compute.Value, error) {
			return f.FusedGelu(x[0], true)
		}, x)
		requireFormula(t, approximate, func(f compute.Function, x []compute.Value) (compute.Value, error) {
			return f.FusedGelu(x[0], false)
		}, x)
	}
}

// denseOf is x W + bias: x [m, k], W [k, n], or [n, k] if flipped.
func denseOf(x, w, bias []float64, m, k, n int, flipped bool) []float64 {
	y := make([]float64, m*n)
	for i := range y {
		row, col := i/n, i%n
		if bias != nil {
			y[i] = bias[col]
		}
		for j := range k {
			at := j*n + col
			if flipped {
				at = col*k + j
			}
			y[i] += x[row*k+j] * w[at]
		}
	}
	return y
}

func TestFusedDenseMatchesFormula(t *testing.T) {
	r := newRandom(t)
	activations := map[compute.ActivationType]func(float64) float64{
		compute.ActivationNone:      func(v float64) float64 { return v },
		compute.ActivationGelu:      func(v float64) float64 { return v * 0.5 * (1 + math.Erf(v/math.Sqrt(2))) },
		compute.ActivationRelu:      func(v float64) float64 { return math.Max(v, 0) },
		compute.ActivationSilu:      func(v float64) float64 { return v / (1 + math.Exp(-v)) },
		compute.ActivationHardSwish: func(v float64) float64 { return v * math.Min(math.Max(v+3, 0), 6) / 6 },
		compute.ActivationTanh:      math.Tanh,
	}
	cases := []struct {
		x, w, b []int
		layout  compute.DenseLayout
	}{
		{[]int{5, 7}, []int{7, 3}, []int{3}, compute.DenseLayoutInputOutputs},
		{[]int{5, 7}, []int{3, 7}, []int{3}, compute.DenseLayoutOutputsInput},
		{[]int{2, 3, 7}, []int{7, 2, 3}, []int{2, 3}, compute.DenseLayoutInputOutputs},
		{[]int{2, 3, 7}, []int{2, 3, 7}, []int{2, 3}, compute.DenseLayoutOutputsInput},
		{[]int{7}, []int{7, 4}, nil, compute.DenseLayoutInputOutputs},
	}
	for _, dtype := range floatDTypes {
		for _, c := range cases {
			in := []tensor{randomTensor(r, dtype, c.x...), randomTensor(r, dtype, c.w...)}
			var bias []float64
			if c.b != nil {
				in = append(in, randomTensor(r, dtype, c.b...))
				bias = numbers(in[2].flat)
			}
			m, n := sizeOf(c.x)/7, sizeOf(c.w)/7
			sums := denseOf(numbers(in[0].flat), numbers(in[1].flat), bias, m, 7, n, c.layout == compute.DenseLayoutOutputsInput)
			for act, fn := range activations {
				want := make([]float64, len(sums))
				for i, v := range sums {
					want[i] = fn(v)
				}
				requireFormula(t, want, func(f compute.Function, x []compute.Value) (compute.Value, error) {
					var bias compute.Value
					if len(x) > 2 {
						bias = x[2]
					}
					return f.FusedDense(x[0], x[1], bias, compute.DenseConfig{Activation: act, WeightLayout: c.layout})
				}, in...)
			}
		}
	}
}

func TestFusedOpsTakeDynamicBatches(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	bl := b.Builder("dynamic")
	f := bl.Main()
	x, err := f.Parameter("x", shapes.MakeDynamic(dtypes.Float32, []int{-1, 2}, []string{"batch", ""}), nil)
	require.NoError(t, err)
	w, err := f.Constant([]float32{1, 2, 3, 4}, 2, 2)
	require.NoError(t, err)
	bias, err := f.Constant([]float32{10, 20}, 2)
	require.NoError(t, err)
	y, err := f.FusedDense(x, w, bias, compute.DenseConfig{Activation: compute.ActivationRelu})
	require.NoError(t, err)
	z, err := f.FusedSoftmax(y, 1)
	require.NoError(t, err)
	n, err := f.FusedLayerNorm(y, []int{1}, 0, bias, bias)
	require.NoError(t, err)
	require.NoError(t, f.Return([]compute.Value{y, z, n}, nil))
	exe, err := bl.Compile()
	require.NoError(t, err)
	for _, batch := range []int{1, 3} {
		flat := make([]float32, 2*batch)
		for i := range flat {
			flat[i] = 1
		}
		buf, err := b.BufferFromFlatData(0, flat, shapes.Make(dtypes.Float32, batch, 2))
		require.NoError(t, err)
		out, err := exe.Execute([]compute.Buffer{buf}, nil, 0)
		require.NoError(t, err)
		dense, norm := make([]float32, 2*batch), make([]float32, 2*batch)
		require.NoError(t, out[0].ToFlatData(dense))
		require.NoError(t, out[2].ToFlatData(norm))
		require.Equal(t, []float32{14, 26}, dense[2*batch-2:])
		require.Equal(t, []float32{0, 40}, norm[2*batch-2:])
	}
}

func TestFusedOpsRefuse(t *testing.T) {
	f32 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	i32 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Int32, dims...) }
	softmax := func(axis int) graphBody {
		return func(f compute.Function, x []compute.Value) (compute.Value, error) { return f.FusedSoftmax(x[0], axis) }
	}
	dense := func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.FusedDense(x[0], x[1], x[2], compute.DenseConfig{})
	}
	require.True(t, compute.IsNotImplemented(refused(t, softmax(0), i32(3))))
	require.ErrorContains(t, refused(t, softmax(2), f32(3, 4)), "no axis 2")
	require.ErrorContains(t, refused(t, dense, f32(2, 3), f32(3, 4), f32(5)), "FusedDense")
	require.ErrorContains(t, refused(t, dense, f32(2, 3), f32(4, 4), f32(4)), "FusedDense")
	require.True(t, compute.IsNotImplemented(refused(t, dense, f32(2, 3), f32(3, 4), shapes.Make(dtypes.Float64, 4))))
	require.True(t, compute.IsNotImplemented(refused(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.FusedGelu(x[0], true)
	}, i32(3))))
	require.ErrorContains(t, refused(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.FusedLayerNorm(x[0], []int{1, -1}, 1e-5, nil, nil)
	}, f32(3, 4)), "repeated")
	require.ErrorContains(t, refused(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.FusedLayerNorm(x[0], []int{1}, 1e-5, x[1], nil)
	}, f32(3, 4), f32(3)), "cannot be broadcast")
}
