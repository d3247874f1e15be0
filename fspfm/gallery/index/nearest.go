package index

import (
	"math"
	"slices"
)

// nearest keeps the k best hits that it is offered: a heap whose first is the worst.
type nearest struct {
	hits  []Hit
	k     int
	least float32 // what a hit needs to be taken; -Inf until there are k
}

func newNearest(queries, k int) []nearest {
	all := make([]nearest, queries)
	for i := range all {
		all[i] = nearest{hits: make([]Hit, 0, k), k: k, least: float32(math.Inf(-1))}
	}
	return all
}

// worse orders hits: by cosine, and those of one cosine by their numbers.
func worse(a, b Hit) bool {
	return a.Cosine < b.Cosine || a.Cosine == b.Cosine && a.ID > b.ID
}

// offer takes a hit if it is one of the k best so far.
func (n *nearest) offer(h Hit) {
	switch {
	case len(n.hits) < n.k:
		n.hits = append(n.hits, h)
		for i := len(n.hits) - 1; i > 0 && worse(n.hits[i], n.hits[(i-1)/2]); i = (i - 1) / 2 {
			n.hits[i], n.hits[(i-1)/2] = n.hits[(i-1)/2], n.hits[i]
		}
	case n.k > 0 && worse(n.hits[0], h):
		n.hits[0] = h
		n.sink()
	}
	if n.k > 0 && len(n.hits) == n.k {
		n.least = n.hits[0].Cosine
	}
}

// sink moves the first down to where it belongs.
func (n *nearest) sink() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(n.hits) {
			return
		}
		if child+1 < len(n.hits) && worse(n.hits[child+1], n.hits[child]) {
			child++
		}
		if !worse(n.hits[child], n.hits[i]) {
			return
		}
		n.hits[i], n.hits[child] = n.hits[child], n.hits[i]
		i = child
	}
}

func (n *nearest) merge(other *nearest) {
	for _, h := range other.hits {
		n.offer(h)
	}
}

// sorted returns the hits, the best first.
func (n *nearest) sorted() []Hit {
	slices.SortFunc(n.hits, func(a, b Hit) int {
		if worse(b, a) {
			return -1
		}
		return 1
	})
	return n.hits
}
