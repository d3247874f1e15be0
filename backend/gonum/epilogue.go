package gonum

import "slices"

// attachGroups lets convolutions run the element-wise group that alone reads their result,
// tile by tile, while a tile is still in the cache: bias, activation and shortcut then cost
// no pass over memory. Each operation rounds as it does on its own.
func (c *compilation) attachGroups(steps []step, outputs []*value) []step {
	readers := map[*value][]int{}
	written := map[*value]int{}
	for i, s := range steps {
		for _, v := range s.in {
			readers[c.root(v)] = append(readers[c.root(v)], i)
		}
		for _, v := range s.out {
			written[v] = i
		}
	}
	for _, v := range outputs {
		readers[c.root(v)] = append(readers[c.root(v)], len(steps))
	}
	gone := make([]bool, len(steps))
	for i, s := range steps {
		if s.kernel.tiled == nil {
			continue
		}
		reading := slices.Compact(readers[s.out[0]])
		if len(reading) != 1 || reading[0] == len(steps) {
			continue
		}
		g := steps[reading[0]]
		if source := c.attachable(s, g, i, written); source >= 0 {
			steps[i] = attach(s, g, source)
			gone[reading[0]], written[g.out[0]] = true, i
		}
	}
	kept := steps[:0]
	for i, s := range steps {
		if !gone[i] {
			kept = append(kept, s)
		}
	}
	return kept
}

// attachable returns the source of a group that is the result of convolution s, step i,
// where the group can run as a part of s, else -1.
func (c *compilation) attachable(s, g step, i int, written map[*value]int) int {
	if g.group == nil || !c.sameBytes(s.out[0], g.out[0]) {
		return -1
	}
	at := -1
	for k, v := range g.in {
		if r := c.root(v); r == s.out[0] {
			if at >= 0 || g.group.sources[k].kind != readFull || g.group.sources[k].offset != 0 {
				return -1
			}
			at = k
		} else if w, ok := written[r]; ok && w > i {
			return -1 // not there yet when the convolution runs
		}
	}
	if at < 0 || !g.group.startsAt(s.kernel.tileUnit) {
		return -1
	}
	return at
}

func (c *compilation) sameBytes(a, b *value) bool { return bytesOf(c.shape[a]) == bytesOf(c.shape[b]) }

// startsAt tells whether the group may begin at any multiple of unit elements: repeated
// rows then lie as they do at the beginning.
func (g *group) startsAt(unit int) bool {
	for _, s := range g.sources {
		if s.kind != readRepeated {
			continue
		}
		if p, _ := s.period(); p == 0 || unit%p != 0 {
			return false
		}
	}
	return true
}

// attach makes one step of a convolution and its group. The convolution writes to the
// group's result, where the group finds it.
func attach(s, g step, source int) step {
	n := len(s.in)
	in := slices.Concat(s.in, g.in)
	in[n+source] = s.in[0] // takes the place of what is in the result already
	k := kernel{scratch: s.kernel.scratch, run: func(in, out [][]byte, scratch []byte) error {
		r := g.group.begin(in[n:], out[0], source)
		err := s.kernel.tiled(in[:n], out, scratch, r.after)
		g.group.end(r)
		return err
	}}
	return step{op: s.op, kernel: k, in: in, out: g.out, overwrite: -1}
}
