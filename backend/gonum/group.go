package gonum

import (
	"fmt"
	"slices"
	"sync"

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
	for _, n := range members {
		if err := b.addNode(n, n == last); err != nil {
			return step{}, err
		}
	}
	k := kernel{run: func(in, outs [][]byte, _ []byte) error {
		g.run(in, outs[0])
		return nil
	}}
	return step{op: last.op, kernel: k, in: b.inputs, out: last.outs, overwrite: b.overwrite()}, nil
}

// groupBuilder writes the code of a group.
type groupBuilder struct {
	c        *compilation
	group    *group
	out      shapes.Shape
	inputs   []*value       // the operands from memory
	source   map[*value]int // operand as the nodes name it -> register
	register map[*value]int // value -> register, as computed
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

// run works through all blocks.
func (g *group) run(in [][]byte, out []byte) {
	blocks := (g.n + g.block - 1) / g.block
	grain := max(1, 65536/(g.block*(len(g.code)+1)))
	spans(blocks, grain, func(lo, hi int) {
		r, ok := g.states.Get().(*registers)
		if !ok {
			r = g.newRegisters()
		}
		for i, s := range g.sources {
			if s.kind == readRepeated {
				s.fill(r.own[i], in[i], s.size, 0, min(g.block, g.n))
			}
		}
		for blk := lo; blk < hi; blk++ {
			g.runBlock(r, in, out, blk*g.block, min(g.n, (blk+1)*g.block))
		}
		clear(r.regs) // operands must not be kept alive by the pool
		g.states.Put(r)
	})
}

// runBlock computes the elements [lo, hi) of the result.
func (g *group) runBlock(r *registers, in [][]byte, out []byte, lo, hi int) {
	for i, s := range g.sources {
		switch s.kind {
		case readFull:
			r.regs[i] = in[i][(s.offset+lo)*s.size : (s.offset+hi)*s.size]
		case readStrided:
			r.regs[i] = r.own[i][:(hi-lo)*s.size]
			s.fill(r.regs[i], in[i], s.size, lo, hi)
		case readRepeated:
			r.regs[i] = r.own[i][:(hi-lo)*s.size]
		}
	}
	result := len(g.code) - 1
	for i, c := range g.code {
		size := g.sizes[c.dst]
		if i == result {
			r.regs[c.dst] = out[lo*size : hi*size]
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
