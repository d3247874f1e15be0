// Package headtest gives the tests of heads what they have in common: the value and all
// gradients of a small network on any engine, and central differences to hold the
// gradients to. It picks no engine; its callers do.
package headtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/diff/fd"

	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/shape"
)

// Seed of everything random.
const Seed = 42

// Normal returns seeded values of a normal distribution; equal streams give equal values.
func Normal(stream uint64, dims ...int) golden.Tensor {
	rng := rand.New(rand.NewPCG(Seed, stream))
	values := make([]float64, shape.Size(dims))
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return golden.Of(values, dims...)
}

// Shake moves every variable below scope away from its initial value, so that nothing is
// zero, the identity or alike. Deviations and running variances stay positive, and slopes
// of PReLUs come in all sizes.
func Shake(scope *model.Scope, stream uint64) error {
	rng := rand.New(rand.NewPCG(Seed, stream))
	for v := range scope.IterVariables() {
		values, err := dense.Values(v)
		if err != nil {
			return err
		}
		for i := range values {
			values[i] = values[i]*(1+0.3*rng.Float64()) + 0.2*rng.NormFloat64()
			if v.Name() == "std" || v.Name() == "running_var" {
				values[i] = 0.5 + rng.Float64()
			}
			if i%2 == 1 && strings.HasSuffix(v.Scope(), "prelu") {
				values[i]++ // slopes above one, at which max(x, slope x) is no PReLU
			}
		}
		if err := dense.Set(v, values); err != nil {
			return err
		}
	}
	return nil
}

// Case is a network with its variables and inputs, all in float64. Build gets the inputs
// in their order and returns one value.
type Case struct {
	Build  func(scope *model.Scope, in []*graph.Node) *graph.Node
	Store  *model.Store
	Inputs []golden.Tensor
	// Training builds the graph as in training.
	Training bool
	// Weights multiply the value's elements in the loss; nil stands for seeded ones,
	// those of Weights below.
	Weights []float64
}

// Weights are those that a Case's loss has unless it says otherwise.
func Weights(dims ...int) golden.Tensor { return Normal(99, dims...) }

// Slopes runs the network on an engine, in a dtype. It returns its value, named "value",
// and the gradients of the sum of its elements, each times a seeded weight: "d/input0"
// and so on, and "d/" and the path for every trainable variable.
func (c Case) Slopes(b compute.Backend, dtype dtypes.DType) ([]golden.Tensor, error) {
	store, err := c.copy(dtype)
	if err != nil {
		return nil, err
	}
	names := []string{"value"}
	for i := range c.Inputs {
		names = append(names, fmt.Sprintf("d/input%d", i))
	}
	for v := range store.IterVariables() {
		if v.Trainable {
			names = append(names, "d"+v.Path())
		}
	}
	out, err := model.CallOnceN(b, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		value, loss := c.loss(scope, in)
		for v := range store.IterVariables() {
			if v.Trainable {
				in = append(in, v.NodeValue(value.Graph()))
			}
		}
		return append([]*graph.Node{value}, graph.Gradient(loss, in...)...)
	}, c.inputs(dtype)...)
	if err != nil {
		return nil, err
	}
	got := make([]golden.Tensor, len(out))
	for i, o := range out {
		if got[i], err = fromTensor(o); err != nil {
			return nil, err
		}
		got[i].Name = names[i]
	}
	return got, nil
}

// loss builds the network and the weighted sum of its elements.
func (c Case) loss(scope *model.Scope, in []*graph.Node) (value, loss *graph.Node) {
	if c.Training {
		scope.Store().SetTraining(in[0].Graph(), true)
	}
	value = c.Build(scope, in)
	weights := c.Weights
	if weights == nil {
		weights = Weights(value.Shape().Dimensions...).Float64s()
	}
	w := graph.ConstTensor(value.Graph(), dense.Tensor(value.DType(), slices.Clone(weights), value.Shape().Dimensions))
	return value, graph.ReduceAllSum(graph.Mul(value, w))
}

// copy makes a store of the same variables in a dtype: tensors cannot be shared between
// engines.
func (c Case) copy(dtype dtypes.DType) (*model.Store, error) {
	store := model.NewStore()
	for v := range c.Store.IterVariables() {
		values, err := dense.Values(v)
		if err != nil {
			return nil, err
		}
		w, err := store.CreateVariable(v.Path(), dense.Tensor(dtype, values, v.Shape().Dimensions))
		if err != nil {
			return nil, err
		}
		w.SetTrainable(v.Trainable)
	}
	return store, nil
}

func (c Case) inputs(dtype dtypes.DType) []any {
	var in []any
	for _, t := range c.Inputs {
		in = append(in, dense.Tensor(dtype, t.Float64s(), t.Shape.Dimensions))
	}
	return in
}

func fromTensor(t *tensors.Tensor) (golden.Tensor, error) {
	dims := t.Shape().Dimensions
	if t.DType() == dtypes.Float64 {
		flat, err := tensors.CopyFlatData[float64](t)
		return golden.Of(flat, dims...), err
	}
	flat, err := tensors.CopyFlatData[float32](t)
	return golden.Of(flat, dims...), err
}

// Differences compares the gradients of Slopes in float64 with central differences, at
// every coordinate of every input and trainable variable, and returns the largest error,
// |difference - gradient| / max(1, |difference|), and where it is.
func (c Case) Differences(b compute.Backend) (worst float64, where string, err error) {
	slopes, err := c.Slopes(b, dtypes.Float64)
	if err != nil {
		return 0, "", err
	}
	store, err := c.copy(dtypes.Float64)
	if err != nil {
		return 0, "", err
	}
	exec, err := model.NewExec(b, store, func(scope *model.Scope, in []*graph.Node) *graph.Node {
		_, loss := c.loss(scope, in)
		return loss
	})
	if err != nil {
		return 0, "", err
	}
	defer exec.Finalize()
	for _, s := range slopes[1:] {
		x, set := c.coordinates(store, strings.TrimPrefix(s.Name, "d"))
		difference := fd.Gradient(nil, func(x []float64) float64 {
			in := set(x)
			out, callErr := exec.Call1(in...)
			if callErr != nil {
				err = callErr
				return math.NaN()
			}
			return tensors.ToScalar[float64](out)
		}, x, &fd.Settings{Formula: fd.Central, Step: 1e-6})
		set(x)
		for i, g := range s.Float64s() {
			if e := math.Abs(difference[i]-g) / math.Max(1, math.Abs(difference[i])); !(e <= worst) {
				worst, where = e, fmt.Sprintf("%s at %d: gradient %g, difference %g", s.Name, i, g, difference[i])
			}
		}
	}
	return worst, where, err
}

// coordinates are the values of an input or a variable, and a function that replaces them
// and returns the inputs to call with.
func (c Case) coordinates(store *model.Store, name string) (x []float64, set func(x []float64) []any) {
	if v := store.GetVariable(name); v != nil {
		values, _ := dense.Values(v) // the variable was made here
		return values, func(x []float64) []any {
			if err := dense.Set(v, slices.Clone(x)); err != nil {
				panic(err)
			}
			return c.inputs(dtypes.Float64)
		}
	}
	var index int
	if _, err := fmt.Sscanf(name, "/input%d", &index); err != nil {
		panic(err)
	}
	return c.Inputs[index].Float64s(), func(x []float64) []any {
		in := c.inputs(dtypes.Float64)
		in[index] = dense.Tensor(dtypes.Float64, slices.Clone(x), c.Inputs[index].Shape.Dimensions)
		return in
	}
}
