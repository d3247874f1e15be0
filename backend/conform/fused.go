package conform

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

func fusedCases() []testCase {
	return slices.Concat(softmaxCases(), geluCases(), layerNormCases(), denseCases(), projectionCases())
}

// softmax along one axis, with the maximum subtracted.
func softmax(x []float64, dims []int, axis int) []float64 {
	top, kept := fold(x, dims, []int{axis}, -inf, math.Max)
	rest := others(len(dims), []int{axis})
	out := make([]float64, len(x))
	each(dims, func(flat int, idx []int) { out[flat] = math.Exp(x[flat] - top[flatten(pick(idx, rest), kept)]) })
	sum, _ := fold(out, dims, []int{axis}, 0, func(a, x float64) float64 { return a + x })
	each(dims, func(flat int, idx []int) { out[flat] /= sum[flatten(pick(idx, rest), kept)] })
	return out
}

func softmaxCases() []testCase {
	var cases []testCase
	add := func(name string, in golden.Tensor, axis int) {
		dims := in.Shape.Dimensions
		cases = append(cases, testCase{name: "Norm/FusedSoftmax/" + name, needs: []compute.OpType{compute.OpTypeFusedSoftmax},
			inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.New(in.Shape.DType, softmax(in.Float64s(), dims, axis), dims...)},
			build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.FusedSoftmax(x, axis) })})
	}
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
		add("last/"+lower(dtype), uniform("softmax", dtype, 3, 7), 1)
		add("first/"+lower(dtype), uniform("softmax", dtype, 3, 7), 0)
		add("middle/"+lower(dtype), uniform("softmax", dtype, 2, 5, 3), 1)
		add("single/"+lower(dtype), uniform("softmax", dtype, 3, 1), 1)
		add("large/"+lower(dtype), golden.New(dtype, []float64{1000, 999, -1000, -1000, -1001, -1002}, 2, 3), 1)
	}
	return cases
}

func gelu(x float64, exact bool) float64 {
	if exact {
		return x * 0.5 * (1 + math.Erf(x/math.Sqrt2))
	}
	return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}

func geluCases() []testCase {
	var cases []testCase
	for _, exact := range []bool{true, false} {
		for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
			in := golden.New(dtype, []float64{-10, -3, -1, -0.5, 0, 0.5, 1, 3, 10}, 3, 3)
			out := in.Float64s()
			for i, x := range out {
				out[i] = gelu(x, exact)
			}
			cases = append(cases, testCase{name: fmt.Sprintf("Norm/FusedGelu/exact=%t/%s", exact, lower(dtype)),
				needs: []compute.OpType{compute.OpTypeFusedGelu}, inputs: []golden.Tensor{in}, want: []golden.Tensor{golden.New(dtype, out, 3, 3)},
				build: unary(func(f compute.Function, x compute.Value) (compute.Value, error) { return f.FusedGelu(x, exact) })})
		}
	}
	return cases
}

func layerNormCases() []testCase {
	var cases []testCase
	const eps = 1e-5
	for _, s := range []struct {
		name       string
		dims, axes []int
		affine     bool
	}{{"plain", []int{3, 7}, []int{1}, false}, {"affine", []int{3, 7}, []int{1}, true}, {"two_axes", []int{2, 3, 5}, []int{1, 2}, true}} {
		for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
			inner := pick(s.dims, s.axes)
			x, gamma, beta := uniform(s.name, dtype, s.dims...), uniform("gamma", dtype, inner...), uniform("beta", dtype, inner...)
			c := testCase{name: "Norm/FusedLayerNorm/" + s.name + "/" + lower(dtype), needs: []compute.OpType{compute.OpTypeFusedLayerNorm},
				inputs: []golden.Tensor{x}}
			g, b := fill(gamma.Len(), 1.0), fill(gamma.Len(), 0.0)
			if s.affine {
				g, b = gamma.Float64s(), beta.Float64s()
				c.inputs = append(c.inputs, gamma, beta)
			}
			out := x.Float64s()
			for row := range slices.Chunk(out, gamma.Len()) { // the normalized axes are the last ones
				bn := newBatchNorm(row, []int{len(row), 1}, 1, []float64{1})
				for i, v := range row {
					row[i] = (v-bn.mean[0])/math.Sqrt(bn.vary[0]+eps)*g[i] + b[i]
				}
			}
			c.want = []golden.Tensor{golden.New(dtype, out, s.dims...)}
			c.build = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				if len(in) == 1 {
					return one(f.FusedLayerNorm(in[0], s.axes, eps, nil, nil))
				}
				return one(f.FusedLayerNorm(in[0], s.axes, eps, in[1], in[2]))
			}
			cases = append(cases, c)
		}
	}
	return cases
}

func activate(a compute.ActivationType, x float64) float64 {
	switch a {
	case compute.ActivationGelu:
		return gelu(x, true)
	case compute.ActivationRelu:
		return math.Max(x, 0)
	case compute.ActivationSilu:
		return x / (1 + math.Exp(-x))
	case compute.ActivationHardSwish:
		return x * math.Max(0, math.Min(1, x/6+0.5))
	case compute.ActivationTanh:
		return math.Tanh(x)
	}
	return x
}

func denseCases() []testCase {
	var cases []testCase
	add := func(name string, dtype dtypes.DType, options compute.DenseConfig, bias bool, xDims []int) {
		last := xDims[len(xDims)-1]
		spec := dotSpec{a: xDims, b: []int{last, 3}, aSum: []int{len(xDims) - 1}, bSum: []int{0}}
		if options.WeightLayout == compute.DenseLayoutOutputsInput {
			spec.b, spec.bSum = []int{3, last}, []int{1}
		}
		x, w, b := uniform("x", dtype, spec.a...), uniform("w", dtype, spec.b...), uniform("b", dtype, 3)
		out, dims := contract(spec, x.Float64s(), w.Float64s())
		c := testCase{name: "Norm/FusedDense/" + name + "/" + lower(dtype), needs: []compute.OpType{compute.OpTypeFusedDense}, inputs: []golden.Tensor{x, w}}
		for i := range out {
			if bias {
				out[i] += b.Float64s()[i%3]
			}
			out[i] = activate(options.Activation, out[i])
		}
		if bias {
			c.inputs = append(c.inputs, b)
		}
		c.want = []golden.Tensor{golden.New(dtype, out, dims...)}
		c.build = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			if bias {
				return one(f.FusedDense(in[0], in[1], in[2], options))
			}
			return one(f.FusedDense(in[0], in[1], nil, options))
		}
		cases = append(cases, c)
	}
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
		for a := compute.ActivationNone; a <= compute.ActivationTanh; a++ {
			add(a.String(), dtype, compute.DenseConfig{Activation: a}, true, []int{4, 5})
		}
		add("no_bias", dtype, compute.DenseConfig{}, false, []int{4, 5})
		add("batch_axes", dtype, compute.DenseConfig{}, true, []int{2, 3, 5})
		add("transposed", dtype, compute.DenseConfig{WeightLayout: compute.DenseLayoutOutputsInput, Activation: compute.ActivationRelu}, true, []int{4, 5})
	}
	return cases
}

func projectionCases() []testCase {
	var cases []testCase
	const batch, in, q, kv = 3, 4, 5, 2
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
		for _, bias := range []bool{true, false} {
			x, w := uniform("x", dtype, batch, in), uniform("w", dtype, in, q+2*kv)
			biases := []golden.Tensor{uniform("bq", dtype, q), uniform("bk", dtype, kv), uniform("bv", dtype, kv)}
			all, _ := contract(dotSpec{a: []int{batch, in}, b: []int{in, q + 2*kv}, aSum: []int{1}, bSum: []int{0}}, x.Float64s(), w.Float64s())
			c := testCase{name: fmt.Sprintf("Norm/FusedAttentionQKVProjection/bias=%t/%s", bias, lower(dtype)),
				needs: []compute.OpType{compute.OpTypeFusedAttentionQKVProjection}, inputs: []golden.Tensor{x, w}}
			at := 0
			for _, b := range biases {
				n := b.Len()
				out := make([]float64, 0, batch*n)
				for row := range batch {
					for i := range n {
						v := all[row*(q+2*kv)+at+i]
						if bias {
							v += b.Float64s()[i]
						}
						out = append(out, v)
					}
				}
				c.want = append(c.want, golden.New(dtype, out, batch, n))
				at += n
			}
			if bias {
				c.inputs = append(c.inputs, biases...)
			}
			c.build = func(f compute.Function, v []compute.Value) ([]compute.Value, error) {
				v = append(slices.Clone(v), nil, nil, nil)[:5]
				q, k, val, err := f.FusedAttentionQKVProjection(v[0], v[1], v[2], v[3], v[4], q, kv)
				return []compute.Value{q, k, val}, err
			}
			cases = append(cases, c)
		}
	}
	return cases
}
