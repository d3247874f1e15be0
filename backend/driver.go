package backend

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// Driver opens one engine. The packages below this one register theirs in an init
// function, and so can an engine written elsewhere. One without variants, without a
// shared library and without Traits needs no Driver: registering it with compute.Register
// is enough for Open to find it.
//
// Its methods may be called concurrently.
type Driver interface {
	// Variants lists what may follow "engine:" in a name, most useful first; "" stands
	// for the engine's bare name.
	Variants() []string

	// Open opens a variant, installing what it needs unless the user forbids that; ctx
	// ends a wait or an installation. The configuration is one of Variants, options of
	// the engine's own ("key=value,..."), or both with a comma between.
	Open(ctx context.Context, config string) (Backend, error)

	// Status describes a variant without loading or installing anything.
	Status(variant string) Status
}

// Status describes an engine on this machine.
type Status struct {
	// About says in a few words what the engine is and how it treats dtypes.
	About string

	// Ready tells that opening it has nothing left to install.
	Ready bool

	// Detail says where the library was found, or what is missing.
	Detail string
}

var registry = struct {
	sync.RWMutex
	drivers map[string]Driver
}{drivers: make(map[string]Driver)}

// Register makes a driver available under the name of its engine ("xla"). It is meant for
// init functions, and panics if the name is empty, holds a colon or a comma, or is taken,
// and if d is nil.
func Register(engine string, d Driver) {
	if d == nil {
		panic("backend: Register of a nil driver for " + engine)
	}
	if engine == "" || strings.ContainsAny(engine, ":,") {
		panic(fmt.Sprintf("backend: Register with a bad engine name %q", engine))
	}
	registry.Lock()
	defer registry.Unlock()
	if _, taken := registry.drivers[engine]; taken {
		panic("backend: Register called twice for " + engine)
	}
	registry.drivers[engine] = d
}
