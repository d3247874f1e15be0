// Package engine lets a library package open an engine by its name without linking one:
// which engines there are is the program's choice, made by its imports. Package backend,
// which links the default engine and knows the others, puts its own function here when it
// is imported; who imports only an engine that registers itself with GoMLX gets that one.
package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
)

// Env is the environment variable that names the engine opened where the program names none.
const Env = "PIFR_BACKEND"

// ErrNone is wrapped by the error for an engine that the program does not link.
var ErrNone = errors.New("no such engine in this program")

// link is the import that the error asks for.
const link = `add import _ "github.com/pifr-go/pifr/backend" (for XLA, ".../backend/xla")`

// Opener opens an engine by its name; "" stands for the default.
type Opener func(ctx context.Context, name string) (compute.Backend, error)

var registry struct {
	sync.RWMutex
	open Opener
}

// Register sets how engines are opened. It is meant for the init function of package backend.
func Register(open Opener) {
	registry.Lock()
	defer registry.Unlock()
	registry.open = open
}

// Open opens an engine by its name. Without a registered Opener the name has to be that
// of an engine that the program links directly; "" then stands for what the environment
// variable names, or else for gonum. The error wraps ErrNone if it is not linked.
func Open(ctx context.Context, name string) (compute.Backend, error) {
	registry.RLock()
	open := registry.open
	registry.RUnlock()
	if open != nil {
		return open(ctx, name)
	}
	return direct(name, compute.List())
}

// direct opens an engine that registered itself with GoMLX and needs no library.
func direct(name string, linked []string) (compute.Backend, error) {
	if name == "" {
		name = os.Getenv(Env)
	}
	if name == "" {
		name = "gonum"
	}
	// Others than these two need a library, which only package backend finds and checks.
	// GoMLX's "go" is in every program that reads ONNX files.
	bare, _, _ := strings.Cut(name, ":")
	if bare != "gonum" && bare != "go" || !slices.Contains(linked, bare) {
		return nil, fmt.Errorf("%w: %s; %s", ErrNone, name, link)
	}
	return compute.NewWithConfig(name)
}
