package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
)

// builder records one computation: a main function, and the named functions it calls.
type builder struct {
	notimplemented.Builder
	backend   *Backend
	name      string
	main      *function
	functions map[string]*function
	compiled  bool
}

var _ compute.Builder = (*builder)(nil)

// Builder starts a new computation. It is not safe for concurrent use.
func (b *Backend) Builder(name string) compute.Builder {
	bl := &builder{backend: b, name: name, functions: map[string]*function{}}
	bl.main = newFunction(bl, nil, compute.MainName)
	return bl
}

func (bl *builder) Name() string           { return bl.name }
func (bl *builder) Main() compute.Function { return bl.main }

// NewFunction adds a named function, to be called from others of this builder.
func (bl *builder) NewFunction(name string) (compute.Function, error) {
	if bl.compiled {
		return nil, fmt.Errorf("gonum: NewFunction(%q): computation %q is compiled already", name, bl.name)
	}
	if name == "" || name == compute.MainName || bl.functions[name] != nil {
		return nil, fmt.Errorf("gonum: NewFunction(%q): the name is empty or taken", name)
	}
	f := newFunction(bl, nil, name)
	bl.functions[name] = f
	return f, nil
}

// OpShape returns the declared shape of a value.
func (bl *builder) OpShape(v compute.Value) (shapes.Shape, error) {
	x, ok := v.(*value)
	if !ok || x == nil {
		return shapes.Invalid(), fmt.Errorf("gonum: OpShape: %T is no value of this engine", v)
	}
	return x.shape, nil
}

// Compile turns the main function into an executable, and closes the builder.
func (bl *builder) Compile() (compute.Executable, error) {
	if bl.compiled {
		return nil, fmt.Errorf("gonum: computation %q is compiled already", bl.name)
	}
	if !bl.main.returned {
		return nil, fmt.Errorf("gonum: computation %q: Main has no Return", bl.name)
	}
	bl.compiled = true
	return newExecutable(bl)
}
