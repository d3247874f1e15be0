// Package memorytest notes for tests how much memory compiled programs need.
package memorytest

import (
	"fmt"

	"github.com/gomlx/compute"
)

// Engine is an engine that notes what its last program needs on each device: memory for
// its arguments, and beside arguments and results. Only the latter is known of gonum.
type Engine struct {
	compute.Backend
	Arguments, Temporary int
}

type builder struct {
	compute.Builder
	engine *Engine
}

// Builder implements compute.Backend.
func (e *Engine) Builder(name string) compute.Builder {
	return &builder{e.Backend.Builder(name), e}
}

func (b *builder) Compile() (compute.Executable, error) {
	program, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	p, ok := program.(interface{ MemoryBytes() int })
	if ok {
		b.engine.Temporary = p.MemoryBytes()
		return program, nil
	}
	if b.engine.Arguments, b.engine.Temporary, ok = xlaNeeds(program); !ok {
		return nil, fmt.Errorf("%T does not tell its memory", program)
	}
	return program, nil
}
