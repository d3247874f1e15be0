package pytorch

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/internal/golden"
)

// Net is what a step needs to know of a network.
type Net struct {
	Name          string
	Height, Width int
	Params        []Param // in the order of its layers
	Forward       func(scope *model.Scope, x *graph.Node) *graph.Node
}

// Param is a variable of a network.
type Param struct {
	Path      string
	Shape     []int
	Trainable bool
	Running   bool // a running statistic
}

// Case is a network and what a training step of it is.
type Case struct {
	Net   Net
	Batch int
	// Loss builds a scalar loss on images x, and the network's value. Nil takes the sum
	// of the value times numbers drawn as "loss".
	Loss func(scope *model.Scope, x *graph.Node) (loss, value *graph.Node)
}

// Step runs the network in inference and one training step on an engine, and returns what
// the scripts' function of that name returns: the values, the loss, the gradients and the
// running statistics, in float64 and PyTorch's order of axes.
func (c Case) Step(engine compute.Backend, dtype dtypes.DType) (golden.Fixture, error) {
	if c.Loss == nil {
		c.Loss = c.weighted
	}
	store := model.NewStore()
	if err := Fill(store.RootScope(), c.Net.Params, dtype); err != nil {
		return nil, err
	}
	size := c.Batch * c.Net.Height * c.Net.Width * 3
	images := golden.Of(Even("input", size), c.Batch, 3, c.Net.Height, c.Net.Width)
	x := Tensor(transpose(images, imageFromTorch), dtype)
	value, err := model.CallOnce(engine, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		_, value := c.Loss(scope, x)
		return value
	}, x)
	if err != nil {
		return nil, fmt.Errorf("pytorch: inference of %s: %w", c.Net.Name, err)
	}
	out := golden.Fixture{wide(value).Named("inference")}
	results, err := model.CallOnceN(engine, store, c.training, x)
	if err != nil {
		return nil, fmt.Errorf("pytorch: training step of %s: %w", c.Net.Name, err)
	}
	out = append(out, wide(results[0]).Named("loss"), wide(results[1]).Named("value"),
		transpose(wide(results[2]), imageToTorch).Named("gradient/input"))
	return c.parameters(out, store, results[3:])
}

// parameters appends the gradients, given in the order of the trainable parameters, and
// the running statistics.
func (c Case) parameters(out golden.Fixture, store *model.Store, gradients []*tensors.Tensor) (golden.Fixture, error) {
	for _, p := range c.Net.Params {
		switch {
		case p.Trainable:
			g := wide(gradients[0])
			out = append(out, transpose(g, toTorch[g.Shape.Rank()]).Named("gradient/"+torchName(p.Path)))
			gradients = gradients[1:]
		case p.Running:
			t, err := store.GetVariable("/" + p.Path).Value()
			if err != nil {
				return nil, fmt.Errorf("pytorch: %s: %w", p.Path, err)
			}
			out = append(out, wide(t).Named("running/"+torchName(p.Path)))
		}
	}
	return out, nil
}

// training returns the loss, the value, and the gradients by x and by the trainable
// parameters in the network's order.
func (c Case) training(scope *model.Scope, x *graph.Node) []*graph.Node {
	scope.Store().SetTraining(x.Graph(), true)
	loss, value := c.Loss(scope, x)
	by := []*graph.Node{x}
	for _, p := range c.Net.Params {
		if p.Trainable {
			by = append(by, scope.Store().GetVariable(model.JoinPath(scope.Scope(), p.Path)).NodeValue(x.Graph()))
		}
	}
	return append([]*graph.Node{loss, value}, graph.Gradient(loss, by...)...)
}

func (c Case) weighted(scope *model.Scope, x *graph.Node) (loss, value *graph.Node) {
	value = c.Net.Forward(scope, x)
	dims := value.Shape().Dimensions
	weights := Tensor(golden.Of(Even("loss", value.Shape().Size()), dims...), value.DType())
	return graph.ReduceAllSum(graph.Mul(value, graph.ConstTensor(x.Graph(), weights))), value
}

// wide copies an engine's tensor to float64.
func wide(t *tensors.Tensor) golden.Tensor {
	dims := t.Shape().Dimensions
	if t.DType() == dtypes.Float64 {
		return golden.Of(tensors.MustCopyFlatData[float64](t), dims...)
	}
	return golden.Of(golden.Of(tensors.MustCopyFlatData[float32](t), dims...).Float64s(), dims...)
}
