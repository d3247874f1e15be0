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

const testEpsilon = float32(1e-3)

// batchLayouts are shapes, and the axis of their features.
var batchLayouts = []struct {
	dims []int
	axis int
}{
	{[]int{4, 3}, 1}, {[]int{2, 3, 5, 7}, 3}, {[]int{2, 3, 5, 7}, 1}, {[]int{3, 8}, 0}, {[]int{1, 1}, 1}, {[]int{300, 5, 41}, 2},
}

// featureOf returns the feature of element i.
func featureOf(dims []int, axis, i int) int { return i / sizeOf(dims[axis+1:]) % dims[axis] }

// batchMoments returns mean and biased variance of each feature.
func batchMoments(x []float64, dims []int, axis int) (mean, variance []float64) {
	mean, variance = make([]float64, dims[axis]), make([]float64, dims[axis])
	n := float64(len(x) / dims[axis])
	for i, v := range x {
		mean[featureOf(dims, axis, i)] += v / n
	}
	for i, v := range x {
		d := v - mean[featureOf(dims, axis, i)]
		variance[featureOf(dims, axis, i)] += d * d / n
	}
	return mean, variance
}

func batchNormOf(x, scale, offset, mean, variance []float64, dims []int, axis int) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		c := featureOf(dims, axis, i)
		y[i] = (v-mean[c])/math.Sqrt(variance[c]+float64(testEpsilon))*scale[c] + offset[c]
	}
	return y
}

// positive makes variances of a tensor.
func positive(t tensor) tensor {
	flat := numbers(t.flat)
	for i, v := range flat {
		flat[i] = 0.25 + v*v
	}
	out := zeros(shapes.Make(dtypes.Float64, t.shape.Dimensions...))
	copy(out.flat.([]float64), flat)
	return out
}

func TestBatchNormForInferenceMatchesFormula(t *testing.T) {
	r := newRandom(t)
	for _, l := range batchLayouts {
		c := l.dims[l.axis]
		x, scale, offset := randomTensor(r, dtypes.Float64, l.dims...), randomTensor(r, dtypes.Float64, c), randomTensor(r, dtypes.Float64, c)
		mean, variance := randomTensor(r, dtypes.Float64, c), positive(randomTensor(r, dtypes.Float64, c))
		for _, dtype := range floatDTypes {
			in := []tensor{rounded(x, dtype), rounded(scale, dtype), rounded(offset, dtype), rounded(mean, dtype), rounded(variance, dtype)}
			want := batchNormOf(numbers(in[0].flat), numbers(in[1].flat), numbers(in[2].flat), numbers(in[3].flat), numbers(in[4].flat), l.dims, l.axis)
			requireFormula(t, want, func(f compute.Function, x []compute.Value) (compute.Value, error) {
				return f.BatchNormForInference(x[0], x[1], x[2], x[3], x[4], testEpsilon, l.axis)
			}, in...)
		}
	}
}

// rounded converts float64 values to another float dtype.
func rounded(x tensor, dtype dtypes.DType) tensor {
	out := zeros(shapes.Make(dtype, x.shape.Dimensions...))
	dst, err := flatBytes(out.flat, out.shape)
	if err != nil {
		panic(err)
	}
	convertFloats(dst, dtype, rawBytes(x.flat.([]float64)), dtypes.Float64)
	return out
}

func TestBatchNormForTrainingMatchesFormula(t *testing.T) {
	r := newRandom(t)
	for _, l := range batchLayouts {
		for _, dtype := range floatDTypes {
			c := l.dims[l.axis]
			in := []tensor{randomTensor(r, dtype, l.dims...), randomTensor(r, dtype, c), randomTensor(r, dtype, c)}
			x := numbers(in[0].flat)
			mean, variance := batchMoments(x, l.dims, l.axis)
			normalized := batchNormOf(x, numbers(in[1].flat), numbers(in[2].flat), mean, variance, l.dims, l.axis)
			for _, engine := range ownEngines {
				b, err := compute.NewWithConfig(engine)
				require.NoError(t, err)
				out, err := evaluateOn(b, in, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
					y, m, v, err := f.BatchNormForTraining(x[0], x[1], x[2], testEpsilon, l.axis)
					return []compute.Value{y, m, v}, err
				})
				require.NoError(t, err)
				for i, want := range [][]float64{normalized, mean, variance} {
					requireClose(t, want, numbers(out[i].flat), toleranceOf(dtype), fmt.Sprint(engine, dtype, l, i))
				}
			}
		}
	}
}

// TestBatchNormGradientMatchesDifferences takes central differences of the sum of g times
// the normalized values.
func TestBatchNormGradientMatchesDifferences(t *testing.T) {
	r := newRandom(t)
	const h = 1e-5
	for _, l := range batchLayouts[:5] {
		c := l.dims[l.axis]
		in := []tensor{
			randomTensor(r, dtypes.Float64, l.dims...), randomTensor(r, dtypes.Float64, c), randomTensor(r, dtypes.Float64, c),
			randomTensor(r, dtypes.Float64, l.dims...),
		}
		x, scale, offset, g := numbers(in[0].flat), numbers(in[1].flat), numbers(in[2].flat), numbers(in[3].flat)
		loss := func() (sum float64) {
			mean, variance := batchMoments(x, l.dims, l.axis)
			for i, v := range batchNormOf(x, scale, offset, mean, variance, l.dims, l.axis) {
				sum += g[i] * v
			}
			return sum
		}
		slopes := func(v []float64) []float64 {
			d := make([]float64, len(v))
			for i, old := range v {
				v[i] = old + h
				up := loss()
				v[i] = old - h
				d[i] = (up - loss()) / (2 * h)
				v[i] = old
			}
			return d
		}
		out, err := evaluateOn(mustOpen(t), in, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
			_, mean, variance, err := f.BatchNormForTraining(x[0], x[1], x[2], testEpsilon, l.axis)
			if err != nil {
				return nil, err
			}
			dx, ds, do, err := f.BatchNormGradient(x[0], x[1], mean, variance, x[3], testEpsilon, l.axis)
			return []compute.Value{dx, ds, do}, err
		})
		require.NoError(t, err)
		for i, want := range [][]float64{slopes(x), slopes(scale), slopes(offset)} {
			requireClose(t, want, numbers(out[i].flat), 1e-7, fmt.Sprint(l, i))
		}
	}
}

func TestBatchNormSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	in := []tensor{randomTensor(r, dtypes.Float32, 700, 13, 11), randomTensor(r, dtypes.Float32, 11), randomTensor(r, dtypes.Float32, 11)}
	requireSameBits(t, func(f compute.Function, x []compute.Value) (compute.Value, error) {
		_, mean, variance, err := f.BatchNormForTraining(x[0], x[1], x[2], testEpsilon, 2)
		if err != nil {
			return nil, err
		}
		_, ds, _, err := f.BatchNormGradient(x[0], x[1], mean, variance, x[0], testEpsilon, 2)
		if err != nil {
			return nil, err
		}
		return f.Concatenate(0, mean, variance, ds)
	}, in...)
}

func TestBatchNormRefuses(t *testing.T) {
	s := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	body := func(axis int) graphBody {
		return func(f compute.Function, x []compute.Value) (compute.Value, error) {
			y, _, _, err := f.BatchNormForTraining(x[0], x[1], x[1], testEpsilon, axis)
			return y, err
		}
	}
	require.ErrorContains(t, refused(t, body(2), s(4, 3), s(3)), "no feature axis 2")
	require.ErrorContains(t, refused(t, body(1), s(4, 3), s(4)), "want one value for each of 3 features")
}
