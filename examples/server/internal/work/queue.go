// Package work bounds what a server does at once: how many photos are worked on and wait,
// how many bytes of requests are in memory, and how often each user asks.
package work

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrFull is for work that there is no room for: later there will be.
var ErrFull = errors.New("too much to do at the moment")

// Queue does some things at once and lets others wait, up to a number. It is safe for
// concurrent use.
type Queue struct {
	running, inside chan struct{}
	waiting         atomic.Int64
}

// NewQueue returns a queue that does so many things at once, and lets so many wait.
func NewQueue(workers, waiting int) *Queue {
	return &Queue{running: make(chan struct{}, workers), inside: make(chan struct{}, workers+waiting)}
}

// Do runs f when it is its turn. It returns ErrFull at once if too many wait already, and
// the context's error if that ends while f waits. Once begun, f ends by itself.
func (q *Queue) Do(ctx context.Context, f func() error) error {
	select {
	case q.inside <- struct{}{}:
	default:
		return ErrFull
	}
	defer func() { <-q.inside }()
	return q.Behind(ctx, f)
}

// Behind is Do for work that may wait as long as it takes, however much does: that of a
// few callers who do one thing after the other.
func (q *Queue) Behind(ctx context.Context, f func() error) error {
	q.waiting.Add(1)
	select {
	case q.running <- struct{}{}:
		q.waiting.Add(-1)
	case <-ctx.Done():
		q.waiting.Add(-1)
		return ctx.Err()
	}
	defer func() { <-q.running }()
	if err := ctx.Err(); err != nil {
		return err
	}
	return f()
}

// Lengths are how many things are being done, and wait.
func (q *Queue) Lengths() (running, waiting int) { return len(q.running), int(q.waiting.Load()) }
