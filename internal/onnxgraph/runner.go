package onnxgraph

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/onnx-gomlx/onnx"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/shape"
)

// ErrClosed is returned by Run after Close.
var ErrClosed = errors.New("onnxgraph: runner is closed")

// maxShapes is how many combinations of input shapes a runner keeps compiled: the ones
// used last.
const maxShapes = 32

// Runner is a network on one engine. It is safe for concurrent use.
type Runner struct {
	engine compute.Backend
	net    *emission
	store  *model.Store
	infos  []Info

	building sync.Mutex // the converter builds one graph at a time

	mu      sync.Mutex
	idle    *sync.Cond // signalled when no Run is under way
	running int
	closed  bool
	clock   int
	entries []*entry
}

// entry is the network compiled for one combination of shapes.
type entry struct {
	shapes []shapes.Shape
	used   int // clock of the last use
	users  int
	once   sync.Once
	exec   *model.Exec
	err    error

	lock sync.Mutex
	args [][]any // the arguments of earlier runs, to be written over
}

// Runner makes the network ready on an engine, to compute the outputs named, or all of
// the file's outputs if none are. Any tensor inside the network can be named too. The
// engine stays the caller's, and must outlive the runner.
func (m *Model) Runner(engine compute.Backend, outputs ...string) (*Runner, error) {
	if len(outputs) == 0 {
		outputs = namesOf(m.outputs)
	}
	return m.runner(engine, formFor(engine), outputs)
}

func (m *Model) runner(engine compute.Backend, form Form, outputs []string) (*Runner, error) {
	low, err := m.net.lower(outputs, form)
	if err != nil {
		return nil, fmt.Errorf("onnxgraph: %w", err)
	}
	net, err := low.finish(outputs)
	if err != nil {
		return nil, fmt.Errorf("onnxgraph: convert: %w", err)
	}
	r := &Runner{engine: engine, net: net, infos: m.Inputs()}
	r.idle = sync.NewCond(&r.mu)
	r.store = model.NewStore().WithVariableAsConst(backend.PrefersConstants(engine))
	scope := r.store.RootScope().At(onnx.ModelScope)
	for name, a := range net.weights {
		scope.VariableWithValue(name, tensors.FromFlatDataAndDimensions(a.floats, a.dims...))
	}
	return r, nil
}

// Run computes the outputs, in the order in which they were named, for one tensor per
// input of the network. The first call with shapes not seen before compiles the network
// for them, which takes up to some seconds. Outputs that are not float32 in the network
// are converted.
//
// It fails if the inputs do not fit the network; the error then names the node at which
// they do not.
func (r *Runner) Run(inputs ...Tensor) ([]Tensor, error) {
	key, err := r.check(inputs)
	if err != nil {
		return nil, fmt.Errorf("onnxgraph: run: %w", err)
	}
	e, err := r.acquire(key)
	if err != nil {
		return nil, err
	}
	defer r.release(e)
	e.once.Do(func() { e.exec, e.err = r.compile(key) })
	if e.err != nil {
		return nil, fmt.Errorf("onnxgraph: compile for %v: %w", key, e.err)
	}
	args, err := e.arguments(r.engine, inputs)
	if err != nil {
		return nil, fmt.Errorf("onnxgraph: run: %w", err)
	}
	values, _, err := e.exec.CallWithGraph(args...)
	e.keep(args)
	if err != nil {
		return nil, fmt.Errorf("onnxgraph: run: %w", err)
	}
	return take(values)
}

// check holds the inputs against what the network wants, and returns their shapes.
func (r *Runner) check(inputs []Tensor) (key []shapes.Shape, err error) {
	if len(inputs) != len(r.infos) {
		return nil, fmt.Errorf("want %d inputs, got %d", len(r.infos), len(inputs))
	}
	for i, in := range inputs {
		info := r.infos[i]
		if len(in.Dims) != len(info.Dims) || slices.ContainsFunc(in.Dims, func(d int) bool { return d < 1 }) {
			return nil, fmt.Errorf("input %q: want sizes like %v, got %v", info.Name, info.Dims, in.Dims)
		}
		if shape.Size(in.Dims) != len(in.Data) {
			return nil, fmt.Errorf("input %q: %d values for sizes %v", info.Name, len(in.Data), in.Dims)
		}
		key = append(key, shapes.Make(dtypes.Float32, in.Dims...))
	}
	return key, nil
}

// take copies results out, and frees them.
func take(values []*tensors.Tensor) ([]Tensor, error) {
	out := make([]Tensor, len(values))
	for i, v := range values {
		data, err := tensors.CopyFlatData[float32](v)
		if err != nil {
			return nil, fmt.Errorf("onnxgraph: output %d: %w", i, err)
		}
		out[i] = Tensor{Dims: slices.Clone(v.Shape().Dimensions), Data: data}
		if err := v.FinalizeAll(); err != nil {
			return nil, fmt.Errorf("onnxgraph: free output %d: %w", i, err)
		}
	}
	return out, nil
}

// acquire finds or makes the entry for the shapes, and holds it.
func (r *Runner) acquire(key []shapes.Shape) (*entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	i := slices.IndexFunc(r.entries, func(e *entry) bool { return slices.EqualFunc(e.shapes, key, shapes.Shape.Equal) })
	if i < 0 {
		r.evict()
		i = len(r.entries)
		r.entries = append(r.entries, &entry{shapes: key})
	}
	e := r.entries[i]
	r.clock++
	e.used = r.clock
	e.users++
	r.running++
	return e, nil
}

// evict frees the entry used longest ago if there are too many. Those in use stay.
func (r *Runner) evict() {
	if len(r.entries) < maxShapes {
		return
	}
	oldest := -1
	for i, e := range r.entries {
		if e.users == 0 && (oldest < 0 || e.used < r.entries[oldest].used) {
			oldest = i
		}
	}
	if oldest >= 0 {
		r.entries[oldest].free()
		r.entries = slices.Delete(r.entries, oldest, oldest+1)
	}
}

func (e *entry) free() {
	if e.exec != nil {
		e.exec.Finalize()
	}
	for _, args := range e.args {
		for _, a := range args {
			_ = a.(*tensors.Tensor).FinalizeAll() // nothing is left to do
		}
	}
	e.args = nil
}

func (r *Runner) release(e *entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.users--
	if r.running--; r.running == 0 {
		r.idle.Broadcast()
	}
}

// compile builds the graph for the shapes.
func (r *Runner) compile(key []shapes.Shape) (*model.Exec, error) {
	r.building.Lock()
	defer r.building.Unlock()
	exec, err := model.NewExec(r.engine, r.store, func(scope *model.Scope, inputs []*graph.Node) []*graph.Node {
		named := map[string]*graph.Node{}
		for i, name := range r.net.inputs {
			named[name] = inputs[i]
		}
		outputs := r.net.model.CallGraph(scope, inputs[0].Graph(), named, r.net.outputs...)
		for i, y := range outputs {
			outputs[i] = graph.ConvertDType(y, dtypes.Float32)
		}
		return outputs
	})
	if err != nil {
		return nil, err
	}
	if _, err = exec.Compile(key...); err != nil {
		exec.Finalize()
		if node := r.culprit(key); node != "" {
			return nil, fmt.Errorf("%s: %w", node, err)
		}
		return nil, err
	}
	return exec, nil
}

// culprit describes the first node that cannot be built for the shapes, "" if all can be:
// the converter does not say it. It builds ever shorter beginnings of the network,
// without compiling them.
func (r *Runner) culprit(key []shapes.Shape) string {
	nodes := r.net.nodes
	first := sort.Search(len(nodes), func(i int) bool { return !r.builds(key, nodes[:i+1]) })
	if first == len(nodes) {
		return ""
	}
	return nodes[first].origin
}

// builds reports whether those nodes can be built.
func (r *Runner) builds(key []shapes.Shape, nodes []emitted) (ok bool) {
	defer func() { ok = recover() == nil }() // building a graph panics on mistakes
	g := graph.NewGraph(r.engine, "check")
	defer g.Finalize()
	inputs := map[string]*graph.Node{}
	for i, name := range r.net.inputs {
		inputs[name] = graph.Parameter(g, name, key[i])
	}
	outputs := make([]string, len(nodes))
	for i, n := range nodes {
		outputs[i] = n.output
	}
	r.net.model.CallGraph(r.store.RootScope(), g, inputs, outputs...)
	return true
}

// Close waits for runs under way, and frees what the runner holds. The engine stays open.
// Closing twice is harmless.
func (r *Runner) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for r.running > 0 {
		r.idle.Wait()
	}
	for _, e := range r.entries {
		e.free()
	}
	r.entries = nil
	if r.store != nil {
		r.store.Finalize()
		r.store = nil
	}
	_ = r.net.model.Close()
}
