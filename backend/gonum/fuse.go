package gonum

import "slices"

// maxGroup bounds how many element-wise operations run as one: each needs a register of a
// block.
const maxGroup = 24

// grouping tells which nodes run as part of a later element-wise node, and which
// broadcasts and slices are read in place.
type grouping struct {
	// inside holds the nodes that need no step of their own.
	inside map[*node]bool
	// members lists, for each last node of a group, the nodes that run with it, in order,
	// itself last.
	members map[*node][]*node
}

// fuse groups element-wise nodes: a node whose readers all run in one group, on the same
// number of elements, joins it. Its result then lives in a register of the group, never
// in memory. Each operation still rounds as it does alone, so that fusion changes no bit
// of any result.
func fuse(c *compilation, live map[*node]bool, outputs []*value) *grouping {
	g := &grouping{inside: map[*node]bool{}, members: map[*node][]*node{}}
	readers := map[*node][]*node{}
	for _, n := range c.nodes {
		if live[n] {
			for _, v := range n.inputs {
				readers[v.node] = append(readers[v.node], n)
			}
		}
	}
	kept := map[*node]bool{}
	for _, v := range outputs {
		kept[v.node] = true
	}
	last := map[*node]*node{} // the last node of the group that a node runs in
	for _, n := range slices.Backward(c.nodes) {
		switch {
		case !live[n]:
		case n.window != nil:
			g.inside[n] = !kept[n] && onlyElementwise(readers[n], g)
		case n.element != nil:
			into := commonGroup(readers[n], last)
			if into == nil || kept[n] || len(g.members[into]) >= maxGroup || !sameSize(c, n, into) {
				last[n], g.members[n] = n, []*node{n}
				continue
			}
			last[n], g.inside[n] = into, true
			g.members[into] = append(g.members[into], n)
		}
	}
	for _, members := range g.members {
		slices.Reverse(members)
	}
	return g
}

// onlyElementwise tells whether a broadcast or a slice need not be made: all its readers
// read the operand in place.
func onlyElementwise(readers []*node, g *grouping) bool {
	for _, r := range readers {
		if r.element == nil && !(r.window != nil && g.inside[r]) {
			return false
		}
	}
	return true
}

// commonGroup returns the group that all readers run in, nil if there is none.
func commonGroup(readers []*node, last map[*node]*node) *node {
	var into *node
	for _, r := range readers {
		if last[r] == nil || into != nil && last[r] != into {
			return nil
		}
		into = last[r]
	}
	return into
}

func sameSize(c *compilation, a, b *node) bool {
	return slices.Equal(c.shape[a.outs[0]].Dimensions, c.shape[b.outs[0]].Dimensions)
}
