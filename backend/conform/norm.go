package conform

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testNorm checks the batch normalization operations and the fused operations softmax,
// layer norm, GELU, dense and the joint projection of attention. The quantized ones are
// left to the compliance suite.
func testNorm(t *testing.T, e subject) { e.check(t, slices.Concat(batchNormCases(), fusedCases())) }

// batchNorm holds the statistics of a batch, by the feature axis.
type batchNorm struct {
	dims    []int
	axis    int
	epsilon float64
	scale   []float64
	n       float64 // elements per feature
	mean    []float64
	vary    []float64 // biased variance
}

func newBatchNorm(x []float64, dims []int, axis int, scale []float64) batchNorm {
	b := batchNorm{dims: dims, axis: axis, epsilon: 0x1p-10, scale: scale, n: float64(size(dims) / dims[axis])}
	b.mean, b.vary = make([]float64, dims[axis]), make([]float64, dims[axis])
	each(dims, func(flat int, idx []int) { b.mean[idx[axis]] += x[flat] / b.n })
	each(dims, func(flat int, idx []int) {
		d := x[flat] - b.mean[idx[axis]]
		b.vary[idx[axis]] += d * d / b.n
	})
	return b
}

func (b batchNorm) apply(x, offset, mean, vary []float64) []float64 {
	out := make([]float64, len(x))
	each(b.dims, func(flat int, idx []int) {
		c := idx[b.axis]
		out[flat] = (x[flat]-mean[c])/math.Sqrt(vary[c]+b.epsilon)*b.scale[c] + offset[c]
	})
	return out
}

// gradient is the derivative of sum(g * apply(x)) with the statistics of the batch.
func (b batchNorm) gradient(x, g []float64) (dx, dScale, dOffset []float64) {
	dx, dScale, dOffset = make([]float64, len(x)), make([]float64, len(b.scale)), make([]float64, len(b.scale))
	hat := b.apply(x, make([]float64, len(b.scale)), b.mean, b.vary)
	each(b.dims, func(flat int, idx []int) {
		c := idx[b.axis]
		hat[flat] /= b.scale[c]
		dScale[c] += g[flat] * hat[flat]
		dOffset[c] += g[flat]
	})
	each(b.dims, func(flat int, idx []int) {
		c := idx[b.axis]
		dx[flat] = b.scale[c] / math.Sqrt(b.vary[c]+b.epsilon) * (g[flat] - dOffset[c]/b.n - hat[flat]*dScale[c]/b.n)
	})
	return dx, dScale, dOffset
}

func batchNormCases() []testCase {
	var cases []testCase
	for _, s := range []struct {
		name string
		dims []int
		axis int
	}{{"nhwc", []int{2, 3, 4, 5}, 3}, {"nchw", []int{2, 5, 3, 4}, 1}, {"dense", []int{7, 3}, 1}, {"single", []int{4, 1}, 1}} {
		for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
			cases = append(cases, batchNormCase(s.name+"/"+lower(dtype), dtype, s.dims, s.axis)...)
		}
	}
	return cases
}

func batchNormCase(name string, dtype dtypes.DType, dims []int, axis int) []testCase {
	channels := dims[axis]
	x, g := uniform(name+"x", dtype, dims...), uniform(name+"g", dtype, dims...)
	scale, offset := absolute(uniform(name+"scale", dtype, channels)), uniform(name+"offset", dtype, channels)
	mean, vary := uniform(name+"mean", dtype, channels), absolute(uniform(name+"variance", dtype, channels))
	bn := newBatchNorm(x.Float64s(), dims, axis, scale.Float64s())
	vector := func(v []float64) golden.Tensor { return golden.New(dtype, v, channels) }
	full := func(v []float64) golden.Tensor { return golden.New(dtype, v, dims...) }

	inference := full(bn.apply(x.Float64s(), offset.Float64s(), mean.Float64s(), vary.Float64s()))
	training := []golden.Tensor{full(bn.apply(x.Float64s(), offset.Float64s(), bn.mean, bn.vary)), vector(bn.mean), vector(bn.vary)}
	given := bn // the gradient operation gets the statistics as the dtype holds them
	given.mean, given.vary = vector(bn.mean).Float64s(), vector(bn.vary).Float64s()
	dx, dScale, dOffset := given.gradient(x.Float64s(), g.Float64s())
	eps := float32(bn.epsilon)
	return []testCase{
		{name: "Norm/BatchNormForInference/" + name, needs: []compute.OpType{compute.OpTypeBatchNormForInference},
			inputs: []golden.Tensor{x, scale, offset, mean, vary}, want: []golden.Tensor{inference},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				return one(f.BatchNormForInference(in[0], in[1], in[2], in[3], in[4], eps, axis))
			}},
		{name: "Norm/BatchNormForTraining/" + name, needs: []compute.OpType{compute.OpTypeBatchNormForTraining},
			inputs: []golden.Tensor{x, scale, offset}, want: training,
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				y, m, v, err := f.BatchNormForTraining(in[0], in[1], in[2], eps, axis)
				return []compute.Value{y, m, v}, err
			}},
		{name: "Norm/BatchNormGradient/" + name, needs: []compute.OpType{compute.OpTypeBatchNormGradient},
			inputs: []golden.Tensor{x, scale, vector(bn.mean), vector(bn.vary), g}, want: []golden.Tensor{full(dx), vector(dScale), vector(dOffset)},
			build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				dx, ds, do, err := f.BatchNormGradient(in[0], in[1], in[2], in[3], in[4], eps, axis)
				return []compute.Value{dx, ds, do}, err
			}},
	}
}
