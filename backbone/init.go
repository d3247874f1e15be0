package backbone

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/internal/shape"
)

// DefaultSeed seeds the initial values where nothing else is asked for.
const DefaultSeed = 42

// Init creates the network's variables below scope, in dtype Float32 or Float64. Values
// are drawn in float64 from a PCG generator with the given seed, layer by layer, so that
// equal seeds give equal networks on any engine, up to rounding to the dtype. It is an
// error if one of the variables exists already.
func (n *Net) Init(scope *model.Scope, dtype dtypes.DType, seed uint64) error {
	params, err := n.Params()
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	var fanIn int
	for _, p := range params {
		if len(p.Shape) > 1 {
			fanIn = shape.Size(p.Shape[:len(p.Shape)-1])
		}
		values := n.Layers[p.Layer].initial(p, fanIn, rng)
		if err := create(scope, dtype, p, values); err != nil {
			return fmt.Errorf("backbone: initialize %s: %w", n.Name, err)
		}
	}
	return nil
}

// initial draws the values of one variable. fanIn is the number of inputs that one output
// of the layer sums.
func (l Layer) initial(p Param, fanIn int, rng *rand.Rand) []float64 {
	values := make([]float64, shape.Size(p.Shape))
	fill := func(next func() float64) []float64 {
		for i := range values {
			values[i] = next()
		}
		return values
	}
	last := p.Path[len(l.Name)+1:]
	switch {
	case l.Kind == PReLU:
		return fill(func() float64 { return 0.25 })
	case last == "running_var", last == "weight" && l.Kind != Conv && l.Kind != Linear:
		return fill(func() float64 { return 1 })
	case last == "running_mean", last == "bias" && (l.Kind != Linear || l.InitStd > 0):
		return values
	case l.InitStd > 0:
		return fill(func() float64 { return l.InitStd * rng.NormFloat64() })
	}
	bound := 1 / math.Sqrt(float64(fanIn))
	return fill(func() float64 { return bound * (2*rng.Float64() - 1) })
}

// create puts a variable with the given values below scope.
func create(scope *model.Scope, dtype dtypes.DType, p Param, values []float64) error {
	path := model.JoinPath(scope.Scope(), p.Path)
	var tensor *tensors.Tensor
	switch dtype {
	case dtypes.Float64:
		tensor = tensors.FromFlatDataAndDimensions(values, p.Shape...)
	case dtypes.Float32:
		narrow := make([]float32, len(values))
		for i, v := range values {
			narrow[i] = float32(v)
		}
		tensor = tensors.FromFlatDataAndDimensions(narrow, p.Shape...)
	default:
		return fmt.Errorf("variable %s: want Float32 or Float64, got %s", path, dtype)
	}
	if scope.Store().GetVariable(path) != nil {
		return fmt.Errorf("variable %s exists already", path)
	}
	v, err := scope.Store().CreateVariable(path, tensor)
	if err != nil {
		return fmt.Errorf("variable %s: %w", path, err)
	}
	v.SetTrainable(p.Trainable)
	return nil
}
