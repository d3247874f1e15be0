package conform

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/support/xslices"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/pifr-go/pifr/internal/golden"
)

// net is a function written with GoMLX's graph package, to be run and differentiated on
// engines.
type net struct {
	name  string
	needs []compute.OpType // operations beyond those that every engine has
	// float64 ones are converted to the dtype under test and differentiated; others stay
	// as they are
	inputs []golden.Tensor
	fn     func(in []*graph.Node) *graph.Node

	// want computes the output from the float inputs, in the order of inputs. May be nil.
	want func(in [][]float64) []float64
	// slope gives the derivative by each float input of sum(weights*output) where
	// differences cannot. May be nil.
	slope func(weights []float64) [][]float64
}

// floats lists the positions of the inputs that are differentiated.
func (n net) floats() []int {
	var at []int
	for i, in := range n.inputs {
		if in.Shape.DType == dtypes.Float64 {
			at = append(at, i)
		}
	}
	return at
}

func (e subject) missingFor(n net, dtype dtypes.DType) string {
	return e.missing(testCase{needs: n.needs, inputs: slices.Collect(func(yield func(golden.Tensor) bool) {
		for _, in := range n.inputs {
			if in.Shape.DType != dtypes.Float64 && !yield(in) {
				return
			}
		}
	}), dtypes: []dtypes.DType{dtype}})
}

// program is a net compiled for an engine: the output, the loss, and the gradients of the
// loss.
type program struct {
	engine subject
	net    net
	dtype  dtypes.DType
	exec   *graph.Exec
}

// compile makes the program. The loss is the sum of the output's elements, each with a
// fixed random weight, so that no element's gradient can hide behind another's.
func (n net) compile(e subject, dtype dtypes.DType, gradients bool) (*program, error) {
	exec, err := graph.NewExec(e.backend, func(in []*graph.Node) []*graph.Node {
		y := n.fn(in)
		w := n.weights(y.Shape().Size())
		loss := graph.ReduceAllSum(graph.Mul(y, graph.ConvertDType(graph.Reshape(graph.Const(y.Graph(), w), y.Shape().Dimensions...), y.DType())))
		out := []*graph.Node{y, loss}
		if gradients {
			out = append(out, graph.Gradient(loss, xslices.Map(n.floats(), func(i int) *graph.Node { return in[i] })...)...)
		}
		return out
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", e.name, n.name, err)
	}
	return &program{e, n, dtype, exec}, nil
}

// weights of the loss, one for each element of the output.
func (n net) weights(count int) []float64 {
	return uniform(n.name+" weights", dtypes.Float64, count).Float64s()
}

// call runs the program on values of the float inputs, flat and one after the other; nil
// stands for those of the net.
func (p *program) call(x []float64) ([]golden.Tensor, error) {
	args := make([]any, len(p.net.inputs))
	for i, in := range p.net.inputs {
		if in.Shape.DType == dtypes.Float64 {
			values := in.Float64s()
			if x != nil {
				values, x = x[:in.Len()], x[in.Len():]
			}
			in = golden.New(p.dtype, values, in.Shape.Dimensions...)
		}
		t, err := toTensor(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: input %d: %w", p.engine.name, p.net.name, i, err)
		}
		args[i] = t
	}
	results, err := p.exec.Call(args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p.engine.name, p.net.name, err)
	}
	out := make([]golden.Tensor, len(results))
	for i, r := range results {
		if out[i], err = fromTensor(r); err != nil {
			return nil, fmt.Errorf("%s: %s: result %d: %w", p.engine.name, p.net.name, i, err)
		}
		r.MustFinalizeAll()
	}
	return out, nil
}

// point gives the values of the float inputs, flat and one after the other.
func (n net) point() []float64 {
	var x []float64
	for _, i := range n.floats() {
		x = append(x, n.inputs[i].Float64s()...)
	}
	return x
}

func toTensor(t golden.Tensor) (*tensors.Tensor, error) {
	out := tensors.FromShape(t.Shape)
	err := out.MutableFlatData(func(flat any) { reflect.Copy(reflect.ValueOf(flat), reflect.ValueOf(t.Flat)) })
	return out, err
}

func fromTensor(t *tensors.Tensor) (golden.Tensor, error) {
	out := golden.Tensor{Shape: t.Shape(), Flat: dtypes.MakeAnySlice(t.DType(), t.Size())}
	err := t.ConstFlatData(func(flat any) { reflect.Copy(reflect.ValueOf(out.Flat), reflect.ValueOf(flat)) })
	return out, err
}
