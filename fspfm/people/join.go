package people

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
)

// joiner makes groups of clusters: the two that are most alike first, until none are alike
// enough.
type joiner struct {
	*linkage
	clusters []*cluster
	queue    candidates
}

// candidate is two clusters that could be joined, as they were at the time.
type candidate struct {
	excess       float64
	a, b         int32 // a < b
	timeA, timeB int32
}

// candidates is a heap, the largest excess first; of equal ones the lower numbers.
type candidates []candidate

func (q candidates) Len() int { return len(q) }
func (q candidates) Less(i, k int) bool {
	switch {
	case q[i].excess != q[k].excess:
		return q[i].excess > q[k].excess
	case q[i].a != q[k].a:
		return q[i].a < q[k].a
	}
	return q[i].b < q[k].b
}
func (q candidates) Swap(i, k int) { q[i], q[k] = q[k], q[i] }
func (q *candidates) Push(x any)   { *q = append(*q, x.(candidate)) }
func (q *candidates) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// join joins clusters until none that are near to each other may be. It returns those that
// are left. Near says which clusters have faces that are near to each other; the numbers
// of clusters are those of the list, and those of candidates rise with it, so that the
// order of the list decides between equals.
func (j *joiner) join(ctx context.Context) ([]*cluster, error) {
	for i := range j.clusters {
		j.offer(int32(i), true)
	}
	heap.Init(&j.queue)
	for steps := 0; len(j.queue) > 0; steps++ {
		if steps%1024 == 0 && ctx.Err() != nil {
			return nil, fmt.Errorf("people: %w", ctx.Err())
		}
		c := heap.Pop(&j.queue).(candidate)
		a, b := j.clusters[c.a], j.clusters[c.b]
		if a.into != c.a || b.into != c.b || a.time != c.timeA || b.time != c.timeB {
			continue
		}
		b.into = c.a
		a.take(b)
		j.offer(c.a, false)
	}
	left := make([]*cluster, 0, len(j.clusters))
	for i, c := range j.clusters {
		if c.into == int32(i) {
			left = append(left, c)
		}
	}
	return left, nil
}

// root is the cluster that a cluster has become a part of.
func (j *joiner) root(i int32) int32 {
	for j.clusters[i].into != i {
		up := j.clusters[i].into
		j.clusters[i].into = j.clusters[up].into
		i = up
	}
	return i
}

// offer brings the list of neighbors of a cluster up to date, and queues those that it may
// be joined with. At first each pair is queued once, by the one with the higher number, and
// the heap is made of all.
func (j *joiner) offer(i int32, first bool) {
	c := j.clusters[i]
	for k, n := range c.near {
		c.near[k] = j.root(n)
	}
	slices.Sort(c.near)
	c.near = slices.DeleteFunc(slices.Compact(c.near), func(n int32) bool { return n == i })
	for _, n := range c.near {
		if first && n > i {
			break
		}
		other := j.clusters[n]
		e := j.excess(c, other)
		if e < 0 || c.apart(other) {
			continue
		}
		p := candidate{e, min(i, n), max(i, n), c.time, other.time}
		if p.a != i {
			p.timeA, p.timeB = other.time, c.time
		}
		if first {
			j.queue = append(j.queue, p)
		} else {
			heap.Push(&j.queue, p)
		}
	}
}
