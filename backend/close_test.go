package backend

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// leaving is a driver whose engines leave memory behind.
type leaving struct {
	Driver
	name   string
	closed int
}

func (d *leaving) Closed() { d.closed++ }

func (d *leaving) Traits(engine Backend) (Traits, bool) { return Traits{}, engine.Name() == d.name }

// finalized is an engine that notes whether it was finalized.
type finalized struct {
	Backend
	name string
	done int
}

func (f *finalized) Name() string { return f.name }
func (f *finalized) Finalize()    { f.done++ }

func (d *leaving) Open(context.Context, string) (Backend, error) {
	return &finalized{name: d.name}, nil
}

// TestClose finalizes every engine, and tells only the driver that knows it.
func TestClose(t *testing.T) {
	a, b := &leaving{name: "leaving a"}, &leaving{name: "leaving b"}
	Register("leaving_a", a)
	Register("leaving_b", b)
	t.Cleanup(func() {
		registry.Lock()
		defer registry.Unlock()
		delete(registry.drivers, "leaving_a")
		delete(registry.drivers, "leaving_b")
	})
	known, other := &finalized{name: "leaving b"}, &finalized{name: "somebody else's"}
	Close(known)
	Close(other)
	require.Equal(t, [4]int{1, 1, 0, 1}, [4]int{known.done, other.done, a.closed, b.closed})
}
