package train

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
)

// bodies are the dtypes that ExtractorConfig.Body names. Float16 is none of them: its
// range is too small for gradients unless the loss is scaled, which bfloat16 makes
// unnecessary.
var bodies = map[string]dtypes.DType{"": dtypes.InvalidDType, "float32": dtypes.InvalidDType, "bfloat16": dtypes.BFloat16}

// trained is the extractor as stage 1 trains it.
func (c ExtractorConfig) trained() *backbone.Net {
	net := *c.Network
	net.Body, net.Recompute = bodies[c.Body], c.Recompute
	return &net
}

// checkBody reports a body that is unknown, or that the engine cannot train: before the
// first step, and in plain words.
func checkBody(engine compute.Backend, body string) error {
	dtype, ok := bodies[body]
	if !ok {
		return fmt.Errorf("train: body %q: want \"float32\" or \"bfloat16\"", body)
	}
	if dtype == dtypes.InvalidDType {
		return nil
	}
	if !engine.Capabilities().DTypes[dtype] {
		return fmt.Errorf("train: body %s: engine %s does not have that dtype; leave the body float32", body, engine.Name())
	}
	if backend.TraitsOf(engine).WideFloats {
		return fmt.Errorf("train: body %s: engine %s holds every float in float64, and would not train in it; leave the body float32", body, engine)
	}
	if err := tryProduct(engine, dtype); err != nil {
		return fmt.Errorf("train: body %s: engine %s cannot train in it: %w", body, engine.Name(), err)
	}
	return nil
}

// tryProduct runs a convolution of 3 by itself with its gradient in a half-precision
// dtype.
func tryProduct(engine compute.Backend, dtype dtypes.DType) error {
	out, err := graph.CallOnce(engine, func(x *graph.Node) *graph.Node {
		half := graph.ConvertDType(x, dtype)
		y := graph.ConvertDType(graph.Convolve(half, half).Done(), x.DType())
		return graph.Reshape(graph.Gradient(graph.ReduceAllSum(y), x)[0])
	}, tensors.FromFlatDataAndDimensions([]float32{3}, 1, 1, 1, 1))
	if err != nil {
		return err
	}
	defer out.FinalizeAll()
	if slope := tensors.ToScalar[float32](out); slope != 6 {
		return fmt.Errorf("it gives %g where the square of 3 has a slope of 6", slope)
	}
	return nil
}
