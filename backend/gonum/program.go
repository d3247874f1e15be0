package gonum

import (
	"fmt"
	"slices"
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
	reads   bool
	arena   int
	backend *Backend
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

// frame is what one run works with: the arena, and the operands of all steps. Between runs
// it holds constants only.
type frame struct {
	arena []byte
	refs  [][]byte
}

// workspace is memory for one arena. Programs of one engine share them: a run borrows one
// and makes it larger if need be, so that many programs, one for each size of image, need
// no more than the largest of them.
type workspace struct{ memory []byte }

func (b *Backend) borrow(n int) *workspace {
	w, ok := b.workspaces.Get().(*workspace)
	if !ok {
		w = &workspace{}
	}
	if len(w.memory) < n {
		w.memory = allocate(n)
	}
	return w
}

func (p *program) finish(b *Backend, arena int) {
	p.arena, p.backend = arena, b
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
	fr := &frame{}
	for _, s := range p.steps {
		for _, at := range slices.Concat(s.in, s.out) {
			var constant []byte
			if at.kind == inFixed {
				constant = at.fixed
			}
			fr.refs = append(fr.refs, constant)
		}
	}
	return fr
}

// at returns the memory of a place.
func (fr *frame) at(p place, in, out [][]byte) []byte {
	switch p.kind {
	case inParam:
		return in[p.index]
	case inResult:
		return out[p.index]
	case inFixed:
		return p.fixed
	}
	return fr.arena[p.offset : p.offset+p.bytes : p.offset+p.bytes]
}

// run computes the results into out, memory of the caller.
func (p *program) run(in, out [][]byte) error {
	fr := p.frames.Get().(*frame)
	space := p.backend.borrow(p.arena)
	fr.arena = space.memory
	defer func() {
		fr.arena = nil
		p.backend.workspaces.Put(space)
		p.frames.Put(fr)
	}()
	next := 0
	for i := range p.steps {
		s := &p.steps[i]
		ins := fr.operands(&next, s.in, in, out)
		outs := fr.operands(&next, s.out, in, out)
		err := s.kernel.run(ins, outs, fr.at(s.scratch, in, out))
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
		if at.kind != inFixed {
			refs[i] = fr.at(at, in, out)
		}
	}
	return refs
}

// forget drops the memory of the caller and of the arena, which a frame in the pool must not
// keep alive.
func forget(refs [][]byte, places []place) {
	for i, at := range places {
		if at.kind != inFixed {
			refs[i] = nil
		}
	}
}
