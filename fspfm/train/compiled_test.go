package train

import (
	"fmt"

	"github.com/gomlx/compute"
)

// compiled is an engine that notes what its last program needs on each device: memory for
// its arguments, and beside arguments and results. Only the latter is known of gonum.
type compiled struct {
	compute.Backend
	arguments, temporary int
}

type compiledBuilder struct {
	compute.Builder
	engine *compiled
}

func (c *compiled) Builder(name string) compute.Builder {
	return &compiledBuilder{c.Backend.Builder(name), c}
}

func (b *compiledBuilder) Compile() (compute.Executable, error) {
	program, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	p, ok := program.(interface{ MemoryBytes() int })
	if ok {
		b.engine.temporary = p.MemoryBytes()
		return program, nil
	}
	if b.engine.arguments, b.engine.temporary, ok = xlaNeeds(program); !ok {
		return nil, fmt.Errorf("%T does not tell its memory", program)
	}
	return program, nil
}
