package dense

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// PReLUSlope is the initial slope of a PReLU below zero: PyTorch's default.
const PReLUSlope = 0.25

// Law draws one initial value.
type Law func(rng *rand.Rand) float64

// Constant gives the same value always, and draws nothing.
func Constant(v float64) Law { return func(*rand.Rand) float64 { return v } }

// Uniform draws within ±1/sqrt(inputs): PyTorch's default for a linear layer's weights
// and bias.
func Uniform(inputs int) Law {
	bound := 1 / math.Sqrt(float64(inputs))
	return func(rng *rand.Rand) float64 { return bound * (2*rng.Float64() - 1) }
}

// Variable describes a variable of a network.
type Variable struct {
	// Path lies below the network's scope.
	Path string
	Dims []int
	Law  Law
	// Frozen variables are statistics of the training set: no optimizer moves them.
	Frozen bool
}

// Len is the number of values.
func (v Variable) Len() int {
	n := 1
	for _, d := range v.Dims {
		n *= d
	}
	return n
}

// Linear lists the variables of a fully connected layer with bias. If zero is set the
// layer gives zero until it is trained.
func Linear(name string, inputs, outputs int, zero bool) []Variable {
	law := Uniform(inputs)
	if zero {
		law = Constant(0)
	}
	return []Variable{
		{Path: name + "/weight", Dims: []int{inputs, outputs}, Law: law},
		{Path: name + "/bias", Dims: []int{outputs}, Law: law},
	}
}

// PReLU lists the variable of a PReLU with one slope per channel.
func PReLU(name string, channels int) Variable {
	return Variable{Path: name + "/weight", Dims: []int{channels}, Law: Constant(PReLUSlope)}
}

// Create makes the variables below scope, in Float32 or Float64. Values are drawn in
// float64, in the order of the list, from a PCG generator with the seed: equal seeds give
// equal networks on every engine, up to rounding to the dtype. It is an error if one of
// them exists already; none is made then.
func Create(scope *model.Scope, dtype dtypes.DType, seed uint64, vars []Variable) error {
	if dtype != dtypes.Float32 && dtype != dtypes.Float64 {
		return fmt.Errorf("want Float32 or Float64, got %s", dtype)
	}
	for _, v := range vars {
		if path := model.JoinPath(scope.Scope(), v.Path); scope.Store().GetVariable(path) != nil {
			return fmt.Errorf("variable %s exists already", path)
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, v := range vars {
		values := make([]float64, v.Len())
		for i := range values {
			values[i] = v.Law(rng)
		}
		path := model.JoinPath(scope.Scope(), v.Path)
		made, err := scope.Store().CreateVariable(path, Tensor(dtype, values, v.Dims))
		if err != nil {
			return fmt.Errorf("variable %s: %w", path, err)
		}
		made.SetTrainable(!v.Frozen)
	}
	return nil
}

// Tensor holds values in Float64, or rounded to Float32 for any other dtype.
func Tensor(dtype dtypes.DType, values []float64, dims []int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(narrow, dims...)
}

// Values copies a variable's values, in float64.
func Values(v *model.Variable) ([]float64, error) {
	value, err := v.Value()
	if err != nil {
		return nil, err
	}
	switch value.DType() {
	case dtypes.Float64:
		return tensors.CopyFlatData[float64](value)
	case dtypes.Float32:
		narrow, err := tensors.CopyFlatData[float32](value)
		wide := make([]float64, len(narrow))
		for i, x := range narrow {
			wide[i] = float64(x)
		}
		return wide, err
	}
	return nil, fmt.Errorf("variable %s: want Float32 or Float64, got %s", v.Path(), value.DType())
}

// Set gives a variable new values, rounded to its dtype. The dimensions stay as they are.
func Set(v *model.Variable, values []float64) error {
	if n := v.Shape().Size(); n != len(values) {
		return fmt.Errorf("variable %s: want %d values, got %d", v.Path(), n, len(values))
	}
	return v.SetValue(Tensor(v.DType(), values, v.Shape().Dimensions))
}
