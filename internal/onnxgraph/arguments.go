package onnxgraph

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
)

// arguments copies the inputs to where the engine reads them, in memory of an earlier run
// if there is some: that of a detector's input is some megabytes, which take longer to be
// had from the system than to be filled.
func (e *entry) arguments(engine compute.Backend, inputs []Tensor) ([]any, error) {
	args := e.kept()
	if args == nil {
		for _, s := range e.shapes {
			t, err := tensors.FromShapeForBackend(engine, 0, s)
			if err != nil {
				return nil, err
			}
			args = append(args, t)
		}
	}
	for i, in := range inputs {
		err := tensors.MutableFlatData(args[i].(*tensors.Tensor), func(flat []float32) { copy(flat, in.Data) })
		if err != nil {
			return nil, err
		}
	}
	return args, nil
}

// kept returns arguments that no run uses, nil if there are none.
func (e *entry) kept() []any {
	e.lock.Lock()
	defer e.lock.Unlock()
	n := len(e.args)
	if n == 0 {
		return nil
	}
	args := e.args[n-1]
	e.args = e.args[:n-1]
	return args
}

// keep takes arguments back after a run.
func (e *entry) keep(args []any) {
	e.lock.Lock()
	defer e.lock.Unlock()
	e.args = append(e.args, args)
}
