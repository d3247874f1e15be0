package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backend"
)

// engine is a contestant that runs GoMLX graphs.
type engine struct {
	label   string
	backend backend.Backend
}

// openEngine opens an engine by its name.
func openEngine(ctx context.Context, name string) (*engine, error) {
	b, err := backend.OpenContext(ctx, name)
	if err != nil {
		return nil, firstLine(err)
	}
	return &engine{label: name, backend: b}, nil
}

// firstLine drops the stack traces that errors of GoMLX carry, and the names of its
// executors before what happened.
func firstLine(err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	if i := strings.LastIndex(line, "panicked: "); i >= 0 {
		line = line[i+len("panicked: "):]
	}
	return errors.New(line)
}

func (e *engine) name() string { return e.label }

func (e *engine) close() { e.backend.Finalize() }

// load compiles the task and runs it once. Weights are constants of the graph where the
// engine says that it prefers them (ONNX Runtime is twice as slow otherwise) or prepares
// them once, as gonum does; they are variables elsewhere.
func (e *engine) load(ctx context.Context, t *task) (work, error) {
	if t.photos != nil {
		return e.loadPipeline(ctx, t)
	}
	store := model.NewStore()
	if t.weights != nil {
		var err error
		if store, err = copyStore(t.weights); err != nil {
			return nil, firstLine(err)
		}
	}
	store.WithVariableAsConst(backend.PrefersConstants(e.backend))
	exec, err := model.NewExec(e.backend, store, func(scope *model.Scope, inputs []*graph.Node) *graph.Node {
		return t.build(scope, inputs)
	})
	if err != nil {
		return nil, firstLine(err)
	}
	w := &engineWork{exec: exec, store: store}
	for _, in := range t.inputs {
		w.inputs = append(w.inputs, tensors.FromFlatDataAndDimensions(slices.Clone(in.data), in.dims...))
	}
	err = w.call(func(dims []int, flat []float32) {
		w.first = &array{dims: slices.Clone(dims), data: slices.Clone(flat)}
	})
	if err != nil {
		w.close()
		return nil, firstLine(err)
	}
	return w, nil
}

// copyStore copies variables for an engine of their own: tensors cannot be shared between
// engines. Store.Clone does not do, because its variables have no store and are never
// taken as constants.
func copyStore(from *model.Store) (*model.Store, error) {
	to := model.NewStore()
	for v := range from.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if value, err = value.Clone(); err != nil {
			return nil, err
		}
		if _, err := to.CreateVariable(v.Path(), value); err != nil {
			return nil, err
		}
	}
	return to, nil
}

type engineWork struct {
	exec   *model.Exec
	store  *model.Store
	inputs []any
	first  *array
}

// call runs the graph and hands the result, where it lies or in a copy on the host, to
// use.
func (w *engineWork) call(use func(dims []int, flat []float32)) error {
	out, err := w.exec.Call1(w.inputs...)
	if err != nil {
		return err
	}
	if err := tensors.ConstFlatData(out, func(flat []float32) { use(out.Shape().Dimensions, flat) }); err != nil {
		return err
	}
	return out.FinalizeAll()
}

func (w *engineWork) output() *array { return w.first }

func (w *engineWork) run(calls int, limit time.Duration) ([]time.Duration, error) {
	return timed(func() error { return w.call(func([]int, []float32) {}) }, calls, limit)
}

func (w *engineWork) close() {
	w.exec.Finalize()
	for _, in := range w.inputs {
		// A tensor that cannot be released was released with its engine: nothing is left
		// to do.
		_ = in.(*tensors.Tensor).FinalizeAll()
	}
	w.store.Finalize()
}
