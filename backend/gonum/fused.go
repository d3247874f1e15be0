package gonum

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// fusedOps are the operations that stand for many: of this file, qkv.go, softmax.go,
// layernorm.go, batchnorm.go, quantized.go and random.go. Their gradients are those of
// what they stand for, so that values agree to rounding.
var fusedOps = []compute.OpType{
	compute.OpTypeFusedSoftmax, compute.OpTypeFusedGelu, compute.OpTypeFusedLayerNorm, compute.OpTypeFusedDense,
	compute.OpTypeFusedAttentionQKVProjection,
	compute.OpTypeFusedQuantizedDense, compute.OpTypeQuantizedEmbeddingLookup,
	compute.OpTypeBatchNormForInference, compute.OpTypeBatchNormForTraining, compute.OpTypeBatchNormGradient,
	compute.OpTypeRNGBitGenerator,
}

// FusedGelu is x times the normal distribution function of x, exactly or by the usual
// approximation with tanh.
func (f *function) FusedGelu(x compute.Value, exact bool) (compute.Value, error) {
	in, err := f.values(compute.OpTypeFusedGelu, x)
	if err != nil {
		return nil, err
	}
	fn := geluTanh
	if exact {
		fn = gelu
	}
	return f.element(compute.OpTypeFusedGelu, in, in[0].shape, nil, func(in []dtypes.DType, _ dtypes.DType) (loop, error) {
		return floatLoop(in[0], fn)
	})
}

func gelu(x float64) float64 { return 0.5 * x * (1 + math.Erf(x/math.Sqrt2)) }

func geluTanh(x float64) float64 {
	const sqrt2OverPi = 0.797884560802865355879892119868763737
	return 0.5 * x * (1 + math.Tanh(sqrt2OverPi*(x+0.044715*x*x*x)))
}

func silu(x float64) float64 { return x * logistic(x) }

func hardSwish(x float64) float64 { return x * min(max(x/6+0.5, 0), 1) }

// floatLoop applies a float64 function to floats of a computed dtype.
func floatLoop(dtype dtypes.DType, fn func(float64) float64) (loop, error) {
	switch dtype {
	case dtypes.Float32:
		return through64[float32](fn), nil
	case dtypes.Float64:
		return through64[float64](fn), nil
	}
	return nil, fmt.Errorf("%s, want floats: %w", dtype, compute.ErrNotImplemented)
}

func reluLoop[T floating](dst, a, _, _ []byte) {
	y, x := view[T](dst), view[T](a)
	x = x[:len(y)]
	for i := range y {
		y[i] = max(x[i], 0)
	}
}

// activationLoop returns the loop of an activation, nil for none.
func activationLoop(act compute.ActivationType, dtype dtypes.DType) (loop, error) {
	switch act {
	case compute.ActivationNone:
		return nil, nil
	case compute.ActivationRelu:
		switch dtype {
		case dtypes.Float32:
			return reluLoop[float32], nil
		case dtypes.Float64:
			return reluLoop[float64], nil
		}
	case compute.ActivationGelu:
		return floatLoop(dtype, gelu)
	case compute.ActivationSilu:
		return floatLoop(dtype, silu)
	case compute.ActivationHardSwish:
		return floatLoop(dtype, hardSwish)
	case compute.ActivationTanh:
		return floatLoop(dtype, math.Tanh)
	}
	return nil, fmt.Errorf("activation %s of %s: %w", act, dtype, compute.ErrNotImplemented)
}

// FusedDense is activation(x W + bias): x [batch..., in], W [in, out...] or [out..., in],
// bias [out...] or nil. The activation joins the element-wise operations around it.
func (f *function) FusedDense(x, weight, bias compute.Value, options compute.DenseConfig) (compute.Value, error) {
	const op = compute.OpTypeFusedDense
	operands := []compute.Value{x, weight}
	if bias != nil {
		operands = append(operands, bias)
	}
	in, err := f.values(op, operands...)
	if err != nil {
		return nil, err
	}
	if err := f.floats(in); err != nil {
		return nil, opError(op, in, err)
	}
	axis := 0
	if options.WeightLayout == compute.DenseLayoutOutputsInput {
		axis = in[1].shape.Rank() - 1
	}
	last := in[0].shape.Rank() - 1
	if last < 0 || axis < 0 || in[1].shape.Rank() == 0 {
		return nil, opError(op, in, fmt.Errorf("want x of rank 1 and weights of rank 1 at least"))
	}
	y, err := f.DotGeneral(in[0], []int{last}, nil, in[1], []int{axis}, nil, compute.DotGeneralConfig{})
	if err != nil {
		return nil, opError(op, in, err)
	}
	if bias != nil {
		if y, err = f.addBias(y.(*value), in[2], in[1].shape.Rank()-1); err != nil {
			return nil, opError(op, in, err)
		}
	}
	if options.Activation == compute.ActivationNone {
		return y, nil
	}
	return f.element(op, []*value{y.(*value)}, y.(*value).shape, nil, func(in []dtypes.DType, _ dtypes.DType) (loop, error) {
		return activationLoop(options.Activation, in[0])
	})
}

// addBias adds a bias along the last axes of y, which it must have the dimensions of.
func (f *function) addBias(y, bias *value, axes int) (compute.Value, error) {
	dims := make([]int, y.shape.Rank())
	first := len(dims) - axes
	if bias.shape.Rank() != axes || bias.shape.IsDynamic() {
		return nil, fmt.Errorf("bias %s does not fit the last %d axes of %s", bias.shape, axes, y.shape)
	}
	for i := range dims {
		if dims[i] = 1; i >= first {
			if dims[i] = bias.shape.Dimensions[i-first]; dims[i] != y.shape.Dimensions[i] {
				return nil, fmt.Errorf("bias %s does not fit the last %d axes of %s", bias.shape, axes, y.shape)
			}
		}
	}
	wide, err := f.Reshape(bias, dims...)
	if err != nil {
		return nil, err
	}
	return f.Add(y, wide)
}

// floats checks that operands are floats that are computed in one dtype.
func (f *function) floats(in []*value) error {
	b := f.builder.backend
	want := computed(b.physical(in[0].shape.DType))
	for _, v := range in {
		if !v.shape.DType.IsFloat() || computed(b.physical(v.shape.DType)) != want {
			return fmt.Errorf("operand %s, want floats of one dtype: %w", v.shape, compute.ErrNotImplemented)
		}
	}
	return nil
}

// withLast returns the shape with another dtype, and another dimension at the end.
func withLast(s shapes.Shape, dtype dtypes.DType, n int) shapes.Shape {
	s = s.Clone()
	last := s.Rank() - 1
	s.DType, s.Dimensions[last] = dtype, n
	if s.AxisNames != nil {
		s.AxisNames[last] = ""
	}
	return s
}
