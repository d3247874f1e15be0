package gonum

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// blockElements is about how many elements a group works on at a time, so that its
// registers stay in the first cache.
const blockElements = 1024

// maxPeriod bounds how long a repeated row may be to be laid out once for all blocks.
const maxPeriod = 8192

// loop is the inner loop of an element-wise operation. All slices hold the same number of
// elements; unused ones are nil.
type loop func(dst, a, b, c []byte)

// elementwise describes an operation whose output elements each depend on one element of
// every input.
type elementwise struct {
	// loop returns the inner loop for computed dtypes.
	loop func(in []dtypes.DType, out dtypes.DType) (loop, error)
}

// group is a fused run of element-wise operations over registers of one block each.
type group struct {
	n, block int
	sources  []source
	sizes    []int // element size of each register
	code     []instruction
	states   sync.Pool // of *registers
	runs     sync.Pool // of *groupRun
	started  atomic.Uint64
}

// instruction applies a loop to registers; a source that is absent is -1.
type instruction struct {
	loop         loop
	dst, a, b, c int
}

// source is an operand from memory, read into the register of the same index.
type source struct {
	reading
	size int // of an element
}

// registers is the working memory of one goroutine.
type registers struct {
	memory []byte
	own    [][]byte // the register's own memory; nil for those that view an operand or the result
	regs   [][]byte
	filled uint64 // the run whose repeated rows they hold
}

// planGroup prepares the group that ends in a node.
func (c *compilation) planGroup(last *node, groups *grouping) (step, error) {
	out := c.shape[last.outs[0]]
	g := &group{n: out.Size(), block: blockElements}
	b := groupBuilder{c: c, group: g, out: out, register: map[*value]int{}, source: map[*value]int{}}
	members := groups.members[last]
	for _, n := range members {
		for _, v := range n.inputs {
			if !slices.Contains(members, v.node) {
				b.addSource(v)
			}
		}
	}
	b.chooseBlock()
	b.findRectifiers(members)
	for _, n := range members {
		if err := b.addNode(n, n == last); err != nil {
			return step{}, err
		}
	}
	k := kernel{run: func(in, outs [][]byte, _ []byte) error {
		g.run(in, outs[0])
		return nil
	}}
	return step{op: last.op, kernel: k, in: b.inputs, out: last.outs, overwrite: b.overwrite(), group: g}, nil
}

// groupBuilder writes the code of a group.
type groupBuilder struct {
	c        *compilation
	group    *group
	out      shapes.Shape
	inputs   []*value       // the operands from memory
	source   map[*value]int // operand as the nodes name it -> register
	register map[*value]int // value -> register, as computed

	rectifiers map[*node]rectifier // choices that are made in one instruction
	absorbed   map[*node]bool      // what these have in them already
}

// addSource makes an operand from memory readable. Broadcasts and slices are read in
// place.
func (b *groupBuilder) addSource(v *value) {
	if _, seen := b.source[v]; seen {
		return
	}
	from, along, offset := b.lookThrough(v)
	s := b.c.shape[from]
	b.source[v] = len(b.group.sources)
	b.group.sources = append(b.group.sources, source{
		reading: readingOf(along, b.c.shape[v].Dimensions, offset, b.out.Dimensions), size: s.DType.Size(),
	})
	b.group.sizes = append(b.group.sizes, s.DType.Size())
	b.inputs = append(b.inputs, from)
}

// lookThrough returns the value behind broadcasts and slices, and how v's elements lie in
// it.
func (b *groupBuilder) lookThrough(v *value) (from *value, along []int, offset int) {
	n := v.node
	if n.window == nil {
		return v, rowStrides(b.c.shape[v].Dimensions), 0
	}
	from, strides, base := b.lookThrough(n.inputs[0])
	along, offset = n.window(b.c.shape[n.inputs[0]], strides)
	return from, along, base + offset
}

// chooseBlock makes the block a multiple of the longest repeated row, if there is one.
func (b *groupBuilder) chooseBlock() {
	period := 0
	for _, s := range b.group.sources {
		if p, ok := s.period(); ok && p <= maxPeriod {
			period = max(period, p)
		}
	}
	if period > 0 {
		b.group.block = period * ((blockElements + period - 1) / period)
	}
	for i := range b.group.sources {
		b.group.sources[i].settle(b.group.block)
	}
}

// load returns the register that holds a value as it is computed.
func (b *groupBuilder) load(v *value) int {
	if r, ok := b.register[v]; ok {
		return r
	}
	r := b.source[v]
	if dtype := b.c.shape[v].DType; computed(dtype) != dtype {
		raw := r
		r = b.newRegister(computed(dtype))
		b.emit(func(dst, a, _, _ []byte) { convertFloats(dst, computed(dtype), a, dtype) }, r, raw)
	}
	b.register[v] = r
	return r
}

func (b *groupBuilder) newRegister(dtype dtypes.DType) int {
	b.group.sizes = append(b.group.sizes, dtype.Size())
	return len(b.group.sizes) - 1
}

func (b *groupBuilder) emit(l loop, dst int, src ...int) {
	in := instruction{loop: l, dst: dst, a: -1, b: -1, c: -1}
	for i, r := range src {
		switch i {
		case 0:
			in.a = r
		case 1:
			in.b = r
		default:
			in.c = r
		}
	}
	b.group.code = append(b.group.code, in)
}

// addNode writes the instructions of one node; the last one writes the result.
func (b *groupBuilder) addNode(n *node, last bool) error {
	if b.absorbed[n] {
		return nil
	}
	if r, ok := b.rectifiers[n]; ok {
		b.addRectifier(n, r)
		return nil
	}
	in := make([]dtypes.DType, len(n.inputs))
	src := make([]int, len(n.inputs))
	for i, v := range n.inputs {
		in[i] = computed(b.c.shape[v].DType)
		src[i] = b.load(v)
	}
	v := n.outs[0]
	stored := b.c.shape[v].DType
	l, err := n.element.loop(in, computed(stored))
	if err != nil {
		return fmt.Errorf("%s on %v: %w", n.op, in, err)
	}
	r := b.newRegister(computed(stored))
	b.emit(l, r, src...)
	if stored == computed(stored) {
		b.register[v] = r
		return nil
	}
	// Half precision is rounded after each operation, as it would be between two of them
	// in memory.
	narrow := b.newRegister(stored)
	b.emit(func(dst, a, _, _ []byte) { convertFloats(dst, stored, a, computed(stored)) }, narrow, r)
	if last {
		return nil
	}
	wide := b.newRegister(computed(stored))
	b.emit(func(dst, a, _, _ []byte) { convertFloats(dst, computed(stored), a, stored) }, wide, narrow)
	b.register[v] = wide
	return nil
}

// overwrite returns an operand that is read element by element alongside the result,
// whose memory the result may take;
// -1 if there is none. Memory that is read in another order as well must stay.
func (b *groupBuilder) overwrite() int {
	for i, s := range b.group.sources {
		if s.kind != readFull || b.c.shape[b.inputs[i]].Size() != b.group.n {
			continue
		}
		clash := false
		for k, other := range b.group.sources {
			inOrder := other.kind == readFull && other.offset == 0
			clash = clash || !inOrder && b.c.root(b.inputs[k]) == b.c.root(b.inputs[i])
		}
		if !clash {
			return i
		}
	}
	return -1
}

// groupRun is one run of a group.
type groupRun struct {
	group *group
	in    [][]byte
	out   []byte
	own   int              // the source that is found in the result, or -1
	id    uint64           // of this run
	after func(lo, hi int) // its method elements
	block func(lo, hi int) // its method blocks
}

// begin starts a run; own is the source that lies in the result already, or -1.
func (g *group) begin(in [][]byte, out []byte, own int) *groupRun {
	r, ok := g.runs.Get().(*groupRun)
	if !ok {
		r = &groupRun{group: g}
		r.after, r.block = r.elements, r.blocks
	}
	r.in, r.out, r.own, r.id = in, out, own, g.started.Add(1)
	return r
}

// end forgets the operands, and keeps the run's memory.
func (g *group) end(r *groupRun) {
	r.in, r.out = nil, nil
	g.runs.Put(r)
}

// run works through all blocks.
func (g *group) run(in [][]byte, out []byte) {
	r := g.begin(in, out, -1)
	spans((g.n+g.block-1)/g.block, max(1, 65536/(g.block*(len(g.code)+1))), r.block)
	g.end(r)
}

// blocks computes blocks [lo, hi).
func (r *groupRun) blocks(lo, hi int) { r.elements(lo*r.group.block, min(r.group.n, hi*r.group.block)) }

// elements computes elements [lo, hi) of the result, on the calling goroutine. lo is where
// a repeated row begins.
func (r *groupRun) elements(lo, hi int) {
	g := r.group
	regs, ok := g.states.Get().(*registers)
	if !ok {
		regs = g.newRegisters()
	}
	if regs.filled != r.id {
		for i, s := range g.sources {
			if s.kind == readRepeated {
				s.fill(regs.own[i], r.in[i], s.size, 0, min(g.block, g.n))
			}
		}
		regs.filled = r.id
	}
	for ; lo < hi; lo += g.block {
		g.runBlock(regs, r, lo, min(hi, lo+g.block))
	}
	clear(regs.regs) // operands must not be kept alive by the pool
	g.states.Put(regs)
}

// runBlock computes the elements [lo, hi) of the result.
func (g *group) runBlock(r *registers, run *groupRun, lo, hi int) {
	for i, s := range g.sources {
		switch {
		case i == run.own:
			r.regs[i] = run.out[lo*s.size : hi*s.size]
		case s.kind == readFull:
			r.regs[i] = run.in[i][(s.offset+lo)*s.size : (s.offset+hi)*s.size]
		case s.kind == readStrided:
			r.regs[i] = r.own[i][:(hi-lo)*s.size]
			s.fill(r.regs[i], run.in[i], s.size, lo, hi)
		default:
			r.regs[i] = r.own[i][:(hi-lo)*s.size]
		}
	}
	result := len(g.code) - 1
	for i, c := range g.code {
		size := g.sizes[c.dst]
		if i == result {
			r.regs[c.dst] = run.out[lo*size : hi*size]
		} else {
			r.regs[c.dst] = r.own[c.dst][:(hi-lo)*size]
		}
		var a, b, d []byte
		if a = r.regs[c.a]; c.b >= 0 {
			b = r.regs[c.b]
		}
		if c.c >= 0 {
			d = r.regs[c.c]
		}
		c.loop(r.regs[c.dst], a, b, d)
	}
}

func (g *group) newRegisters() *registers {
	r := &registers{own: make([][]byte, len(g.sizes)), regs: make([][]byte, len(g.sizes))}
	result := g.code[len(g.code)-1].dst
	total, width := 0, min(g.block, g.n)
	owned := func(i int) bool { return i != result && !(i < len(g.sources) && g.sources[i].kind == readFull) }
	for i, size := range g.sizes {
		if owned(i) {
			total += align(width * size)
		}
	}
	r.memory = allocate(total)
	at := 0
	for i, size := range g.sizes {
		if owned(i) {
			r.own[i] = r.memory[at : at+width*size]
			at += align(width * size)
		}
	}
	return r
}
