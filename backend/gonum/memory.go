package gonum

import "slices"

// Where a value lies while a program runs.
const (
	inParam  = iota // an argument of the execution
	inFixed         // a constant
	inArena         // the program's own memory
	inResult        // memory of the caller, for a result
)

// place is where a value lies: the index of an argument or result, or bytes of the arena.
type place struct {
	kind, index int
	offset      int
	size        int // aligned
	bytes       int // used
	fixed       []byte
}

// align rounds a size up to the alignment of places in the arena: a cache line.
func align(n int) int { return (n + 63) &^ 63 }

// assemble gives every value a place. Values whose last reader has run leave their place
// to later ones.
func (c *compilation) assemble(steps []step, outputs []*value) *program {
	p := &program{name: c.fn.name}
	places := c.fixedPlaces(outputs)
	last := map[*value]int{}
	for i, s := range steps {
		for _, v := range s.in {
			last[c.root(v)] = i
		}
	}
	for _, v := range outputs {
		last[c.root(v)] = len(steps)
	}
	var arena arena
	for i, s := range steps {
		ps := planned{op: s.op, kernel: s.kernel}
		for _, v := range s.in {
			ps.in = append(ps.in, places[c.root(v)])
		}
		for k, v := range s.out {
			if _, ok := places[v]; !ok {
				places[v] = c.allocate(&arena, s, k, v, last, i, places)
			}
			ps.out = append(ps.out, places[v])
		}
		ps.scratch = arena.take(s.kernel.scratch)
		arena.release(ps.scratch)
		for _, v := range slices.Concat(s.in, s.out) {
			if r := c.root(v); places[r].kind == inArena && last[r] <= i {
				arena.release(places[r])
				last[r] = len(steps) + 1 // released once
			}
		}
		p.steps = append(p.steps, ps)
	}
	for i, v := range outputs {
		if from := places[c.root(v)]; from.kind != inResult || from.index != i {
			p.copies = append(p.copies, copyOut{from: from, result: i})
		}
	}
	for _, v := range outputs {
		s := c.shape[v]
		s.DType = v.shape.DType
		p.results = append(p.results, s)
	}
	p.finish(c.backend, arena.size)
	return p
}

// allocate places output k of a step: over an input that nobody reads later, if the
// kernel allows it, or on its own.
func (c *compilation) allocate(a *arena, s step, k int, v *value, last map[*value]int, i int, places map[*value]place) place {
	size := bytesOf(c.shape[v])
	if k == 0 && s.overwrite >= 0 {
		r := c.root(s.in[s.overwrite])
		if from := places[r]; from.kind == inArena && last[r] == i && from.bytes == size {
			last[r] = -1
			delete(places, r)
			places[r] = place{kind: inFixed} // its bytes belong to v now
			return from
		}
	}
	return a.take(size)
}

// fixedPlaces places parameters, constants, and those outputs that can be computed in the
// caller's memory at once.
func (c *compilation) fixedPlaces(outputs []*value) map[*value]place {
	places := map[*value]place{}
	for i, v := range c.fn.params {
		places[v] = place{kind: inParam, index: i}
	}
	for i, cp := range c.fn.captures {
		places[cp.local] = place{kind: inParam, index: len(c.fn.params) + i}
	}
	for _, n := range c.nodes {
		if n.constant != nil {
			places[n.outs[0]] = place{kind: inFixed, fixed: n.constant}
		}
	}
	for i, v := range outputs {
		if r := c.root(v); bytesOf(c.shape[r]) == bytesOf(c.shape[v]) {
			if _, taken := places[r]; !taken {
				places[r] = place{kind: inResult, index: i}
			}
		}
	}
	return places
}

// arena hands out bytes of one block, whose size it finds on the way.
type arena struct {
	size int
	free []place // by offset, no two adjacent
}

// take finds the smallest free piece that fits, or makes the block longer.
func (a *arena) take(bytes int) place {
	n := align(bytes)
	if n == 0 {
		return place{kind: inArena}
	}
	best := -1
	for i, f := range a.free {
		if f.size >= n && (best < 0 || f.size < a.free[best].size) {
			best = i
		}
	}
	if best < 0 {
		start := a.size
		if k := len(a.free) - 1; k >= 0 && a.free[k].offset+a.free[k].size == a.size {
			start = a.free[k].offset // the free end of the block grows
			a.free = a.free[:k]
		}
		a.size = start + n
		return place{kind: inArena, offset: start, size: n, bytes: bytes}
	}
	f := &a.free[best]
	p := place{kind: inArena, offset: f.offset, size: n, bytes: bytes}
	if f.offset, f.size = f.offset+n, f.size-n; f.size == 0 {
		a.free = slices.Delete(a.free, best, best+1)
	}
	return p
}

// release frees a piece, and joins it to its neighbors.
func (a *arena) release(p place) {
	if p.size == 0 {
		return
	}
	i := 0
	for i < len(a.free) && a.free[i].offset < p.offset {
		i++
	}
	a.free = slices.Insert(a.free, i, p)
	if i+1 < len(a.free) && p.offset+p.size == a.free[i+1].offset {
		a.free[i].size += a.free[i+1].size
		a.free = slices.Delete(a.free, i+1, i+2)
	}
	if i > 0 && a.free[i-1].offset+a.free[i-1].size == p.offset {
		a.free[i-1].size += a.free[i].size
		a.free = slices.Delete(a.free, i, i+1)
	}
}
