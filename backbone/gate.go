package backbone

import (
	"errors"
	"sync"
)

// ErrClosed is wrapped by the errors of what has been closed.
var ErrClosed = errors.New("closed")

// gate lets runs in until it is shut.
type gate struct {
	mu     sync.RWMutex
	closed bool
}

// enter holds the gate open until leave.
func (g *gate) enter() error {
	g.mu.RLock()
	if g.closed {
		g.mu.RUnlock()
		return ErrClosed
	}
	return nil
}

func (g *gate) leave() { g.mu.RUnlock() }

// shut waits for runs under way. It reports whether the gate was open.
func (g *gate) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := !g.closed
	g.closed = true
	return was
}
