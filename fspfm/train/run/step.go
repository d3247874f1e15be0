package run

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/pifr-go/pifr/internal/flat"
)

// stateScope is where the optimizer keeps its variables, below it the paths of the
// parameters that they belong to.
const stateScope = "/optimiser"

// Measure is a scalar that a step reports beside the loss.
type Measure struct {
	Name string
	Node *graph.Node
}

// Objective builds the loss of a batch, a scalar, and what else is to be reported. tables
// are arrays that stay the same over the run, such as all features, from which the graph
// gathers its batch.
type Objective func(scope *model.Scope, batch, tables []*graph.Node) (loss *graph.Node, also []Measure)

// Step is a compiled training step: objective, gradients, optimizer, all in one graph,
// compiled once per shape of the batch. It is not safe for concurrent use.
//
// GoMLX's train.Trainer is not used: its optimizers are not PyTorch's (see Optimizer),
// its datasets have no position that a resumed run could go on from, and its batches are
// consumed, where head training keeps all features on the device.
type Step struct {
	engine     compute.Backend
	store      *model.Store
	objective  Objective
	optimizer  Optimizer
	dtype      dtypes.DType
	accumulate int
	mesh       *mesh // nil on one device
	whole      int

	apply, gather *model.Exec // gather adds gradients up without applying them
	names         []string
	tables        []any
	pending       int // batches gathered since the last application
}

// StepConfig says how a Step runs. The zero value is one device, no accumulation,
// Float32.
type StepConfig struct {
	// DType of the parameters. Zero stands for Float32.
	DType dtypes.DType
	// Accumulate adds up the gradients of this many batches before the parameters move by
	// their mean. Zero stands for 1.
	Accumulate int
	// Devices cuts the batch into equal parts, one per device of the engine. Zero stands
	// for 1.
	Devices int
	// Whole is how many of a batch's tensors, the last ones, every device gets whole. The
	// others are cut along their first axis.
	Whole int
	// Cut names variables by their paths that are cut along their first axis, which the
	// number of devices must divide: each device has a part of them and of what the
	// optimizer keeps for them. All other variables are on every device.
	Cut []string
}

// NewStep prepares a step on the variables of the store that are marked as trainable and
// that the objective uses. The tables stay the caller's, and must live as long as the
// step.
func NewStep(engine compute.Backend, store *model.Store, objective Objective, optimizer Optimizer, cfg StepConfig, tables ...*tensors.Tensor) (*Step, error) {
	if err := optimizer.Validate(); err != nil {
		return nil, err
	}
	s := &Step{engine: engine, store: store, objective: objective, optimizer: optimizer.withDefaults(),
		dtype: cmp.Or(cfg.DType, dtypes.Float32), accumulate: max(cfg.Accumulate, 1), whole: cfg.Whole}
	if cfg.Devices > 1 {
		if s.accumulate > 1 {
			return nil, errors.New("run: gradients cannot be accumulated over several devices: GoMLX has no such graph")
		}
		var err error
		if s.mesh, err = newMesh(engine, cfg.Devices); err != nil {
			return nil, err
		}
		if err := s.mesh.cut(store, cfg.Cut); err != nil {
			return nil, err
		}
	}
	for _, t := range tables {
		table, err := s.mesh.replicate(t)
		if err != nil {
			return nil, err
		}
		s.tables = append(s.tables, table)
	}
	return s, nil
}

// Run takes one step, counted from 0, with a learning rate. The batch's tensors are read
// and stay the caller's.
//
// With accumulation, the parameters move at every Accumulate-th call, and with the rate
// of that call; step must count those.
func (s *Step) Run(step int, lr float64, batch ...*tensors.Tensor) (Values, error) {
	applies := s.pending+1 >= s.accumulate
	exec, err := s.exec(applies, len(batch))
	if err != nil {
		return nil, err
	}
	out, err := s.call(exec, step, lr, batch)
	if err != nil {
		return nil, fmt.Errorf("run: step %d: %w", step, err)
	}
	s.pending++
	if applies {
		s.pending = 0
	}
	values := Values{}
	for i, name := range s.names {
		values[name] = out[i]
	}
	return values, nil
}

// call runs one of the two graphs and returns its measures.
func (s *Step) call(exec *model.Exec, step int, lr float64, batch []*tensors.Tensor) ([]float64, error) {
	rates := s.optimizer.scalars(lr, step)
	scalars, err := flat.Tensor(s.dtype, rates, len(rates))
	if err != nil {
		return nil, err
	}
	defer scalars.FinalizeAll()
	args, free, err := s.spread(scalars, batch)
	if err != nil {
		return nil, err
	}
	defer free()
	outputs, err := exec.Call(append(args, s.tables...)...)
	if err != nil {
		return nil, err
	}
	values, err := flat.Values(outputs[0])
	for _, t := range outputs {
		t.FinalizeAll()
	}
	return values, err
}

// spread puts the scalars and a batch onto the devices; free takes them off again.
func (s *Step) spread(scalars *tensors.Tensor, batch []*tensors.Tensor) (args []any, free func(), err error) {
	free = func() {
		for _, a := range args {
			if d, ok := a.(*dtensor.Tensor); ok {
				_ = d.FinalizeAll()
			}
		}
	}
	for i, t := range append([]*tensors.Tensor{scalars}, batch...) {
		place := s.mesh.shard
		if i == 0 || i > len(batch)-s.whole {
			place = s.mesh.replicate
		}
		a, err := place(t)
		if err != nil {
			free()
			return nil, nil, err
		}
		args = append(args, a)
	}
	return args, free, nil
}

// exec returns the graph that applies the gradients, or the one that only gathers them.
func (s *Step) exec(applies bool, batch int) (*model.Exec, error) {
	slot := &s.gather
	if applies {
		slot = &s.apply
	}
	if *slot != nil {
		return *slot, nil
	}
	var exec *model.Exec
	var err error
	exec, err = model.NewExec(s.engine, s.store, func(scope *model.Scope, inputs []*graph.Node) *graph.Node {
		measures := s.build(scope, inputs, batch, applies)
		s.mesh.results(exec, s.store, measures.Graph())
		return measures
	})
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	if err := s.mesh.configure(exec, batch-s.whole, s.whole+len(s.tables)); err != nil {
		return nil, err
	}
	*slot = exec
	return exec, nil
}

// build is the whole step as a graph. It returns the measures as one vector.
func (s *Step) build(scope *model.Scope, inputs []*graph.Node, batch int, applies bool) *graph.Node {
	g := inputs[0].Graph()
	scope.Store().SetTraining(g, true)
	loss, also := s.objective(scope, inputs[1:1+batch], inputs[1+batch:])
	if !loss.Shape().IsScalar() {
		panic(fmt.Errorf("run: the objective's loss must be a scalar, got %s", loss.Shape()))
	}
	params := trainable(scope.Store(), g)
	if len(params) == 0 {
		panic(errors.New("run: the objective uses no trainable parameter"))
	}
	nodes, paths := make([]*graph.Node, len(params)), make([]string, len(params))
	for i, v := range params {
		nodes[i], paths[i] = v.NodeValue(g), v.Path()
	}
	grads := s.gathered(g, paths, graph.Gradient(loss, nodes...), applies)
	grads, norm := s.optimizer.clip(grads, paths)
	if applies {
		s.update(params, nodes, grads, inputs[0])
	}
	also = append([]Measure{{"loss", loss}, {"gradient_norm", norm}}, also...)
	s.names = s.names[:0]
	column := make([]*graph.Node, len(also))
	for i, m := range also {
		s.names = append(s.names, m.Name)
		column[i] = graph.Reshape(graph.ConvertDType(m.Node, s.dtype), 1)
	}
	return graph.StopGradient(graph.Concatenate(column, 0))
}

// update moves every parameter. scalars is the vector of Optimizer.scalars.
func (s *Step) update(params []*model.Variable, nodes, grads []*graph.Node, scalars *graph.Node) {
	g := scalars.Graph()
	parts := make([]*graph.Node, numScalars)
	for i := range parts {
		parts[i] = graph.Reshape(graph.Slice(scalars, graph.AxisElem(i)))
	}
	for i, v := range params {
		variables, slots := s.slots(v), []*graph.Node{}
		for _, slot := range variables {
			slots = append(slots, slot.NodeValue(g))
		}
		value, next := s.optimizer.move(nodes[i], grads[i], slots, parts)
		v.SetNodeValue(value)
		for j, slot := range variables {
			slot.SetNodeValue(next[j])
		}
	}
}

// slots returns the optimizer's variables of a parameter, and makes them, filled with
// zeros, if they do not exist.
func (s *Step) slots(v *model.Variable) []*model.Variable {
	var variables []*model.Variable
	for _, slot := range s.optimizer.slots() {
		variable := zeros(s.store, stateScope+"/"+slot+v.Path(), v.Shape())
		if err := s.mesh.like(variable, v); err != nil {
			panic(err)
		}
		variables = append(variables, variable)
	}
	return variables
}

// gathered adds the gradients to those of the batches before, if there are any to come
// together. It returns the mean over all batches when the gradients are about to be
// applied, and empties the sums.
func (s *Step) gathered(g *graph.Graph, paths []string, grads []*graph.Node, applies bool) []*graph.Node {
	if s.accumulate == 1 {
		return grads
	}
	out := make([]*graph.Node, len(grads))
	for i, grad := range grads {
		sum := zeros(s.store, stateScope+"/gradient"+paths[i], grad.Shape())
		total := graph.Add(sum.NodeValue(g), grad)
		if applies {
			sum.SetNodeValue(graph.ZerosLike(total))
			total = graph.MulScalar(total, 1/float64(s.accumulate))
		} else {
			sum.SetNodeValue(total)
		}
		out[i] = total
	}
	return out
}

// Close frees the compiled graphs. The store and the tables are left as they are.
func (s *Step) Close() {
	for _, exec := range []*model.Exec{s.apply, s.gather} {
		if exec != nil {
			exec.Finalize()
		}
	}
	s.apply, s.gather = nil, nil
}

// trainable lists the parameters that a graph trains, sorted by path: sums over them then
// have one order, whatever the order in which the variables came to be, as after a
// restart.
func trainable(store *model.Store, g *graph.Graph) []*model.Variable {
	var params []*model.Variable
	for v := range store.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			params = append(params, v)
		}
	}
	slices.SortFunc(params, func(a, b *model.Variable) int { return cmp.Compare(a.Path(), b.Path()) })
	return params
}

// zeros returns the variable of that path; if it does not exist it is made, not trainable
// and filled with zeros.
func zeros(store *model.Store, path string, shape shapes.Shape) *model.Variable {
	if v := store.GetVariable(path); v != nil {
		return v
	}
	v, err := store.CreateVariable(path, tensors.FromShape(shape))
	if err != nil {
		panic(fmt.Errorf("run: variable %s: %w", path, err))
	}
	return v.SetTrainable(false)
}

// below tells whether a variable's path lies in a scope; every path lies in "".
func below(path, scope string) bool {
	scope = strings.TrimSuffix(scope, "/")
	return scope == "" || strings.HasPrefix(path, scope+"/")
}
