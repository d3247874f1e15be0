package gonum

import (
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// program is a function compiled for concrete shapes. It is safe for concurrent use: each
// run has a frame of its own.
type program struct {
	name   string
	steps  []planned
	copies []copyOut
	// reads says that some step or result takes an argument's data.
	reads bool
	arena int
	// results are the declared shapes of the outputs, with concrete sizes.
	results []shapes.Shape
	frames  sync.Pool // of *frame
}

// planned is a step whose operands have places.
type planned struct {
	op      compute.OpType
	kernel  kernel
	in, out []place
	scratch place
}

// copyOut fills a result that is an argument, a constant, or another result.
type copyOut struct {
	from   place
	result int
}

// frame is the memory of one run: the arena, and the operands of all steps, those of
// arguments and results still open.
type frame struct {
	arena   []byte
	refs    [][]byte
	scratch [][]byte
}

func (p *program) finish(arena int) {
	p.arena = arena
	for _, s := range p.steps {
		for _, from := range s.in {
			p.reads = p.reads || from.kind == inParam
		}
	}
	for _, c := range p.copies {
		p.reads = p.reads || c.from.kind == inParam
	}
	p.frames.New = func() any { return p.newFrame() }
}

func (p *program) newFrame() *frame {
	fr := &frame{arena: allocate(p.arena)}
	for _, s := range p.steps {
		for _, at := range s.in {
			fr.refs = append(fr.refs, fr.at(at, nil, nil))
		}
		for _, at := range s.out {
			fr.refs = append(fr.refs, fr.at(at, nil, nil))
		}
		fr.scratch = append(fr.scratch, fr.at(s.scratch, nil, nil))
	}
	return fr
}

// at returns the memory of a place; arguments and results may be nil while they are
// unknown.
func (fr *frame) at(p place, in, out [][]byte) []byte {
	switch p.kind {
	case inParam:
		if in == nil {
			return nil
		}
		return in[p.index]
	case inResult:
		if out == nil {
			return nil
		}
		return out[p.index]
	case inFixed:
		return p.fixed
	}
	return fr.arena[p.offset : p.offset+p.bytes : p.offset+p.bytes]
}

// run computes the results into out, memory of the caller.
func (p *program) run(in, out [][]byte) error {
	fr := p.frames.Get().(*frame)
	defer p.frames.Put(fr)
	next := 0
	for i := range p.steps {
		s := &p.steps[i]
		ins := fr.operands(&next, s.in, in, out)
		outs := fr.operands(&next, s.out, in, out)
		err := s.kernel.run(ins, outs, fr.scratch[i])
		forget(ins, s.in)
		forget(outs, s.out)
		if err != nil {
			return fmt.Errorf("gonum: %s: %w", s.op, err)
		}
	}
	for _, c := range p.copies {
		copy(out[c.result], fr.at(c.from, in, out))
	}
	return nil
}

func (fr *frame) operands(next *int, places []place, in, out [][]byte) [][]byte {
	refs := fr.refs[*next : *next+len(places)]
	*next += len(places)
	for i, at := range places {
		if at.kind == inParam || at.kind == inResult {
			refs[i] = fr.at(at, in, out)
		}
	}
	return refs
}

// forget drops the caller's memory, which a frame in the pool must not keep alive.
func forget(refs [][]byte, places []place) {
	for i, at := range places {
		if at.kind == inParam || at.kind == inResult {
			refs[i] = nil
		}
	}
}
